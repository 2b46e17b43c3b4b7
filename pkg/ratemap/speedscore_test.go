package ratemap

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The speed score against its definition: rates smoothed step by step, and the
// correlation in two passes. One unit fires more when the animal runs faster, one when
// it runs slower, and one is silent.
func TestSpeedScore(t *testing.T) {
	const records, steps, units, sigma, least = 3, 200, 3, 4.0, 0.02
	rng := rand.New(rand.NewPCG(5, 6))
	score := NewSpeedScore(units, steps, sigma, least)
	var rates [units][]float64
	var speeds []float64
	for range records {
		activities, speed := make([]float32, steps*units), make([]float64, steps)
		for i := range steps {
			speed[i] = 0.2 * (1 + math.Sin(float64(i)/15))
			for u, p := range []float64{speed[i], 0.4 - speed[i], 0} {
				if rng.Float64() < p {
					activities[i*units+u] = 50
				}
			}
			if i%40 == 7 {
				speed[i] = math.NaN()
			}
		}
		AddSpeeds(score, speed, activities, units)
		for u := range units {
			for i := range steps {
				sum, weight := 0.0, 0.0
				for k := range steps {
					if d := float64(i - k); math.Abs(d) <= 4*sigma {
						w := math.Exp(-d * d / (2 * sigma * sigma))
						sum, weight = sum+w*float64(activities[k*units+u]), weight+w
					}
				}
				if speed[i] >= least {
					rates[u] = append(rates[u], sum/weight)
					if u == 0 {
						speeds = append(speeds, speed[i])
					}
				}
			}
		}
	}
	for u := range units - 1 {
		want := pearsonOf(rates[u], speeds)
		if got := score.Of(u); math.Abs(got-want) > 1e-9 || math.Abs(want) < 0.3 {
			t.Errorf("unit %d: %v, want %v", u, got, want)
		}
	}
	if score.Of(0) < 0 || score.Of(1) > 0 || !math.IsNaN(score.Of(2)) {
		t.Errorf("%v, %v and %v", score.Of(0), score.Of(1), score.Of(2))
	}
}

func pearsonOf(x, y []float64) float64 {
	mean := func(v []float64) (m float64) {
		for _, a := range v {
			m += a / float64(len(v))
		}
		return m
	}
	mx, my := mean(x), mean(y)
	var xx, yy, xy float64
	for i := range x {
		xx, yy, xy = xx+(x[i]-mx)*(x[i]-mx), yy+(y[i]-my)*(y[i]-my), xy+(x[i]-mx)*(y[i]-my)
	}
	return xy / math.Sqrt(xx*yy)
}
