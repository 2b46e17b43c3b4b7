package random

import "math"

// The library draws normal and exponential numbers by the ziggurat method (Marsaglia
// & Tsang, J. Stat. Softw. 5, 2000). A word chooses one of the layers of equal area
// under the density, and a place in it. In 97 of 100 draws the place lies under the
// density for sure, and the number follows from a product. The functions here do
// these draws, where most of the time of simulated trajectories went. For all other
// words they let the library draw, from the same state.

// Layer is a layer of a ziggurat.
type Layer struct {
	Width  float64 // of the layer, divided by the number of places. The library rounds it to float32.
	Inside float64 // number of places that lie under the density for sure
}

var (
	normalLayers      = [128]Layer(layers(128, 1<<31, normalBase, 9.91256303526217e-3, normalDensity, normalInverse))
	exponentialLayers = [256]Layer(layers(256, 1<<32, 7.69711747013104972, 3.949659822581572e-3, exponentialDensity, exponentialInverse))
)

const normalBase = 3.442619855899 // where the tail begins

func normalDensity(x float64) float64      { return math.Exp(-0.5 * x * x) }
func normalInverse(y float64) float64      { return math.Sqrt(-2 * math.Log(y)) }
func exponentialDensity(x float64) float64 { return math.Exp(-x) }
func exponentialInverse(y float64) float64 { return -math.Log(y) }

// layers divides the area under a density into n layers. base is where the tail
// begins, and area the area of each layer. Layer 0 has the tail, layer n−1 is the
// widest of the others, and layer 1 is at the top.
func layers(n int, places, base, area float64, density, inverse func(float64) float64) []Layer {
	list := make([]Layer, n)
	put := func(i int, width, inside float64) {
		list[i] = Layer{float64(float32(width / places)), math.Floor(inside / width * places)}
	}
	put(0, area/density(base), base)
	outer := base
	for i := n - 1; i > 1; i-- {
		inner := inverse(area/outer + density(outer))
		put(i, outer, inner)
		outer = inner
	}
	put(1, outer, 0)
	return list
}

// Ziggurats returns the layers of the normal and of the exponential distribution, for
// vector code that draws as [Stream.NormFloat64] and [Stream.ExpFloat64] do.
func Ziggurats() (normal *[128]Layer, exponential *[256]Layer) {
	return &normalLayers, &exponentialLayers
}

// NormFloat64 is [rand.Rand.NormFloat64].
func (s *Stream) NormFloat64() float64 {
	next, word := s.pcg.next()
	place := float64(int32(word))
	l := &normalLayers[word>>32&127]
	if math.Abs(place) < l.Inside {
		s.pcg = next
		return place * l.Width
	}
	return s.Rand.NormFloat64()
}

// ExpFloat64 is [rand.Rand.ExpFloat64].
func (s *Stream) ExpFloat64() float64 {
	next, word := s.pcg.next()
	place := float64(uint32(word))
	l := &exponentialLayers[uint8(word>>32)]
	if place < l.Inside {
		s.pcg = next
		return place * l.Width
	}
	return s.Rand.ExpFloat64()
}
