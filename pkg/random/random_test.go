package random

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

func ExampleStream_Seek() {
	s := New(1, "example")
	s.Seek(17)
	a := s.Uint64()
	s.Uint64()
	s.Seek(17)
	fmt.Println(a == s.Uint64())
	// Output: true
}

// The first words are part of the project's contract: the same seed gives the
// same trajectories and weights in every release.
func TestStreamIsFrozen(t *testing.T) {
	s := New(8341, "trajectory")
	s.Seek(3)
	got := [3]uint64{s.Uint64(), s.Uint64(), s.Uint64()}
	want := [3]uint64{0x8ef8a9e0c70c9695, 0xe6c6f64074f14186, 0x2dd21486a5cba839}
	if got != want {
		t.Errorf("first words = %#x, want %#x", got, want)
	}
	if n, e := s.NormFloat64(), s.ExpFloat64(); n != -0.26255855222649915 || e != 0.6002055782771512 {
		t.Errorf("normal, exponential = %v, %v", n, e)
	}
}

func TestKeysSeparateStreams(t *testing.T) {
	seen := map[uint64]string{}
	for seed := uint64(0); seed < 50; seed++ {
		for _, purpose := range []string{"a", "b", ""} {
			s := New(seed, purpose)
			for index := uint64(0); index < 50; index++ {
				s.Seek(index)
				w, name := s.Uint64(), fmt.Sprint(seed, purpose, index)
				if other, ok := seen[w]; ok {
					t.Fatalf("streams %s and %s begin alike", name, other)
				}
				seen[w] = name
			}
		}
	}
}

func TestMoments(t *testing.T) {
	const n = 200000
	s := New(1, "moments")
	tests := []struct {
		name       string
		draw       func() float64
		mean, sd   float64
		tolerance  float64
		limitAbove float64
	}{
		{"uniform", func() float64 { return s.Uniform(-2, 4) }, 1, 6 / math.Sqrt(12), 0.02, 4},
		{"rayleigh", func() float64 { return s.Rayleigh(2) }, 2 * math.Sqrt(math.Pi/2), 2 * math.Sqrt(2-math.Pi/2), 0.02, math.Inf(1)},
		{"truncated normal", func() float64 { return s.TruncatedNormal(3) }, 0, 3 * 0.87962566, 0.02, 6},
	}
	for _, test := range tests {
		var sum, sum2 float64
		for range n {
			x := test.draw()
			if x > test.limitAbove {
				t.Fatalf("%s: drew %v", test.name, x)
			}
			sum, sum2 = sum+x, sum2+x*x
		}
		mean := sum / n
		sd := math.Sqrt(sum2/n - mean*mean)
		if math.Abs(mean-test.mean) > test.tolerance || math.Abs(sd-test.sd) > test.tolerance {
			t.Errorf("%s: mean %.4f, sd %.4f; want %.4f, %.4f", test.name, mean, sd, test.mean, test.sd)
		}
	}
}

func TestBernoulli(t *testing.T) {
	s := New(1, "bernoulli")
	mask := make([]uint64, 4096)
	for _, p := range []float64{0, 0.125, 0.3, 0.5, 0.7, 0.9, 1} {
		s.Bernoulli(mask, p)
		set := 0
		for _, m := range mask {
			set += bits.OnesCount64(m)
		}
		n := float64(64 * len(mask))
		if sd := math.Sqrt(p * (1 - p) / n); math.Abs(float64(set)/n-p) > 5*sd {
			t.Errorf("p = %v: share of set bits %v", p, float64(set)/n)
		}
	}
}

