package gridscore

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"

	"gridcells/pkg/celltype"
	"gridcells/pkg/geometry/latticetest"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/ratemap"
)

// specimen is a known kind of map.
type specimen struct {
	name    string
	draw    func(rng *rand.Rand, n int) []float64
	scale   float64 // in units of n bins; 0: no lattice
	hexagon bool    // a grid cell
}

// turned returns the coordinates of a point along axes turned by an angle.
func turned(x, y, angle float64) (u, v float64) {
	sin, cos := math.Sincos(angle)
	return x*cos + y*sin, -x*sin + y*cos
}

func mapOf(n int, f func(x, y float64) float64) []float64 {
	m := make([]float64, n*n)
	for i := range m {
		m[i] = f(float64(i/n), float64(i%n))
	}
	return m
}

func gauss(x, y, sigma float64) float64 { return math.Exp(-(x*x + y*y) / (2 * sigma * sigma)) }

// latticeSpecimen is a lattice of random orientation and phase; what was drawn is
// appended to the orientations.
func latticeSpecimen(name string, scale, stretch float64, change func(rng *rand.Rand, m []float64, n int)) (specimen, *[]float64) {
	var orientations []float64
	return specimen{name: name, scale: scale, hexagon: true, draw: func(rng *rand.Rand, n int) []float64 {
		orientation, x0, y0 := 60*rng.Float64(), float64(n)*rng.Float64(), float64(n)*rng.Float64()
		orientations = append(orientations, orientation)
		l := latticetest.Lattice{Scale: scale * float64(n), Orientation: orientation, X: x0, Y: y0, Stretch: stretch}
		if stretch != 1 {
			l.Axis = 180 * rng.Float64()
		}
		m := l.Rates(n)
		if change != nil {
			change(rng, m, n)
		}
		return m
	}}, &orientations
}

func punch(rng *rand.Rand, m []float64, n int) {
	for i := range m {
		if rng.Float64() < 0.2 {
			m[i] = math.NaN()
		}
	}
}

func disc(_ *rand.Rand, m []float64, n int) {
	for i := range m {
		if math.Hypot(float64(i/n)-float64(n-1)/2, float64(i%n)-float64(n-1)/2) > float64(n)/2 {
			m[i] = math.NaN()
		}
	}
}

func noiseSpecimen(sigma float64, change func(rng *rand.Rand, m []float64, n int)) func(rng *rand.Rand, n int) []float64 {
	return func(rng *rand.Rand, n int) []float64 {
		white, m := make([]float64, n*n), make([]float64, n*n)
		for i := range white {
			white[i] = rng.NormFloat64()
		}
		ratemap.Smooth(m, white, n, sigma)
		if change != nil {
			change(rng, m, n)
		}
		return m
	}
}

func addNoise(rng *rand.Rand, m []float64, n int) {
	noise := noiseSpecimen(1, nil)(rng, n)
	for i := range m {
		m[i] += 2.5 * noise[i] // signal and noise vary alike
	}
}

