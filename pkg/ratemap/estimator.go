package ratemap

import (
	"fmt"
	"math"
)

// Smoothing says how the rate in a bin is estimated from the sum of the activity
// and the number of steps in each bin. The zero value divides one by the other.
type Smoothing struct {
	// Sigma is the standard deviation (bins) along x and y of the Gaussian by which
	// sums and steps are smoothed, each by itself, before one is divided by the other.
	// It is cut off at four standard deviations, and at the walls.
	Sigma Size[float64]
	// Adaptive is the constant α of adaptive smoothing; 0 means no adaptive smoothing.
	// The rate of a bin is that in a disc around it. The disc is widened by a bin at a
	// time until its radius in bins is at least α / (seconds·√spikes) (Skaggs et al.,
	// Hippocampus 6:149, 1996, with α in seconds). A disc that has no spike is widened
	// to farthestDisc.
	Adaptive float64
	// MinSteps is the number of steps, of the bin itself, below which a rate is NaN.
	// A bin without steps is always NaN.
	MinSteps float64
	// StepSeconds is the time of a step (s), which Adaptive needs: activities are
	// then in Hz.
	StepSeconds float64
}

// farthestDisc is the largest radius (bins) of adaptive smoothing.
const farthestDisc = 50

// Estimator turns the sums of one kind of maps into rates. The steps in each bin
// are the same for all units, and are smoothed once.
type Estimator struct {
	how      Smoothing
	nx, ny   int
	steps    []float64 // NaN in bins that are left out
	smoothed []float64 // the steps after the Gaussian
	discs    [][]int   // bins of each ring: offsets dx, dy
	alongX   []float64 // half of the Gaussian along x
	alongY   []float64
	work     []float64
}

// NewEstimator returns an Estimator for maps [nx, ny] with these numbers of steps.
// It keeps working memory, so it must not be used by two goroutines at once.
func NewEstimator(steps []int64, ny int, how Smoothing) *Estimator {
	e := &Estimator{how: how, nx: len(steps) / ny, ny: ny, steps: make([]float64, len(steps)), work: make([]float64, len(steps))}
	raw := make([]float64, len(steps))
	for i, n := range steps {
		raw[i] = float64(n)
		e.steps[i] = raw[i]
		if n == 0 || raw[i] < how.MinSteps {
			e.steps[i] = math.NaN()
		}
	}
	switch {
	case how.Adaptive > 0:
		e.smoothed = raw
		e.discs = rings(min(farthestDisc, max(e.nx, ny)))
	case how.Sigma != (Size[float64]{}):
		e.alongX, e.alongY = gaussian(how.Sigma.X), gaussian(how.Sigma.Y)
		e.smoothed = make([]float64, len(steps))
		e.convolve(e.smoothed, raw)
	}
	return e
}

// Rates writes the rate in each bin to dst, NaN where it is left out. sums are the
// sums of the activity in each bin. dst must not be sums. It returns ErrNotFinite
// if a rate is not finite.
func (e *Estimator) Rates(dst, sums []float64) error {
	if len(dst) != len(e.steps) || len(sums) != len(e.steps) {
		return fmt.Errorf("%d sums into %d bins: want %d", len(sums), len(dst), len(e.steps))
	}
	switch {
	case e.discs != nil:
		e.adapt(dst, sums)
	case e.smoothed != nil:
		e.convolve(dst, sums)
		for i, v := range dst {
			dst[i] = v / e.smoothed[i]
		}
	default:
		for i, v := range sums {
			dst[i] = v / e.steps[i]
		}
	}
	for i, steps := range e.steps {
		switch {
		case math.IsNaN(steps):
			dst[i] = math.NaN()
		case math.IsNaN(dst[i]) || math.IsInf(dst[i], 0):
			return ErrNotFinite
		}
	}
	return nil
}

// gaussian is half of a Gaussian with this standard deviation.
func gaussian(sigma float64) []float64 {
	kernel := []float64{1}
	for i := 1; i <= int(4*sigma+0.5); i++ { // as scipy.ndimage.gaussian_filter
		kernel = append(kernel, math.Exp(-0.5*float64(i*i)/(sigma*sigma)))
	}
	return kernel
}

// convolve writes src convolved with the kernels to dst; beyond the walls is
// nothing.
func (e *Estimator) convolve(dst, src []float64) {
	across(e.work, src, e.ny, e.alongY)
	for i := range e.nx {
		row := dst[i*e.ny : (i+1)*e.ny]
		clear(row)
		for k := max(0, i-len(e.alongX)+1); k <= min(e.nx-1, i+len(e.alongX)-1); k++ {
			w := e.alongX[max(i-k, k-i)]
			for j, v := range e.work[k*e.ny : (k+1)*e.ny] {
				row[j] += w * v
			}
		}
	}
}

// across convolves each row, along y.
func across(dst, src []float64, ny int, kernel []float64) {
	for from := 0; from < len(src); from += ny {
		row := src[from : from+ny]
		for j := range ny {
			sum := 0.0
			for k := max(0, j-len(kernel)+1); k <= min(ny-1, j+len(kernel)-1); k++ {
				sum += kernel[max(j-k, k-j)] * row[k]
			}
			dst[from+j] = sum
		}
	}
}

// rings lists, for each radius from 0, the offsets dx, dy, dx, dy, … that a disc
// of this radius has and a narrower one has not.
func rings(radius int) [][]int {
	of := make([][]int, radius+1)
	for dx := -radius; dx <= radius; dx++ {
		for dy := -radius; dy <= radius; dy++ {
			if r := int(math.Ceil(math.Hypot(float64(dx), float64(dy)))); r <= radius {
				of[r] = append(of[r], dx, dy)
			}
		}
	}
	return of
}

// adapt widens a disc around each bin.
func (e *Estimator) adapt(dst, sums []float64) {
	for i := range e.nx {
		for j := range e.ny {
			dst[i*e.ny+j] = math.NaN()
			if !math.IsNaN(e.steps[i*e.ny+j]) {
				dst[i*e.ny+j] = e.disc(sums, i, j)
			}
		}
	}
}

// disc is the rate in the disc around a bin. The first disc has a radius of one bin.
func (e *Estimator) disc(sums []float64, i, j int) float64 {
	var activity, steps float64
	for r, ring := range e.discs {
		for k := 0; k < len(ring); k += 2 {
			x, y := i+ring[k], j+ring[k+1]
			if uint(x) < uint(e.nx) && uint(y) < uint(e.ny) {
				activity += sums[x*e.ny+y]
				steps += e.smoothed[x*e.ny+y]
			}
		}
		spikes, seconds := activity*e.how.StepSeconds, steps*e.how.StepSeconds
		if r > 0 && float64(r)*seconds*math.Sqrt(max(0, spikes)) >= e.how.Adaptive {
			break
		}
	}
	return activity / steps
}
