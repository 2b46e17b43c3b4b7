package nulls_test

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"

	"gridcells/pkg/nulls"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// bumps is a map [n, n] of Gaussian fields on a floor of 1.
func bumps(n int, sigma float64, centres ...[2]float64) []float64 {
	m := make([]float64, n*n)
	for i := range m {
		m[i] = 1
		for k, c := range centres {
			x, y := float64(i/n)-c[0], float64(i%n)-c[1]
			m[i] += float64(10+k) * math.Exp(-(x*x+y*y)/(2*sigma*sigma))
		}
	}
	return m
}

// spectrum is the radially averaged power of a map less its mean, by rings of one
// wave number.
func spectrum(m []float64, n int) []float64 {
	mean := 0.0
	for _, v := range m {
		mean += v / float64(len(m))
	}
	fft := fourier.NewCmplxFFT(n)
	work := make([]complex128, n*n)
	for i, v := range m {
		work[i] = complex(v-mean, 0)
	}
	for range 2 { // rows, transpose, rows, transpose
		for i := range n {
			fft.Coefficients(work[i*n:(i+1)*n], work[i*n:(i+1)*n])
		}
		for i := range n {
			for j := range i {
				work[i*n+j], work[j*n+i] = work[j*n+i], work[i*n+j]
			}
		}
	}
	power, count := make([]float64, n), make([]float64, n)
	for i, c := range work {
		x, y := float64(min(i/n, n-i/n)), float64(min(i%n, n-i%n))
		r := int(math.Round(math.Hypot(x, y)))
		power[r] += cmplx.Abs(c) * cmplx.Abs(c)
		count[r]++
	}
	for r := range power {
		if count[r] > 0 {
			power[r] /= count[r]
		}
	}
	return power
}

// The mean spectrum of the fields is the map's, also for an odd number of bins.
func TestGaussianFieldSpectrum(t *testing.T) {
	for _, n := range []int{20, 21} {
		m := bumps(n, 1.5, [2]float64{5, 5}, [2]float64{12, 14})
		want := spectrum(m, n)
		g := nulls.NewGaussianField(ratemap.Square(n), 1)
		g.Prepare(m)
		s := random.New(1, "test")
		got, draw := make([]float64, n), make([]float64, n*n)
		const draws = 1500
		for range draws {
			g.Draw(draw, s)
			for r, p := range spectrum(draw, n) {
				got[r] += p / draws
			}
		}
		for r := 1; r <= n/2; r++ {
			if math.Abs(got[r]/want[r]-1) > 0.1 {
				t.Errorf("%d bins: power at wave number %d is %v, want %v", n, r, got[r], want[r])
			}
		}
	}
}

// Two fields of one transform are independent, and as many as asked for differ.
func TestGaussianFieldDraws(t *testing.T) {
	const n = 20
	g := nulls.NewGaussianField(ratemap.Square(n), 2)
	m := bumps(n, 2, [2]float64{8, 9})
	m[7] = math.NaN()
	g.Prepare(m)
	s := random.New(1, "test")
	mean, visited := 0.0, 0.0
	for _, v := range m {
		if !math.IsNaN(v) {
			mean, visited = mean+v, visited+1
		}
	}
	mean /= visited
	var correlation, opposite float64
	const draws = 4000
	a, b := make([]float64, n*n), make([]float64, n*n)
	for range draws {
		g.Draw(a, s)
		g.Draw(b, s)
		if !math.IsNaN(a[7]) || !math.IsNaN(b[7]) {
			t.Fatal("a bin never visited has a value")
		}
		at := 10*n + 10
		correlation += (a[at] - mean) * (b[at] - mean) / draws
		opposite += (a[10*n] - mean) * (a[10*n+n-1] - mean) / draws
	}
	variance := 0.0
	for _, v := range m {
		if !math.IsNaN(v) {
			variance += (v - mean) * (v - mean) / n / n
		}
	}
	if math.Abs(correlation) > 0.2*variance {
		t.Errorf("two fields correlate by %v, variance %v", correlation, variance)
	}
	if math.Abs(opposite) > 0.2*variance {
		t.Errorf("opposite edges correlate by %v with padding, variance %v", opposite, variance)
	}
	flat := slices.Repeat([]float64{3}, n*n)
	g.Prepare(flat)
	g.Draw(a, s)
	for _, v := range a {
		if math.Abs(v) > 1e-9 {
			t.Fatalf("the null of a flat map varies: %v", v)
		}
	}
}