// The library defines what a stream draws: words, normal and exponential numbers have
// its bits, whatever is drawn between them. Two million draws of each kind take the
// slow paths of the ziggurats tens of thousands of times, and their tails hundreds of times.
func TestStreamDrawsAsTheLibrary(t *testing.T) {
	s := New(5, "library")
	source := rand.NewPCG(s.pcg.hi, s.pcg.lo)
	library := rand.New(source)
	var tails [2]int
	for i := range 2_000_000 {
		n, e := s.NormFloat64(), s.ExpFloat64()
		if wantN, wantE := library.NormFloat64(), library.ExpFloat64(); n != wantN || e != wantE {
			t.Fatalf("draw %d: normal %v, exponential %v; the library has %v and %v", i, n, e, wantN, wantE)
		}
		if math.Abs(n) > normalBase {
			tails[0]++
		}
		if e > 7.7 {
			tails[1]++
		}
		if i%100 == 0 && (s.Uint64() != library.Uint64() || s.Float64() != library.Float64() || s.IntN(10) != library.IntN(10)) {
			t.Fatalf("draw %d: other uniform numbers than the library's", i)
		}
	}
	if tails[0] < 500 || tails[1] < 500 {
		t.Errorf("%v numbers from the tails", tails)
	}
}

// The layers are the library's, to the last place.
func TestLayersAreTheLibrarys(t *testing.T) {
	source := &chosen{}
	library := rand.New(source)
	check := func(kind string, layers []Layer, draw func() float64) {
		for i, l := range layers {
			for _, place := range []uint32{uint32(l.Inside) - 1, uint32(l.Inside)} {
				*source = chosen{word: uint64(i)<<32 | uint64(place)}
				x := draw()
				if inside := float64(place) < l.Inside; inside != (source.words == 1) || inside && x != float64(place)*l.Width {
					t.Errorf("%s layer %d, place %d of %v: the library draws %v from %d words", kind, i, place, l.Inside, x, source.words)
				}
			}
		}
	}
	check("normal", normalLayers[:], library.NormFloat64)
	check("exponential", exponentialLayers[:], library.ExpFloat64)
}

// What is said of a number at the edge of a layer is what the library does with it, most of
// all near the lines where it is not said any more. Nearly everything is said.
func TestEdgesAreTheLibrarys(t *testing.T) {
	source := &chosen{}
	library := rand.New(source)
	s := New(6, "edges")
	check := func(kind string, layers []Layer, edges []edge, total float64, draw func() float64) {
		left, all := 0, 0
		for i := 1; i < len(layers); i++ {
			for k := range 400 {
				place := math.Floor(s.Uniform(layers[i].Inside, total))
				height := s.Float64()
				if k%2 == 0 { // at the border of the band
					height = 1 - (place-layers[i].Inside)*edges[i].scale + math.Copysign(edges[i].band, s.Float64()-0.5)*(1+1e-9)
				} else {
					all++
				}
				if height < 0 || height >= 1 {
					continue
				}
				word := uint64(height * (1 << 53))
				*source = chosen{word: uint64(i)<<32 | uint64(place), second: &word}
				draw()
				want := refused
				if source.words == 2 {
					want = taken
				}
				switch got := edges[i].judge(place-layers[i].Inside, word); {
				case got == open && k%2 == 1:
					left++
				case got != open && got != want:
					t.Fatalf("%s layer %d, place %v, height %v: verdict %v, the library's is %v", kind, i, place, height, got, want)
				}
			}
		}
		if left*10 > all {
			t.Errorf("%s: %d of %d are left to the library", kind, left, all)
		}
	}
	check("normal", normalLayers[:], normalEdges[:], 1<<31, library.NormFloat64)
	check("exponential", exponentialLayers[:], exponentialEdges[:], 1<<32, library.ExpFloat64)
}

// chosen is a source that begins with one or two chosen words.
type chosen struct {
	word   uint64
	second *uint64 // if it is chosen, too
	words  int
	rest   pcg
}

func (c *chosen) Uint64() uint64 {
	switch c.words++; {
	case c.words == 1:
		return c.word
	case c.words == 2 && c.second != nil:
		return *c.second
	}
	return c.rest.Uint64()
}
