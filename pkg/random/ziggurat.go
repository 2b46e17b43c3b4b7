package random

import "math"

// The library draws normal and exponential numbers by the ziggurat method (Marsaglia
// & Tsang, J. Stat. Softw. 5, 2000). A word chooses one of the layers of equal area
// under the density, and a place in it. In 97 of 100 draws the place lies under the
// density for sure, and the number follows from a product. The functions here do
// these draws, where most of the time of simulated trajectories went.
//
// Otherwise a second word chooses a height in the layer, and the number is taken if the
// height is under the density. The density is near the chord between the corners of the
// layer, so only heights near the chord need the density itself. These draws, and those
// from the tail, are left to the library, from the same state.

// Layer is a layer of a ziggurat.
type Layer struct {
	Width  float64 // of the layer, divided by the number of places. The library rounds it to float32.
	Inside float64 // number of places that lie under the density for sure
}

// edge is the end of a layer, where places may lie under the density or above it.
type edge struct {
	scale float64 // 1 / number of its places
	band  float64 // how far the density may be from the chord, as a share of the layer's height
}

var (
	normalLayers      [128]Layer
	normalEdges       [128]edge
	exponentialLayers [256]Layer
	exponentialEdges  [256]edge
)

func init() {
	layers(normalLayers[:], normalEdges[:], 1<<31, normalBase, 9.91256303526217e-3, density{
		func(x float64) float64 { return math.Exp(-0.5 * x * x) },
		func(y float64) float64 { return math.Sqrt(-2 * math.Log(y)) },
		func(x float64) float64 { return max(1, x*x-1) },
	})
	layers(exponentialLayers[:], exponentialEdges[:], 1<<32, 7.69711747013104972, 3.949659822581572e-3, density{
		func(x float64) float64 { return math.Exp(-x) },
		func(y float64) float64 { return -math.Log(y) },
		func(float64) float64 { return 1 },
	})
}

const normalBase = 3.442619855899 // where the tail begins

// density is a density without its constant factor.
type density struct {
	at      func(x float64) float64
	inverse func(y float64) float64
	// bend bounds |second derivative| / at(x) from 0 to x.
	bend func(x float64) float64
}

// layers divides the area under a density into layers. base is where the tail begins, and
// area the area of each layer. Layer 0 has the tail, the last one is the widest of the
// others, and layer 1 is at the top.
func layers(list []Layer, edges []edge, places, base, area float64, f density) {
	put := func(i int, width, inside float64) {
		list[i] = Layer{float64(float32(width / places)), math.Floor(inside / width * places)}
		edges[i].scale = 1 / (places - list[i].Inside)
	}
	put(0, area/f.at(base), base)
	edges[0].band = math.Inf(1)
	outer := base
	for i := len(list) - 1; i > 0; i-- {
		height, inner := area/outer, 0. // of the top layer
		if i > 1 {
			inner = f.inverse(height + f.at(outer))
		}
		put(i, outer, inner)
		// An arc differs from its chord by at most an eighth of the square of its width, times the
		// largest second derivative. All roundings are less than 4e-5 of the height.
		width := outer - inner
		edges[i].band = width*width/8*f.bend(outer)*f.at(inner)/(f.at(inner)-f.at(outer)) + 1e-4
		outer = inner
	}
}

// verdict is what is known of a number that was drawn.
type verdict int

const (
	open verdict = iota
	taken
	refused
)

// judge says whether the library takes a number that lies so many places in the edge. word
// chooses the height.
func (e *edge) judge(places float64, word uint64) verdict {
	height := float64(word<<11>>11) / (1 << 53)
	switch below := 1 - places*e.scale - height; {
	case below > e.band:
		return taken
	case below < -e.band:
		return refused
	}
	return open
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
	i := word >> 32 & 127
	if math.Abs(place) < normalLayers[i].Inside {
		s.pcg = next
		return place * normalLayers[i].Width
	}
	next, word = next.next()
	switch normalEdges[i].judge(math.Abs(place)-normalLayers[i].Inside, word) {
	case taken:
		s.pcg = next
		return place * normalLayers[i].Width
	case refused:
		s.pcg = next
		return s.NormFloat64()
	}
	return s.Rand.NormFloat64()
}

// ExpFloat64 is [rand.Rand.ExpFloat64].
func (s *Stream) ExpFloat64() float64 {
	next, word := s.pcg.next()
	place := float64(uint32(word))
	i := uint8(word >> 32)
	if place < exponentialLayers[i].Inside {
		s.pcg = next
		return place * exponentialLayers[i].Width
	}
	next, word = next.next()
	switch exponentialEdges[i].judge(place-exponentialLayers[i].Inside, word) {
	case taken:
		s.pcg = next
		return place * exponentialLayers[i].Width
	case refused:
		s.pcg = next
		return s.ExpFloat64()
	}
	return s.Rand.ExpFloat64()
}
