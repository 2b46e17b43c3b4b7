package celltype

import "math"

// Direction returns the resultant length |Σ β e^{iα}| / Σ β of a direction tuning
// β, and its direction (rad, in (−π, π]). α are the centres of the bins (Banino et
// al. 2018, Supplementary Methods, equations 6 and 7). Bins that are NaN are left
// out. The paper calls units above 0.47 head-direction cells. That is the critical
// value of Rayleigh's test at 1 % for 20 bins; other numbers of bins have other
// critical values.
func Direction(tuning []float64) (length, angle float64) {
	var sin, cos, sum float64
	for i, v := range tuning {
		if math.IsNaN(v) {
			continue
		}
		s, c := math.Sincos(2*math.Pi*(float64(i)+0.5)/float64(len(tuning)) - math.Pi)
		sin, cos, sum = sin+v*s, cos+v*c, sum+v
	}
	if sum == 0 {
		return math.NaN(), math.NaN()
	}
	return math.Hypot(sin, cos) / math.Abs(sum), math.Atan2(sin, cos)
}

// occupancyOf returns the time in a bin. Without an occupancy it is 1 in every
// visited bin.
func occupancyOf(occupancy []float64, i int, rate float64) float64 {
	switch {
	case math.IsNaN(rate):
		return 0
	case occupancy == nil:
		return 1
	}
	return occupancy[i]
}

// moments returns Σp, Σpλ and Σpλ² over the bins.
func moments(ratemap, occupancy []float64) (total, rate, square float64) {
	if occupancy != nil {
		occupancy = occupancy[:len(ratemap)]
	}
	for i, v := range ratemap {
		if p := occupancyOf(occupancy, i, v); p > 0 {
			total, rate, square = total+p, rate+p*v, square+p*v*v
		}
	}
	return total, rate, square
}

// Information is Skaggs' spatial information (Skaggs et al., "An
// information-theoretic approach to deciphering the hippocampal code", 1993):
// rate = Σ p λ log₂(λ/λ̄), in bits per second if λ is in spikes per second, and
// content = rate/λ̄, in bits per spike. p is the share of time in a bin:
// occupancy holds times or counts of steps; nil means the same for all visited
// bins. Both are NaN if a rate is negative or all are 0.
func Information(ratemap, occupancy []float64) (content, rate float64) {
	total, sum, _ := moments(ratemap, occupancy)
	mean := sum / total
	if !(mean > 0) {
		return math.NaN(), math.NaN()
	}
	for i, v := range ratemap {
		p := occupancyOf(occupancy, i, v) / total
		if p == 0 || v == 0 {
			continue
		}
		rate += p * v * math.Log(v/mean)
	}
	rate /= math.Ln2
	return rate / mean, rate
}

// Sparsity is λ̄²/⟨λ²⟩ (Skaggs et al. 1996): 1 for a flat map, near 0 for a single
// narrow field. occupancy is as for Information. NaN if all rates are 0.
func Sparsity(ratemap, occupancy []float64) float64 {
	total, sum, square := moments(ratemap, occupancy)
	mean := sum / total
	return mean * mean / (square / total)
}

// Coherence is Pearson's correlation between the bins and the means of their up
// to eight visited neighbours (Muller & Kubie 1989, there after Fisher's
// z-transformation; here it is not transformed).
func Coherence(ratemap []float64, ny int) float64 {
	var c correlation
	nx := len(ratemap) / ny
	for x := range nx {
		if x == 0 || x == nx-1 || ny < 3 {
			for y := range ny {
				c.add(ratemap[x*ny+y], neighbours(ratemap, ny, x, y))
			}
			continue
		}
		before, row, after := ratemap[(x-1)*ny:x*ny], ratemap[x*ny:(x+1)*ny], ratemap[(x+1)*ny:(x+2)*ny]
		c.add(row[0], neighbours(ratemap, ny, x, 0))
		for y := 1; y < len(row)-1; y++ {
			a, b, d := before[y-1:y+2], row[y-1:y+2], after[y-1:y+2]
			sum := a[0] + a[1] + a[2] + b[0] + b[2] + d[0] + d[1] + d[2]
			if math.IsNaN(sum) { // a bin was not visited
				c.add(b[1], neighbours(ratemap, ny, x, y))
				continue
			}
			c.add(b[1], sum/8)
		}
		c.add(row[ny-1], neighbours(ratemap, ny, x, ny-1))
	}
	return c.value()
}

// neighbours is the mean of a bin's up to eight visited neighbours.
func neighbours(ratemap []float64, ny, x, y int) float64 {
	nx := len(ratemap) / ny
	var around mean
	for a := max(0, x-1); a <= min(nx-1, x+1); a++ {
		for b := max(0, y-1); b <= min(ny-1, y+1); b++ {
			if w := ratemap[a*ny+b]; !math.IsNaN(w) && (a != x || b != y) {
				around.add(w)
			}
		}
	}
	return around.value()
}

// Stability is Pearson's correlation between two ratemaps of a unit, made of two
// halves of the data, over the bins visited in both.
func Stability(first, second []float64) float64 {
	var c correlation
	for i, v := range first {
		c.add(v, second[i])
	}
	return c.value()
}

// correlation gathers pairs of numbers and leaves out pairs with a NaN. Values are
// counted from the first pair, so that a high mean costs no digits.
type correlation struct {
	count, x, y, xx, yy, xy float64
	x0, y0                  float64
}

func (c *correlation) add(x, y float64) {
	if math.IsNaN(x) || math.IsNaN(y) {
		return
	}
	if c.count == 0 {
		c.x0, c.y0 = x, y
	}
	x, y = x-c.x0, y-c.y0
	c.count++
	c.x, c.y = c.x+x, c.y+y
	c.xx, c.yy, c.xy = c.xx+x*x, c.yy+y*y, c.xy+x*y
}

// value is NaN for fewer than two pairs or a side that does not vary.
func (c *correlation) value() float64 {
	vx, vy := c.xx-c.x*c.x/c.count, c.yy-c.y*c.y/c.count
	const rounding = 1e-13
	if !(vx > rounding*c.xx && vy > rounding*c.yy) {
		return math.NaN()
	}
	r := (c.xy - c.x*c.y/c.count) / math.Sqrt(vx*vy)
	return max(-1, min(1, r))
}