// specimens and, for lattices, the orientations drawn.
func specimens() (list []specimen, orientations []*[]float64) {
	add := func(s specimen, o *[]float64) { list, orientations = append(list, s), append(orientations, o) }
	add(latticeSpecimen("lattice, scale 0.25 n", 0.25, 1, nil))
	add(latticeSpecimen("lattice, scale 0.4 n", 0.4, 1, nil))
	add(latticeSpecimen("lattice, scale 0.6 n", 0.6, 1, nil))
	add(latticeSpecimen("lattice 0.3 n, stretched by 1.2", 0.3, 1.2, nil))
	add(latticeSpecimen("lattice 0.3 n and noise", 0.3, 1, addNoise))
	add(latticeSpecimen("lattice 0.3 n, 20 % unvisited", 0.3, 1, punch))
	add(latticeSpecimen("lattice 0.3 n in a round arena", 0.3, 1, disc))
	other := func(name string, draw func(rng *rand.Rand, n int) []float64) {
		add(specimen{name: name, draw: draw}, nil)
	}
	other("square lattice 0.3 n", func(rng *rand.Rand, n int) []float64 {
		a, x0, y0 := math.Pi*rng.Float64(), 20*rng.Float64(), 20*rng.Float64()
		return mapOf(n, func(x, y float64) float64 {
			u, v := turned(x-x0, y-y0, a)
			return max(0, math.Cos(2*math.Pi*u/(0.3*float64(n)))+math.Cos(2*math.Pi*v/(0.3*float64(n))))
		})
	})
	other("stripes 0.3 n", func(rng *rand.Rand, n int) []float64 {
		a := math.Pi * rng.Float64()
		return mapOf(n, func(x, y float64) float64 {
			u, _ := turned(x, y, a)
			return 1 + math.Cos(2*math.Pi*u/(0.3*float64(n)))
		})
	})
	other("one field", func(rng *rand.Rand, n int) []float64 {
		x0, y0 := float64(n)*rng.Float64(), float64(n)*rng.Float64()
		return mapOf(n, func(x, y float64) float64 { return gauss(x-x0, y-y0, 0.1*float64(n)) })
	})
	other("two fields", func(rng *rand.Rand, n int) []float64 {
		p := [4]float64{rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64()}
		s := float64(n)
		return mapOf(n, func(x, y float64) float64 {
			return gauss(x-p[0]*s, y-p[1]*s, 0.1*s) + gauss(x-p[2]*s, y-p[3]*s, 0.1*s)
		})
	})
	for _, sigma := range []float64{0, 0.05, 0.075, 0.1, 0.15} {
		other(fmt.Sprintf("noise smoothed by %v n", sigma), func(rng *rand.Rand, n int) []float64 {
			return noiseSpecimen(sigma*float64(n), nil)(rng, n)
		})
	}
	// The noise is above 0, as rates are. Around a mean of 0, bins that count as 0
	// would make no difference.
	other("noise 0.075 n above 0 in a round arena", func(rng *rand.Rand, n int) []float64 {
		return noiseSpecimen(0.075*float64(n), func(rng *rand.Rand, m []float64, n int) {
			disc(rng, m, n)
			celltype.Minimum.Apply(m, m, 0)
		})(rng, n)
	})
	return list, orientations
}

// validationMaps is the number of maps of each kind: few, unless the tables of
// docs/scoring.md are to be made.
func validationMaps(t testing.TB) (maps, shuffles int) {
	maps, shuffles = 20, 39
	if text := os.Getenv("GRIDCELLS_VALIDATION"); text != "" {
		var err error
		if maps, err = strconv.Atoi(text); err != nil {
			t.Fatalf("GRIDCELLS_VALIDATION: %v", err)
		}
		shuffles = 199
	}
	return maps, shuffles
}

// TestValidation scores maps of known kinds. With GRIDCELLS_VALIDATION=200 and -v
// it prints the tables of docs/scoring.md.
func TestValidation(t *testing.T) {
	if testing.Short() {
		t.Skip("much arithmetic")
	}
	maps, shuffles := validationMaps(t)
	for _, n := range []int{20, 32} {
		if n != 20 && maps <= 20 {
			continue
		}
		var text strings.Builder
		w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "%d×%d bins\treference\t>0.37\tomit\t>0.37\tpaper\t>0.37\topexebo\t>0.37\tfield-cut p≤.05\tgaussian p≤.05\tpaper, gaussian\tq≤.05\tscale\torientation\n", n, n)
		list, orientations := specimens()
		for k, s := range list {
			t.Run(fmt.Sprint(n, " bins, ", s.name), func(t *testing.T) {
				r := validate(t, s, n, maps, shuffles)
				fmt.Fprintf(w, "%s\t%s\n", s.name, r.line(s, orientations[k]))
				r.check(t, s, orientations[k])
			})
		}
		w.Flush()
		t.Logf("%d maps each, %d shuffles; scores are means, the rest %%\n%s", maps, shuffles, text.String())
	}
}

// verdicts are what the columns say of some maps.
type verdicts struct {
	t    *testing.T
	rows npy.Rows
	n    int
}

func validate(t *testing.T, s specimen, n, maps, shuffles int) *verdicts {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(len(s.name)), uint64(n)))
	var all []float64
	for range maps {
		all = append(all, s.draw(rng, n)...)
	}
	out, stderr, status := run(ratemapRows(t, all, n, npy.Float64, nil), "--score", "reference,paper,opexebo", "--unvisited", "zero,omit",
		"--null", "field-cut,gaussian", "--shuffles", fmt.Sprint(shuffles), "--gaussian-padding", "2", "-q")
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := npytest.Read(t, out)
	return &verdicts{t, rows, n}
}

// percent of the maps for which a column's value passes.
func (v *verdicts) percent(name string, passes func(x float64) bool) float64 {
	count := 0
	for i := range v.rows.Len() {
		if passes(npytest.Floats(v.t, v.rows, name, i)[0]) {
			count++
		}
	}
	return 100 * float64(count) / float64(v.rows.Len())
}