// A score may count bins that were never visited as 0. So the fields of a map with such
// bins have the map's mean, and those of a constant map are the map.
func TestGaussianFieldOfHoles(t *testing.T) {
	const n = 20
	s := random.New(1, "test")
	g := nulls.NewGaussianField(ratemap.Square(n), 2)
	constant := slices.Repeat([]float64{3}, n*n)
	constant[7], constant[150] = math.NaN(), math.NaN()
	draw := make([]float64, n*n)
	g.Prepare(constant)
	for range 2 { // the real and the imaginary part of a transform
		g.Draw(draw, s)
		for i, v := range draw {
			if math.IsNaN(v) != math.IsNaN(constant[i]) || math.Abs(v-constant[i]) > 1e-9 {
				t.Fatalf("bin %d of a constant map with holes is %v, want %v", i, v, constant[i])
			}
		}
	}
	m := bumps(n, 2, [2]float64{8, 9})
	m[7] = math.NaN()
	want, got := 0.0, 0.0
	const draws = 4000
	for i, v := range m {
		if i != 7 {
			want += v / (n*n - 1)
		}
	}
	g.Prepare(m)
	for range draws {
		g.Draw(draw, s)
		for i, v := range draw {
			if i != 7 {
				got += v / (n*n - 1) / draws
			}
		}
	}
	if math.Abs(got-want) > 0.02*want {
		t.Errorf("the fields have a mean of %v, the map %v", got, want)
	}
}

// A draw has all values of the map, and nearly its spectrum: values that are not
// Gaussian put some power at other wave numbers.
func TestAmplitudeAdjusted(t *testing.T) {
	for _, n := range []int{20, 21} {
		m := bumps(n, 1.5, [2]float64{5, 5}, [2]float64{12, 14})
		for i := range m {
			m[i] = max(0, m[i]-3) // rectified
		}
		want := spectrum(m, n)
		a := nulls.NewAmplitudeAdjusted(ratemap.Square(n), 1)
		a.Prepare(m)
		sorted := slices.Sorted(slices.Values(m))
		s := random.New(1, "test")
		got, draw, last := make([]float64, n), make([]float64, n*n), []float64(nil)
		const draws = 100
		for range draws {
			a.Draw(draw, s)
			if !slices.Equal(sorted, slices.Sorted(slices.Values(draw))) {
				t.Fatal("other values than the map's")
			}
			if slices.Equal(draw, last) || slices.Equal(draw, m) {
				t.Fatal("a draw that has been there already")
			}
			last = slices.Clone(draw)
			for r, p := range spectrum(draw, n) {
				got[r] += p / draws
			}
		}
		for r := 1; r <= n/4; r++ {
			if math.Abs(got[r]/want[r]-1) > 0.3 { // ranks alone give half the power at 1
				t.Errorf("%d bins: power at wave number %d is %v, want %v", n, r, got[r], want[r])
			}
		}
	}
}

// Bins never visited stay so, also when fields are cut out of larger squares, and
// maps that do not vary stay as they are.
func TestAmplitudeAdjustedOddMaps(t *testing.T) {
	const n = 12
	round := bumps(n, 2, [2]float64{4, 5})
	for i := range round {
		if math.Hypot(float64(i/n)-5.5, float64(i%n)-5.5) > 6 {
			round[i] = math.NaN()
		}
	}
	s := random.New(1, "test")
	dst := make([]float64, n*n)
	for _, padding := range []int{1, 2} {
		a := nulls.NewAmplitudeAdjusted(ratemap.Square(n), padding)
		a.Prepare(round)
		a.Draw(dst, s)
		sum := 0.0
		for i, v := range round {
			if math.IsNaN(v) != math.IsNaN(dst[i]) {
				t.Fatalf("bin %d is %v, in the map %v", i, dst[i], v)
			}
			if !math.IsNaN(v) {
				sum += dst[i] - v
			}
		}
		if math.Abs(sum) > 1e-9 {
			t.Errorf("padding %d: the sum differs by %v", padding, sum)
		}
		for _, m := range [][]float64{make([]float64, n*n), slices.Repeat([]float64{2}, n*n)} {
			a.Prepare(m)
			if a.Draw(dst, s); !slices.Equal(dst, m) {
				t.Errorf("padding %d: a flat map became %v", padding, dst)
			}
		}
	}
}

// One field of one bin moves to every visited bin alike, and nowhere else.
func TestFieldCutIsUniform(t *testing.T) {
	f := nulls.NewFieldCut(ratemap.Square(4), nulls.Segmentation{Threshold: 0.5, Least: 1})
	checkUniform(t, f)
	if f.Fields() != 1 {
		t.Errorf("%d fields", f.Fields())
	}
}

// checkUniform shuffles a map [4, 4] of ones with a peak in bin 5; bin 15 was never
// visited. The peak must go to every visited bin alike, and nothing else may change.
func checkUniform(t *testing.T, shuffle interface {
	Prepare(ratemap []float64)
	Draw(dst []float64, s *random.Stream)
}) {
	t.Helper()
	const bins, draws = 16, 15000
	m := slices.Repeat([]float64{1}, bins)
	m[5], m[15] = 9, math.NaN()
	shuffle.Prepare(m)
	s := random.New(1, "test")
	counts, dst := make([]int, bins), make([]float64, bins)
	for range draws {
		shuffle.Draw(dst, s)
		for i, v := range dst {
			switch {
			case v == 9:
				counts[i]++
			case v != 1 && i != 15 || i == 15 && !math.IsNaN(v):
				t.Fatalf("bin %d is %v", i, v)
			}
		}
	}
	for i, c := range counts[:15] {
		if math.Abs(float64(c)-draws/15) > 150 {
			t.Errorf("bin %d: %d times, want %d", i, c, draws/15)
		}
	}
}

