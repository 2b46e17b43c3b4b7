// Package pathintegration measures how well a network knows where it is. Its
// errors, by time, are the distance between the true position and the position
// decoded from its place cells, and the angle between the true heading and the
// heading decoded from its head-direction cells. The floor is the error that
// remains when the place code of the true position itself is decoded. The effect
// size compares the errors with those of a control, such as an untrained network.
//
// Positions and distances are in metres, headings in radians and their errors in
// degrees.
package pathintegration

import "math"

// Errors gathers the errors of trajectories that have the same number of steps.
type Errors struct {
	count       int
	sum, square []float64 // by step
}

// NewErrors returns Errors for trajectories of the given number of steps. It holds
// no trajectories yet.
func NewErrors(steps int) *Errors {
	return &Errors{sum: make([]float64, steps), square: make([]float64, steps)}
}

// Add adds a trajectory's errors, one for each step.
func (e *Errors) Add(errors []float64) {
	e.count++
	for t, d := range errors[:len(e.sum)] {
		e.sum[t] += d
		e.square[t] += d * d
	}
}

// Count is the number of trajectories.
func (e *Errors) Count() int { return e.count }

// Means are the mean errors by step; NaN without trajectories.
func (e *Errors) Means() []float64 {
	means := make([]float64, len(e.sum))
	for t, s := range e.sum {
		means[t] = s / float64(e.count)
	}
	return means
}

// Final returns mean and standard deviation, over the trajectories, of the error
// at the last step; NaN if there are none.
func (e *Errors) Final() (mean, sd float64) {
	last := len(e.sum) - 1
	if e.count == 0 || last < 0 {
		return math.NaN(), math.NaN()
	}
	mean = e.sum[last] / float64(e.count)
	return mean, math.Sqrt(max(0, e.square[last]/float64(e.count)-mean*mean))
}

// EffectSize is Cohen's d of the final errors of a trained network and of a control,
// given the mean and the standard deviation of each (see [Errors.Final]): the mean of
// the control minus the mean of the trained network, divided by the square root of
// the mean of their variances. Banino et al. 2018 report 2.83 for a trained and an
// untrained network. It is NaN if neither varies.
func EffectSize(mean, sd, controlMean, controlSD float64) float64 {
	return (controlMean - mean) / math.Sqrt((sd*sd+controlSD*controlSD)/2)
}

// Distances sets dst to the distances (m) between two paths [T, 2]. In a
// periodic room, a torus of side period (m), they are the shortest ones around
// it; period is 0 for a room with walls.
func Distances(dst, truth, decoded []float64, period float64) {
	for t := range dst {
		dst[t] = distance(truth[2*t]-decoded[2*t], truth[2*t+1]-decoded[2*t+1], period)
	}
}

func distance(dx, dy, period float64) float64 {
	if period > 0 {
		dx, dy = math.Remainder(dx, period), math.Remainder(dy, period)
	}
	return math.Hypot(dx, dy)
}

// Turns sets dst to the absolute differences of two series of headings (rad) in
// degrees, 0 to 180.
func Turns(dst, truth, decoded []float64) {
	for t := range dst {
		dst[t] = math.Abs(math.Remainder(truth[t]-decoded[t], 2*math.Pi)) * 180 / math.Pi
	}
}
