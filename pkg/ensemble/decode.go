package ensemble

import "math"

// Decoding is a way to read a position from place-cell activities.
type Decoding string

// The decodings.
const (
	Top3   Decoding = "top3"   // mean of the centres of the three most active cells
	Mean   Decoding = "mean"   // mean of all centres, weighted by the activities
	Argmax Decoding = "argmax" // centre of the most active cell
	Direct Decoding = "direct" // the position itself, which [Cartesian] codes hold
)

// Decode reads the position (m) from activities [Cells] by one of the first three
// decodings. The activities must not be negative; they need not sum to one. In a
// periodic room means are taken around the torus. The mean of three centres is taken
// around the most active one. The mean of all centres is, on each axis, the direction
// of the mean vector.
func (c *PlaceCells) Decode(activity []float32, how Decoding) (x, y float64) {
	k := 1
	switch how {
	case Mean:
		return c.weightedMean(activity)
	case Top3:
		k = min(3, len(c.x))
	}
	top := largest(activity, k)
	if c.side > 0 {
		return c.meanAbout(top)
	}
	for _, i := range top {
		x += c.x[i] / float64(k)
		y += c.y[i] / float64(k)
	}
	return x, y
}

// meanAbout is the mean of some centres in a periodic room, each taken in the
// copy of the room in which it is nearest to the first.
func (c *PlaceCells) meanAbout(cells []int) (x, y float64) {
	if len(cells) == 0 {
		return 0, 0
	}
	x0, y0 := c.x[cells[0]], c.y[cells[0]]
	for _, i := range cells {
		x += c.wrap(c.x[i]-x0) / float64(len(cells))
		y += c.wrap(c.y[i]-y0) / float64(len(cells))
	}
	return c.wrap(x0 + x), c.wrap(y0 + y)
}

// circularMean is the weighted mean of all centres in a periodic room.
func (c *PlaceCells) circularMean(activity []float32) (x, y float64) {
	var cosX, sinX, cosY, sinY float64
	perMetre := 2 * math.Pi / c.side
	for i, a := range activity[:len(c.x)] {
		sin, cos := math.Sincos(c.x[i] * perMetre)
		sinX, cosX = sinX+float64(a)*sin, cosX+float64(a)*cos
		sin, cos = math.Sincos(c.y[i] * perMetre)
		sinY, cosY = sinY+float64(a)*sin, cosY+float64(a)*cos
	}
	return math.Atan2(sinX, cosX) / perMetre, math.Atan2(sinY, cosY) / perMetre
}

func (c *PlaceCells) weightedMean(activity []float32) (x, y float64) {
	if c.side > 0 {
		return c.circularMean(activity)
	}
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
	for i, v := range a {
		if n == k && !(v > a[top[n-1]]) { // true for nearly all elements
			continue
		}
		j := n
		for j > 0 && v > a[top[j-1]] {
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
