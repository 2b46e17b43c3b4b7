package celltype

import (
	"math"

	"gridcells/pkg/field"
	"gridcells/pkg/ratemap"
)

// Border is the border score of Banino et al. 2018 (Supplementary Methods,
// equation 8). For each wall it is (b − c)/(b + c), where b is the mean of the bins
// less than strip bins away from that wall, and c the mean of the bins at least
// strip bins away from all walls. Along the second axis the strip has as many bins
// as are nearest to its width. The score is the greatest of the four. The paper
// uses strips of 3 of 20 bins and calls units above 0.50 border cells. If no value is
// negative, the score lies in [−1, 1]. It is NaN if the strips leave no centre.
func Border(rates []float64, layout ratemap.Layout, strip int) float64 {
	nx, ny := layout.X, layout.Y
	across := max(1, int(math.Round(float64(strip)/layout.Aspect)))
	if 2*strip >= nx || 2*across >= ny {
		return math.NaN()
	}
	var centre mean
	var strips [4]mean
	for x := range nx {
		row := rates[x*ny : (x+1)*ny]
		strips[2].addAll(row[:across])
		strips[3].addAll(row[ny-across:])
		switch {
		case x < strip:
			strips[0].addAll(row)
		case x >= nx-strip:
			strips[1].addAll(row)
		default:
			centre.addAll(row[across : ny-across])
		}
	}
	best := math.NaN()
	for _, wall := range strips {
		b, c := wall.value(), centre.value()
		if score := (b - c) / (b + c); !math.IsInf(score, 0) && !(score <= best) && !math.IsNaN(score) {
			best = score
		}
	}
	return best
}

type mean struct{ sum, count float64 }

func (m *mean) add(v float64)  { m.sum += v; m.count++ }
func (m *mean) value() float64 { return m.sum / m.count }

// addAll adds the values that are not NaN.
func (m *mean) addAll(values []float64) {
	sum, count := m.sum, m.count
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += v
			count++
		}
	}
	m.sum, m.count = sum, count
}

// The fields of Solstad et al. 2008 are connected bins above solstadLevel of the
// peak, with an area of at least solstadArea (m²).
const (
	solstadLevel = 0.3
	solstadArea  = 0.02
)

// BorderSolstad is the border score of Solstad et al., "Representation of
// geometric borders in the entorhinal cortex", Science 322 (2008). It is
// (c − d)/(c + d). c is the greatest share of a wall's bins that one field covers. d
// is the mean distance of the fields' bins from their nearest wall, weighted by the
// rates and divided by half the shorter side of the room. Fields are connected bins above
// 0.3 of the peak, with an area of at least 200 cm²; binSize is the length of a bin
// along the first axis (m). Distances are measured from the centres of bins. Only visited bins of a wall
// count. The score is −1 if there is no field, and NaN if no value is positive.
func BorderSolstad(rates []float64, layout ratemap.Layout, binSize float64) float64 {
	peak := highest(rates)
	if !(peak > 0) {
		return math.NaN()
	}
	least := int(math.Ceil(solstadArea/(binSize*binSize*layout.Aspect) - 1e-9))
	fields := field.Above(rates, layout.Y, solstadLevel*peak, max(1, least))
	if len(fields.Peaks) == 0 {
		return -1
	}
	c, d := coverage(rates, fields, layout), firingDistance(rates, fields, layout)
	return (c - d) / (c + d)
}

// coverage is the greatest share of a wall that one field covers.
func coverage(rates []float64, fields field.Fields, layout ratemap.Layout) float64 {
	nx, ny := layout.X, layout.Y
	best := 0.0
	for wall := range 4 {
		covered := make([]int, len(fields.Peaks)+1)
		visited := 0
		for k := range [4]int{ny, ny, nx, nx}[wall] {
			at := [4]int{k, (nx-1)*ny + k, k * ny, k*ny + ny - 1}[wall]
			if !math.IsNaN(rates[at]) {
				visited++
				covered[fields.Labels[at]]++
			}
		}
		for _, bins := range covered[1:] {
			if visited > 0 {
				best = max(best, float64(bins)/float64(visited))
			}
		}
	}
	return best
}

// firingDistance is the mean distance of the fields' bins from their nearest wall,
// weighted by their rates, in units of half the shorter side: in [0, 1].
func firingDistance(rates []float64, fields field.Fields, layout ratemap.Layout) float64 {
	var sum, weight float64
	for i, l := range fields.Labels {
		if l == 0 {
			continue
		}
		x, y := i/layout.Y, i%layout.Y
		along, across := min(x, layout.X-1-x), min(y, layout.Y-1-y)
		sum += rates[i] * min(float64(along)+0.5, (float64(across)+0.5)*layout.Aspect)
		weight += rates[i]
	}
	return sum / weight / (layout.Shorter() / 2)
}