func above(x float64) bool { return x > 0.37 }
func small(x float64) bool { return x <= 0.05 }

func (v *verdicts) mean(name string) float64 {
	sum, count := 0.0, 0.0
	for i := range v.rows.Len() {
		if x := npytest.Floats(v.t, v.rows, name, i)[0]; !math.IsNaN(x) {
			sum, count = sum+x, count+1
		}
	}
	return sum / count
}

// recovery is the median relative error of the scale, and the median error of
// the orientation in degrees; NaN where most maps have none.
func (v *verdicts) recovery(s specimen, orientations *[]float64) (scale, angle float64) {
	if s.scale == 0 {
		return math.NaN(), math.NaN()
	}
	var scales, angles []float64
	for i := range v.rows.Len() {
		want := s.scale * 2.2
		d := math.Abs(npytest.Floats(v.t, v.rows, "grid_scale_m", i)[0]/want - 1)
		a := math.Abs(math.Remainder(npytest.Floats(v.t, v.rows, "grid_orientation_deg", i)[0]-(*orientations)[i], 60))
		if math.IsNaN(d) {
			d, a = math.Inf(1), math.Inf(1)
		}
		scales, angles = append(scales, d), append(angles, a)
	}
	return median(scales), median(angles)
}

func median(x []float64) float64 {
	best := math.NaN()
	for _, v := range x {
		below := 0
		for _, w := range x {
			if w < v {
				below++
			}
		}
		if below <= len(x)/2 && !(v <= best) {
			best = v
		}
	}
	return best
}

func (v *verdicts) line(s specimen, orientations *[]float64) string {
	var cells []string
	for _, column := range []string{"", "_omit", "_paper", "_opexebo"} {
		cells = append(cells, fmt.Sprintf("%.2f\t%.0f", v.mean("score_60"+column), v.percent("score_60"+column, above)))
	}
	for _, column := range []string{"p_field-cut", "p_gaussian", "p_gaussian_paper", "q_gaussian"} {
		cells = append(cells, fmt.Sprintf("%.0f", v.percent(column, small)))
	}
	scale, angle := v.recovery(s, orientations)
	if s.scale > 0 {
		cells = append(cells, fmt.Sprintf("%.1f %%\t%.1f°", 100*scale, angle))
	}
	return strings.Join(cells, "\t")
}

// check has the tests that a sceptic would ask for first.
func (v *verdicts) check(t *testing.T, s specimen, orientations *[]float64) {
	scale, angle := v.recovery(s, orientations)
	switch {
	case strings.HasPrefix(s.name, "lattice, scale") && (scale > 0.03 || angle > 2):
		t.Errorf("%s: scale off by %.1f %%, orientation by %.1f°", s.name, 100*scale, angle)
	case strings.HasPrefix(s.name, "lattice, scale") && v.percent("score_60_paper", above) < 90:
		t.Errorf("%s: %.0f %% above 0.37", s.name, v.percent("score_60_paper", above))
	case s.name == "stripes 0.3 n" || s.name == "square lattice 0.3 n":
		if p := v.percent("score_60_paper", above); p > 5 {
			t.Errorf("%s: %.0f %% pass for grid cells", s.name, p)
		}
	case strings.HasPrefix(s.name, "noise smoothed"):
		if p := v.percent("p_gaussian", small); p > 25 {
			t.Errorf("%s: %.0f %% have p ≤ 0.05 in their own null", s.name, p)
		}
	}
}

// The early activities of the released network, if the files are there: a
// population in which nothing should be significant.
func TestReleasedNulls(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "reference_activations_scores.npz")
	if dir := os.Getenv("GRIDCELLS_DATA"); dir != "" {
		path = filepath.Join(dir, "reference_activations_scores.npz")
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%v: set GRIDCELLS_DATA to the folder that holds it", err)
	}
	g := npytest.Golden(t, path)
	out, stderr, status := run(ratemapRows(t, g["ratemap"], 20, npy.Float64, nil), "--null", "gaussian", "--shuffles", "49", "-q")
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := npytest.Read(t, out)
	v := &verdicts{t, rows, 20}
	if p := v.percent("p_gaussian", small); p > 12 {
		t.Errorf("%.0f %% of an untrained layer's units have p ≤ 0.05", p)
	}
	if q := v.percent("q_gaussian", small); q > 2 {
		t.Errorf("%.0f %% have q ≤ 0.05", q)
	}
}
