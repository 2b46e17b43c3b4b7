package train

import "testing"

func TestImprobable(t *testing.T) {
	for _, test := range []struct {
		targets []float32
		cells   int
		want    string
	}{
		{[]float32{0.25, 0.75, 1, 0}, 2, ""},
		{[]float32{0.2501, 0.7502}, 2, ""}, // half precision
		{[]float32{0.25, 0.75, 0, 0}, 2, "those of a step sum to 0"},
		{[]float32{3, 4}, 2, "those of a step sum to 7"},
		{[]float32{1.5, -0.5}, 2, "one is -0.5"},
		{nil, 2, ""},
	} {
		if got := improbable(test.targets, test.cells); got != test.want {
			t.Errorf("%v: %q, want %q", test.targets, got, test.want)
		}
	}
}
