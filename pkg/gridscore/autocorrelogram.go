package gridscore

import (
	"errors"
	"fmt"
	"math"

	"gridcells/pkg/ratemap"
)

// MaxBins is the largest number of bins along a side that this package takes.
// Work grows with the square of the number of all bins.
const MaxBins = 512

// ErrInfinite is returned for a ratemap that holds an infinite value.
var ErrInfinite = errors.New("ratemap holds an infinite value")

// Unvisited says how bins that were never visited (NaN) count.
type Unvisited int

const (
	// ZeroFilled bins count as bins with rate zero, as in the released program. Holes
	// and the outline of an arena that does not fill the square then become part of the
	// SAC.
	ZeroFilled Unvisited = iota
	// LeftOut bins take part in no overlap.
	LeftOut
)

// String is the name on the command line and at the end of the names of columns.
func (u Unvisited) String() string {
	if u == LeftOut {
		return "omit"
	}
	return "zero"
}

// ParseUnvisited is the reverse of [Unvisited.String].
func ParseUnvisited(name string) (Unvisited, error) {
	for _, u := range []Unvisited{ZeroFilled, LeftOut} {
		if u.String() == name {
			return u, nil
		}
	}
	return 0, fmt.Errorf("%q is neither zero nor omit", name)
}

// Autocorrelator computes spatial autocorrelograms of ratemaps of one size. It
// keeps its working memory, so it must not be used by two goroutines at once.
type Autocorrelator struct {
	nx, ny    int
	unvisited Unvisited

	filled, weight, square []float64 // nx×ny: values with NaN as 0; 1 where visited; squares

	overlapSums
	lags  lagSums
	group *groupSums // nil before the first group
	half  []float64  // correlations at the lags that overlapSums has
}

// overlapSums are sums over the overlap for lags (dx, dy) with dx ≥ 0, nx rows of
// 2ny−1. The first window is the unshifted map's part of the overlap, the second
// the shifted map's; the other half of the lags follows by symmetry.
type overlapSums struct {
	cross           []float64
	count           []float64
	first, second   []float64
	first2, second2 []float64
}

// NewAutocorrelator returns an Autocorrelator for ratemaps of a layout.
func NewAutocorrelator(layout ratemap.Layout, unvisited Unvisited) (*Autocorrelator, error) {
	if err := CheckLayout(layout); err != nil {
		return nil, err
	}
	a := &Autocorrelator{nx: layout.X, ny: layout.Y, unvisited: unvisited}
	for _, s := range []*[]float64{&a.filled, &a.weight, &a.square} {
		*s = make([]float64, layout.Cells())
	}
	a.lags = newLagSums(a.nx, a.ny)
	half := a.nx * (2*a.ny - 1)
	for _, s := range []*[]float64{&a.cross, &a.count, &a.first, &a.second, &a.first2, &a.second2, &a.half} {
		*s = make([]float64, half)
	}
	return a, nil
}

// CheckLayout reports what makes a layout unusable for this package.
func CheckLayout(l ratemap.Layout) error {
	for _, n := range []int{l.X, l.Y} {
		if n < 2 || n > MaxBins {
			return fmt.Errorf("%d bins a side: must be 2 to %d", n, MaxBins)
		}
	}
	if !(l.Aspect > 0) || math.IsInf(l.Aspect, 0) {
		return fmt.Errorf("bins whose sides have the ratio %v: must be above 0", l.Aspect)
	}
	return nil
}

// Lags is the number of lags of a SAC, (2nx−1)·(2ny−1).
func (c *Autocorrelator) Lags() int { return (2*c.nx - 1) * (2*c.ny - 1) }