// Fields keep their shape: with room on all sides every value of the field is
// there again, displaced; the background is its mean.
func TestFieldCutKeepsShapes(t *testing.T) {
	const n = 9
	m := make([]float64, n*n)
	for i := range m {
		m[i] = 0.05
	}
	field := map[[2]int]float64{{0, 0}: 9, {0, 1}: 5, {1, 0}: 4, {1, 1}: 3}
	for d, v := range field {
		m[(4+d[0])*n+4+d[1]] = v
	}
	f := nulls.NewFieldCut(ratemap.Square(n), nulls.Segmentation{Threshold: 0.2, Least: 2})
	f.Prepare(m)
	s := random.New(2, "test")
	dst := make([]float64, n*n)
	for range 200 {
		f.Draw(dst, s)
		peak := slices.Index(dst, 9)
		x, y := peak/n, peak%n
		for d, v := range field {
			if x+d[0] < n && y+d[1] < n && dst[(x+d[0])*n+y+d[1]] != v {
				t.Fatalf("beside the peak (%d, %d): %v at %v, want %v", x, y, dst[(x+d[0])*n+y+d[1]], d, v)
			}
		}
		if lowest := slices.Min(dst); math.Abs(lowest-0.05) > 1e-12 {
			t.Fatalf("background %v, want its mean, 0.05", lowest)
		}
	}
}

func TestFieldCutWithoutFields(t *testing.T) {
	f := nulls.NewFieldCut(ratemap.Square(3), nulls.Segmentation{Smoothing: 1, Threshold: 0.2, Least: 2})
	f.Prepare(slices.Repeat([]float64{2}, 9))
	dst := make([]float64, 9)
	f.Draw(dst, random.New(1, "test"))
	if !slices.Equal(dst, slices.Repeat([]float64{2}, 9)) {
		t.Errorf("%v", dst)
	}
}

// Rotations keep the sum of squares over the units in every bin, and mix all units
// equally.
func TestRotation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	const units, bins = 12, 30
	maps := make([][]float64, units)
	for u := range maps {
		maps[u] = make([]float64, bins)
		for i := range maps[u] {
			maps[u][i] = rng.NormFloat64() + float64(u)
		}
	}
	maps[3][5] = math.NaN()
	r := nulls.NewRotation(maps)
	s := random.New(1, "test")
	first := make([]float64, bins)
	mean := 0.0
	const draws = 400
	for range draws {
		mixed := r.Draw(s)
		for i := range bins {
			var before, after float64
			for u := range units {
				before += maps[u][i] * maps[u][i]
				after += mixed[u][i] * mixed[u][i]
			}
			if i == 5 {
				if !math.IsNaN(after) {
					t.Fatal("a bin that one unit lacks has values")
				}
			} else if math.Abs(after/before-1) > 1e-9 {
				t.Fatalf("bin %d: sum of squares %v, want %v", i, after, before)
			}
			first[i] += mixed[0][i] / draws
		}
		mean += mixed[0][0] * mixed[0][0] / draws
	}
	// Every axis is as likely as its opposite, and every unit has the same weight.
	var square float64
	for u := range units {
		square += maps[u][0] * maps[u][0] / units
	}
	if math.Abs(first[0]) > 4*math.Sqrt(square/draws) || math.Abs(mean/square-1) > 0.3 {
		t.Errorf("mean %v, mean square %v, want 0, %v", first[0], mean, square)
	}
	if nulls.NewRotation(nil).Draw(s) != nil {
		t.Error("maps of no units")
	}
}

func BenchmarkDraw(b *testing.B) {
	m := bumps(20, 1.5, [2]float64{5, 5}, [2]float64{12, 14})
	dst := make([]float64, 400)
	s := random.New(1, "bench")
	b.Run("gaussian", func(b *testing.B) {
		g := nulls.NewGaussianField(ratemap.Square(20), 1)
		g.Prepare(m)
		for b.Loop() {
			g.Draw(dst, s)
		}
	})
	b.Run("iaaft", func(b *testing.B) {
		a := nulls.NewAmplitudeAdjusted(ratemap.Square(20), 1)
		a.Prepare(m)
		for b.Loop() {
			a.Draw(dst, s)
		}
	})
	b.Run("field", func(b *testing.B) {
		f := nulls.NewFieldShuffle(ratemap.Square(20), nulls.Segmentation{Smoothing: 1})
		f.Prepare(m)
		for b.Loop() {
			f.Draw(dst, s)
		}
	})
	b.Run("field-cut", func(b *testing.B) {
		f := nulls.NewFieldCut(ratemap.Square(20), nulls.Segmentation{Smoothing: 1, Threshold: 0.2, Least: 2})
		f.Prepare(m)
		for b.Loop() {
			f.Draw(dst, s)
		}
	})
	b.Run("rotation256", func(b *testing.B) {
		maps := slices.Repeat([][]float64{m}, 256)
		r := nulls.NewRotation(maps)
		for b.Loop() {
			r.Draw(s)
		}
	})
}
