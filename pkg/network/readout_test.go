package network

import (
	"slices"
	"testing"
)

func TestDivideRows(t *testing.T) {
	for _, c := range []struct {
		rows, size, threads int
		want                []int
	}{
		{0, 56, 2, []int{0}},
		{3, 56, 1, []int{0, 3}},
		{3, 56, 2, []int{0, 3}},
		{1000, 200, 1, []int{0, 200, 400, 600, 800, 1000}},
		{1000, 300, 1, []int{0, 300, 600, 900, 1000}},
		// The first blocks are small and grow, the last ones shrink.
		{600, 80, 2, []int{0, 20, 40, 80, 160, 240, 320, 400, 480, 540, 560, 580, 600}},
		{200, 56, 2, []int{0, 14, 28, 56, 112, 154, 168, 182, 196, 200}},
		{200, 56, 3, []int{0, 14, 28, 56, 98, 126, 140, 154, 168, 182, 196, 200}},
	} {
		if got := divideRows(c.rows, c.size, c.threads); !slices.Equal(got, c.want) {
			t.Errorf("divideRows(%d, %d, %d) = %v, want %v", c.rows, c.size, c.threads, got, c.want)
		}
	}
}
