package recording

// Unit is a recorded neuron.
type Unit struct {
	Name  string
	Times []float64 // of its spikes, s
}
