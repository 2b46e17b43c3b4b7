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
	units  []speedSums
}

// speedSums are sums over the steps in which the animal moves: of rates x and
// speeds y.
type speedSums struct{ n, x, y, xx, yy, xy float64 }

// NewSpeedScore returns an empty SpeedScore of some units for records of a number of
// steps. sigma is the standard deviation of the Gaussian in steps, and least the
// speed (m/s) from which the animal moves.
func NewSpeedScore(units, steps int, sigma, least float64) *SpeedScore {
	s := &SpeedScore{kernel: gaussian(sigma), least: least, rate: make([]float64, steps), norm: make([]float64, steps), units: make([]speedSums, units)}
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
		clear(s.rate)
		for t := range speeds {
			if v := activities[t*stride+u]; v != 0 {
				s.spread(s.rate, t, float64(v))
			}
		}
		s.units[u].add(s, speeds)
	}
}

func (u *speedSums) add(s *SpeedScore, speeds []float64) {
	for t, y := range speeds {
		if !(y >= s.least) {
			continue
		}
		x := s.rate[t] / s.norm[t]
		u.n, u.x, u.y = u.n+1, u.x+x, u.y+y
		u.xx, u.yy, u.xy = u.xx+x*x, u.yy+y*y, u.xy+x*y
	}
}

// Of is the speed score of a unit, NaN where its rate or the speed does not vary.
func (s *SpeedScore) Of(unit int) float64 {
	u := s.units[unit]
	vx, vy := u.xx-u.x*u.x/u.n, u.yy-u.y*u.y/u.n
	const rounding = 1e-9
	if !(vx > rounding*u.xx && vy > rounding*u.yy) {
		return math.NaN()
	}
	return (u.xy - u.x*u.y/u.n) / math.Sqrt(vx*vy)
}
