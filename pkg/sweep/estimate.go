package sweep

import (
	"fmt"
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

// String writes the mean and the standard deviation. The deviation has two digits,
// and the mean as many decimals as it. A mean without spread has four digits, or all
// digits of a whole number.
func (e Estimate) String() string {
	if e.N < 2 || e.SD == 0 {
		text := fmt.Sprintf("%.4g", e.Mean)
		if e.Mean == math.Trunc(e.Mean) && math.Abs(e.Mean) < 1<<53 {
			text = fmt.Sprintf("%.0f", e.Mean)
		}
		if e.N > 1 {
			text += " ± 0"
		}
		return text
	}
	exponent := math.Floor(math.Log10(e.SD))
	if exponent < -6 || exponent > 12 || math.Abs(e.Mean) > 1e6*e.SD {
		return fmt.Sprintf("%.6g ± %.2g", e.Mean, e.SD) // all decimals would be many
	}
	decimals := max(0, 1-int(exponent))
	if rounded := math.Round(e.SD*math.Pow10(decimals)) / math.Pow10(decimals); decimals > 0 && rounded >= math.Pow10(int(exponent)+1) {
		decimals-- // 0.0996 is 0.10
	}
	return fmt.Sprintf("%.*f ± %.*f", decimals, e.Mean, decimals, e.SD)
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
