package ratemap

import "math"

// SpeedScore gathers what the speed score of neurons needs: Pearson's correlation
// between a neuron's firing rate and the speed of the animal, over the steps in
// which it moves (Kropff et al., Nature 523:419, 2015). The rate of a step is that of
// the activities around it, weighted by a Gaussian in time; the weights are those
// within the record.
type SpeedScore struct {
	kernel []float64 // half of the Gaussian
	least  float64   // m/s
	rate   []float64 // of the steps of a record
	norm   []float64 // sum of the weights of each step
	units  []SpeedSums
}

// SpeedSums gather what the correlation needs of smoothed rates x and speeds y: sums
// over the steps in which the animal moves. The zero value is empty.
type SpeedSums struct{ n, x, y, xx, yy, xy float64 }

// NewSpeedScore returns an empty SpeedScore of some units for records of a number of
// steps. sigma is the standard deviation of the Gaussian in steps, and least the
// speed (m/s) from which the animal moves.
func NewSpeedScore(units, steps int, sigma, least float64) *SpeedScore {
	s := &SpeedScore{kernel: gaussian(sigma), least: least, rate: make([]float64, steps), norm: make([]float64, steps), units: make([]SpeedSums, units)}
	for t := range s.norm {
		s.spread(s.norm, t, 1)
	}
	return s
}

// spread adds a value to the steps around t.
func (s *SpeedScore) spread(to []float64, t int, value float64) {
	for k := max(0, t-len(s.kernel)+1); k <= min(len(to)-1, t+len(s.kernel)-1); k++ {
		to[k] += value * s.kernel[max(t-k, k-t)]
	}
}

// AddSpeeds adds a record: the speeds (m/s, NaN: not known) of its steps, and the
// activities of step t at activities[t·stride : t·stride+units].
func AddSpeeds[F float32 | float64](s *SpeedScore, speeds []float64, activities []F, stride int) {
	for u := range s.units {
		SmoothRate(s, s.rate, activities[u:], stride)
		s.units[u].Add(s.rate, speeds, s.least)
	}
}

// SmoothRate writes the smoothed rate of a unit in each step of a record to dst. The
// unit's activity in step t is activities[t·stride].
func SmoothRate[F float32 | float64](s *SpeedScore, dst []float64, activities []F, stride int) {
	clear(dst)
	for t := range dst {
		if v := activities[t*stride]; v != 0 {
			s.spread(dst, t, float64(v))
		}
	}
	for t := range dst {
		dst[t] /= s.norm[t]
	}
}

// Add adds the smoothed rates and the speeds (m/s, NaN: not known) of some steps.
// Steps slower than least do not count.
func (u *SpeedSums) Add(rates, speeds []float64, least float64) {
	for t, y := range speeds {
		if !(y >= least) {
			continue
		}
		x := rates[t]
		u.n, u.x, u.y = u.n+1, u.x+x, u.y+y
		u.xx, u.yy, u.xy = u.xx+x*x, u.yy+y*y, u.xy+x*y
	}
}

// Of is the speed score of a unit, NaN where its rate or the speed does not vary.
func (s *SpeedScore) Of(unit int) float64 { return s.units[unit].Score() }

// Score is the correlation, NaN where the rate or the speed does not vary.
func (u *SpeedSums) Score() float64 {
	vx, vy := u.xx-u.x*u.x/u.n, u.yy-u.y*u.y/u.n
	const rounding = 1e-9
	if !(vx > rounding*u.xx && vy > rounding*u.yy) {
		return math.NaN()
	}
	return (u.xy - u.x*u.y/u.n) / math.Sqrt(vx*vy)
}
