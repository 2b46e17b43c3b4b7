package sweep

import "testing"

// A mean has as many decimals as its standard deviation, which has two digits.
func TestEstimateText(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   string
	}{
		{[]float64{6.25, 37.5}, "22 ± 22"}, // shares of 16 units by two seeds
		{[]float64{16.7, 20.1, 19.9}, "18.9 ± 1.9"},
		{[]float64{4.3956, 4.4335}, "4.415 ± 0.027"},
		{[]float64{1, 1.1411}, "1.07 ± 0.10"}, // the deviation is 0.0998
		{[]float64{-3.2, 2.9}, "-0.2 ± 4.3"},
		{[]float64{100000, 300000}, "200000 ± 141421"},
		{[]float64{300000, 300000}, "300000 ± 0"},
		{[]float64{12.3456}, "12.35"},
		{[]float64{123456}, "123456"},
		{[]float64{1e-9, 3e-9}, "2e-09 ± 1.4e-09"},
		{[]float64{1, 1 + 1e-9}, "1 ± 7.1e-10"},
	} {
		if got := EstimateOf(test.values).String(); got != test.want {
			t.Errorf("%v: %s, want %s", test.values, got, test.want)
		}
	}
}
