package ensemble

// Decoding is a way to read a position from place-cell activities.
type Decoding string

// The decodings.
const (
	Top3   Decoding = "top3"   // mean of the centres of the three most active cells
	Mean   Decoding = "mean"   // mean of all centres, weighted by the activities
	Argmax Decoding = "argmax" // centre of the most active cell
	Direct Decoding = "direct" // the position itself, of [Cartesian] codes
)

// Decode reads the position (m) from activities [Cells] that are not negative,
// such as a softmax, by one of the first three. For [Mean] they need not sum to
// one.
func (c *PlaceCells) Decode(activity []float32, how Decoding) (x, y float64) {
	k := 1
	switch how {
	case Mean:
		return c.weightedMean(activity)
	case Top3:
		k = min(3, len(c.x))
	}
	for _, i := range largest(activity, k) {
		x += c.x[i] / float64(k)
		y += c.y[i] / float64(k)
	}
	return x, y
}

func (c *PlaceCells) weightedMean(activity []float32) (x, y float64) {
	var sum float64
	for i, a := range activity[:len(c.x)] {
		x += float64(a) * c.x[i]
		y += float64(a) * c.y[i]
		sum += float64(a)
	}
	return x / sum, y / sum
}

// largest returns the indices of the k ≤ 3 largest elements.
func largest(a []float32, k int) []int {
	var top [3]int
	n := 0
	for i := range a {
		j := n
		for j > 0 && a[i] > a[top[j-1]] {
			j--
		}
		if j >= k {
			continue
		}
		n = min(n+1, k)
		copy(top[j+1:n], top[j:n-1])
		top[j] = i
	}
	return top[:n]
}
