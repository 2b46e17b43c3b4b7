// Package latticetest makes maps of ideal hexagonal lattices, for tests.
package latticetest

import "math"

// Lattice is the sum of three plane waves, whose peaks form a hexagonal lattice.
type Lattice struct {
	Scale       float64 // distance of neighbouring peaks, bins
	Orientation float64 // direction of a neighbouring peak before the stretch, degrees
	X, Y        float64 // position of a peak, bins
	Stretch     float64 // factor by which the lattice is longer along Axis; 0 means 1
	Axis        float64 // degrees
}

// Map returns the lattice as a map [n, n], with values from −1.5 to 3.
func (l Lattice) Map(n int) []float64 {
	m := make([]float64, n*n)
	stretch := l.Stretch
	if stretch == 0 {
		stretch = 1
	}
	sin, cos := math.Sincos(l.Axis * math.Pi / 180)
	for i := range m {
		x, y := float64(i/n)-l.X, float64(i%n)-l.Y
		along, across := (x*cos+y*sin)/stretch, -x*sin+y*cos
		x, y = along*cos-across*sin, along*sin+across*cos
		for k := range 3 {
			// Peaks lie 30° from the wave vectors.
			s, c := math.Sincos((l.Orientation + 30 + 60*float64(k)) * math.Pi / 180)
			m[i] += math.Cos(4 * math.Pi / math.Sqrt(3) / l.Scale * (x*c + y*s))
		}
	}
	return m
}

// Rates returns the lattice with 0 in place of negative values.
func (l Lattice) Rates(n int) []float64 {
	m := l.Map(n)
	for i, v := range m {
		m[i] = max(0, v)
	}
	return m
}