// Compute writes to sac [2nx−1, 2ny−1] the Pearson correlation of ratemap [nx, ny]
// with itself at every lag, taken over the overlap. A correlation
// that is undefined, because one side of the overlap does not vary beyond
// rounding, is 0.
func (c *Autocorrelator) Compute(sac, ratemap []float64) error {
	if len(ratemap) != c.nx*c.ny {
		return fmt.Errorf("ratemap of %d values: want %d×%d", len(ratemap), c.nx, c.ny)
	}
	if len(sac) != c.Lags() {
		return fmt.Errorf("autocorrelogram of %d values: want %d×%d", len(sac), 2*c.nx-1, 2*c.ny-1)
	}
	missing, err := c.fill(ratemap)
	if err != nil {
		return err
	}
	c.lags.compute(c.cross, c.filled, c.filled)
	if missing && c.unvisited == LeftOut {
		c.windowSumsMasked()
	} else {
		c.windowSums()
	}
	c.correlate(sac)
	return nil
}

// fill sets filled, square and weight, and says whether bins were missing.
//
// Two things that change no correlation keep the sums precise. The value nearest
// to zero is subtracted, so that a map which varies little about a high level
// loses no digits; differences of some hundred units in the last place are a
// mean's rounding and become 0. And values are scaled by a power of two, so that
// the squares of a narrow field's tails, 1e-170 of its peak and less, do not
// underflow (the released program then divides by zero), nor those of huge
// values overflow.
func (c *Autocorrelator) fill(ratemap []float64) (missing bool, err error) {
	nearest, largest := math.Inf(1), 0.0
	for _, v := range ratemap {
		if math.IsNaN(v) {
			missing = true
			continue
		}
		if m := math.Abs(v); m < math.Abs(nearest) {
			nearest = v
		}
		largest = max(largest, math.Abs(v))
	}
	if math.IsInf(largest, 0) {
		return missing, ErrInfinite
	}
	scale, again, nearest, least := c.normalization(nearest, largest, missing)
	filled, weight, square := c.filled[:len(ratemap)], c.weight[:len(ratemap)], c.square[:len(ratemap)]
	for i, v := range ratemap {
		w := 1.0
		v = v*scale*again - nearest
		if math.IsNaN(v) {
			w, v = 0, 0
		}
		if math.Abs(v) <= least {
			v = 0
		}
		filled[i], weight[i], square[i] = v, w, v*v
	}
	return missing, nil
}

// normalization returns the factors of a map, one after the other, what is then
// subtracted, and the magnitude up to which a value counts as 0. It takes the value
// nearest to zero and the largest magnitude.
func (c *Autocorrelator) normalization(nearest, largest float64, missing bool) (scale, again, subtract, least float64) {
	const rounding = 0x1p-44
	// Squares summed over MaxBins² bins reach 2^(2·491+18), below 2^1024. A value
	// below 2^−1000 of the largest one counts as 0, because its square would
	// underflow.
	const top, bottom = 490, 0x1p-510
	if missing && c.unvisited == ZeroFilled || largest == 0 {
		nearest = 0
	}
	// In two factors, because for the smallest values one would not be finite.
	_, exponent := math.Frexp(largest)
	scale = math.Ldexp(1, (top-exponent)/2)
	again = math.Ldexp(1, top-exponent-(top-exponent)/2)
	nearest *= scale
	nearest *= again
	return scale, again, nearest, max(bottom, rounding*math.Abs(nearest))
}

