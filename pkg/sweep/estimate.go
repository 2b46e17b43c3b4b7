package sweep

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is what is known of a mean from several networks.
type Estimate struct {
	N    int     // networks that have a value
	Mean float64 // NaN without networks
	SD   float64 // standard deviation, with N − 1; NaN for one network
	// Low and High are the ends of the 95 % interval of the mean by Student's t. NaN
	// for one network.
	Low, High float64
}

// EstimateOf returns the mean of values and its interval. NaN is left out.
func EstimateOf(values []float64) Estimate {
	var x []float64
	for _, v := range values {
		if !math.IsNaN(v) {
			x = append(x, v)
		}
	}
	nan := math.NaN()
	switch len(x) {
	case 0:
		return Estimate{0, nan, nan, nan, nan}
	case 1:
		return Estimate{1, x[0], nan, nan, nan}
	}
	mean, sd := stat.MeanStdDev(x, nil)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(x) - 1)}
	half := t.Quantile(0.975) * sd / math.Sqrt(float64(len(x)))
	return Estimate{len(x), mean, sd, mean - half, mean + half}
}

// greater is the p value of the one-sided t test that the mean is above 0. It is
// NaN for one network, and where all values are equal: then t is not defined.
func (e Estimate) greater() float64 {
	if e.N < 2 || e.SD == 0 {
		return math.NaN()
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(e.N - 1)}.Survival(e.t())
}

// different is the p value of the two-sided t test that the mean is not 0, with the
// same exceptions.
func (e Estimate) different() float64 {
	if e.N < 2 || e.SD == 0 {
		return math.NaN()
	}
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(e.N - 1)}.Survival(math.Abs(e.t()))
}

func (e Estimate) t() float64 { return e.Mean / (e.SD / math.Sqrt(float64(e.N))) }