// windowSums sums values and squares over both windows of every lag when all
// bins count. The windows are rectangles in a corner of the map, so they are
// running sums from that corner, and nothing is ever subtracted: a window far
// from a field keeps its precision however high the field.
func (c *Autocorrelator) windowSums() {
	n, size := c.ny, 2*c.ny-1
	for i := range c.nx {
		// Window of row i for each dy: its first n−dy columns for dy ≥ 0, its
		// last n+dy for dy < 0. Rows are summed from the top here.
		lag := (c.nx - 1 - i) * size // the lag at which rows 0…i overlap
		rowWindows(c.first[lag:lag+size], c.filled[i*n:(i+1)*n])
		rowWindows(c.first2[lag:lag+size], c.square[i*n:(i+1)*n])
		if i > 0 {
			add(c.first[lag:lag+size], c.first[lag+size:lag+2*size])
			add(c.first2[lag:lag+size], c.first2[lag+size:lag+2*size])
		}
		// The second window is the first of the map turned by 180°.
		rowWindows(c.second[lag:lag+size], c.filled[(c.nx-1-i)*n:(c.nx-i)*n])
		rowWindows(c.second2[lag:lag+size], c.square[(c.nx-1-i)*n:(c.nx-i)*n])
		reverse(c.second[lag : lag+size])
		reverse(c.second2[lag : lag+size])
		if i > 0 {
			add(c.second[lag:lag+size], c.second[lag+size:lag+2*size])
			add(c.second2[lag:lag+size], c.second2[lag+size:lag+2*size])
		}
		for j := range size {
			c.count[lag+j] = float64((i + 1) * (n - abs(j-(n-1))))
		}
	}
}

// rowWindows sets dst[dy+n−1] to the sum of the columns of row that stay within
// the row when shifted by dy.
func rowWindows(dst, row []float64) {
	n := len(row)
	left, right := 0.0, 0.0
	for k := range row {
		left += row[k]
		right += row[n-1-k]
		dst[2*n-2-k] = left // dy = n−1−k
		dst[k] = right      // dy = k−(n−1)
	}
}

// windowSumsMasked is windowSums over visited bins only.
func (c *Autocorrelator) windowSumsMasked() {
	c.lags.compute(c.count, c.weight, c.weight)
	c.lags.compute(c.first, c.filled, c.weight)
	c.lags.compute(c.second, c.weight, c.filled)
	c.lags.compute(c.first2, c.square, c.weight)
	c.lags.compute(c.second2, c.weight, c.square)
}

// correlate turns the sums into correlations at all lags.
func (c *Autocorrelator) correlate(sac []float64) {
	if c.lags.vector {
		pearsonAll(c.half, &c.overlapSums)
	} else {
		pearsonAllScalar(c.half, &c.overlapSums, 0)
	}
	c.spread(sac, c.half)
}

// spread writes the correlations at the lags with dx ≥ 0 to a SAC, and by its symmetry
// the others.
func (c *Autocorrelator) spread(sac, half []float64) {
	middle := (c.nx - 1) * (2*c.ny - 1)
	copy(sac[middle:], half)
	reverseLines(lines{sac, 0, 0}, lines{sac, middle + c.ny, 0}, shape{1, len(sac) / 2}, c.lags.vector)
}

// pearsonAllScalar sets r to the correlations at all lags from the given one on.
func pearsonAllScalar(r []float64, s *overlapSums, from int) {
	for i := from; i < len(r); i++ {
		r[i] = s.pearson(i)
	}
}

// leastVariance tells values that vary from those that do not. If nothing varies, the
// differences that should be variances are rounding errors. They are at most about
// count·2⁻⁵³ of the minuend.
const leastVariance = 0x1p-51

// pearson returns the correlation at the i-th lag, and 0 where it is undefined.
func (s *overlapSums) pearson(i int) float64 {
	count, x, y, xx, yy, xy := s.count[i], s.first[i], s.second[i], s.first2[i], s.second2[i], s.cross[i]
	if count < 2 {
		return 0
	}
	share := 1 / count
	vx := xx - x*x*share
	vy := yy - y*y*share
	if !(vx > leastVariance*count*xx && vy > leastVariance*count*yy) {
		return 0
	}
	r := (xy - x*y*share) / (math.Sqrt(vx) * math.Sqrt(vy))
	return max(-1, min(1, r))
}

func add(dst, src []float64) {
	for i, v := range src {
		dst[i] += v
	}
}

func reverse(s []float64) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

func abs(i int) int {
	if i < 0 {
		return -i
	}
	return i
}
