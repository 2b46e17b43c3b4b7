package gridscore

import (
	"fmt"
	"math"
)

// groupSize is the number of maps whose sums are computed side by side, one in each
// quarter of a vector of the processor.
const groupSize = 4

// groupSums are the sums of [overlapSums] for a group of maps, with what the
// correlations need of the count of pairs at each lag. The numbers of a lag lie side by
// side.
//
// A single map fills a vector with four lags, half of whose products lie beyond the
// map's edge. A group fills it with four maps and has no such products. Each sum adds
// the same products in the same order, so the bits are the same.
type groupSums struct {
	values, squares [][groupSize]float64 // [nx, ny]
	zeros           [][groupSize]float64 // [2ny−1]

	cross           [][groupSize]float64 // [nx, 2ny−1], and up to three more
	first, second   [][groupSize]float64
	first2, second2 [][groupSize]float64
	share, least    []float64            // 1/count and the least share of variance
	half            [groupSize][]float64 // correlations of each map
}

func newGroupSums(nx, ny int) *groupSums {
	size := 2*ny - 1
	lags := (nx*size + groupSize - 1) / groupSize * groupSize
	g := &groupSums{share: make([]float64, lags), least: make([]float64, lags)}
	for _, s := range []*[][groupSize]float64{&g.values, &g.squares} {
		*s = make([][groupSize]float64, nx*ny)
	}
	for _, s := range []*[][groupSize]float64{&g.cross, &g.first, &g.second, &g.first2, &g.second2} {
		*s = make([][groupSize]float64, lags)
	}
	g.zeros = make([][groupSize]float64, size)
	for m := range g.half {
		g.half[m] = make([]float64, lags)
	}
	for dx := range nx {
		for j := range size {
			count := float64((nx - dx) * (ny - abs(j-(ny-1))))
			g.share[dx*size+j], g.least[dx*size+j] = 1/count, leastVariance*count
			if count < 2 {
				g.least[dx*size+j] = math.Inf(1) // no correlation
			}
		}
	}
	return g
}

// computeGroup is Compute for a group of maps. It reports false, and has computed
// nothing, for maps that Compute must look at one by one: where bins never visited are
// left out, because the maps' counts of pairs differ then, and where a map is no good.
func (c *Autocorrelator) computeGroup(sacs, ratemaps *[groupSize][]float64) bool {
	if c.group == nil {
		c.group = newGroupSums(c.nx, c.ny)
	}
	g := c.group
	for m := range ratemaps {
		if len(ratemaps[m]) != c.nx*c.ny {
			return false
		}
	}
	if !c.fillGroup(ratemaps) {
		return false
	}
	g.sum(c.nx, c.ny)
	groupPearson(&g.half, g)
	for m := range sacs {
		c.spread(sacs[m], g.half[m])
	}
	return true
}

// extremes are of each map of a group: the value nearest to zero, the largest magnitude,
// and a number that is not 0 if a bin was never visited.
type extremes struct {
	nearest, largest [groupSize]float64
	missing          [groupSize]uint64
}

// normalization has the numbers of [Autocorrelator.normalization] of each map of a group.
type normalization struct {
	scale, again, nearest, least [groupSize]float64
}

// fillGroup is fill for a group of maps. It reports false for maps that must be looked at
// one by one.
func (c *Autocorrelator) fillGroup(ratemaps *[groupSize][]float64) bool {
	g := c.group
	inf := math.Inf(1)
	e := extremes{nearest: [groupSize]float64{inf, inf, inf, inf}}
	from := gather(g.values, ratemaps, &e)
	gatherScalar(g.values, ratemaps, from, &e)
	var n normalization
	for m := range ratemaps {
		missing := e.missing[m] != 0
		if missing && c.unvisited == LeftOut || math.IsInf(e.largest[m], 0) {
			return false
		}
		n.scale[m], n.again[m], n.nearest[m], n.least[m] = c.normalization(e.nearest[m], e.largest[m], missing)
	}
	normalize(g.values, g.squares, &n)
	return true
}

// gatherScalar puts the values of a group's maps side by side, from a bin on, and finds
// their extremes.
func gatherScalar(values [][groupSize]float64, maps *[groupSize][]float64, from int, e *extremes) {
	for m, ratemap := range maps {
		for i := from; i < len(values); i++ {
			v := ratemap[i]
			values[i][m] = v
			if math.IsNaN(v) {
				e.missing[m] = 1
				continue
			}
			if a := math.Abs(v); a < math.Abs(e.nearest[m]) {
				e.nearest[m] = v
			}
			e.largest[m] = max(e.largest[m], math.Abs(v))
		}
	}
}

// normalizeScalar changes values as fill does, and sets squares.
func normalizeScalar(values, squares [][groupSize]float64, n *normalization) {
	for i := range values {
		for m, v := range values[i] {
			v = v*n.scale[m]*n.again[m] - n.nearest[m]
			if !(math.Abs(v) > n.least[m]) { // or never visited
				v = 0
			}
			values[i][m], squares[i][m] = v, v*v
		}
	}
}

// sum computes the sums over the overlap at every lag.
func (g *groupSums) sum(nx, ny int) {
	size := 2*ny - 1
	for dx := range nx {
		a, b := g.values[:(nx-dx)*ny], g.values[dx*ny:]
		middle := dx*size + ny - 1
		groupCross(g.cross, middle, -1, b, a, nx-dx, ny) // dy ≤ 0
		groupCross(g.cross, middle, 1, a, b, nx-dx, ny)
	}
	for i := range nx {
		lag := (nx - 1 - i) * size
		above := func(sums [][groupSize]float64) [][groupSize]float64 {
			if i == 0 {
				return g.zeros
			}
			return sums[lag+size : lag+2*size]
		}
		row, mirror := i*ny, (nx-1-i)*ny
		groupWindows(g.first[lag:lag+size], above(g.first), 0, 1, g.values[row:row+ny])
		groupWindows(g.first2[lag:lag+size], above(g.first2), 0, 1, g.squares[row:row+ny])
		groupWindows(g.second[lag:lag+size], above(g.second), size-1, -1, g.values[mirror:mirror+ny])
		groupWindows(g.second2[lag:lag+size], above(g.second2), size-1, -1, g.squares[mirror:mirror+ny])
	}
}

// MapError is an error in one of several ratemaps.
type MapError struct {
	Map int // its index
	Err error
}

func (e *MapError) Error() string { return fmt.Sprintf("ratemap %d: %v", e.Map, e.Err) }
func (e *MapError) Unwrap() error { return e.Err }

// ScoreAll scores ratemaps [nx, ny]. It calls put with the scores of each in turn, one
// for each definition, while SAC is that of the map. put must not keep the scores; it
// may change them by Correct. The scores are those of Score, to the bit, in less time if
// there are four maps or more. An error in a map is a [MapError].
func (s *Scorer) ScoreAll(ratemaps [][]float64, put func(i int, scores []Score) error) error {
	if s.scores == nil {
		s.scores = make([]Score, len(s.plan.definitions))
	}
	for i := 0; i < len(ratemaps); {
		if s.sac.lags.vector && len(ratemaps)-i >= groupSize {
			done, err := s.scoreGroup([groupSize][]float64(ratemaps[i:i+groupSize]), i, put)
			if err != nil {
				return err
			}
			if done {
				i += groupSize
				continue
			}
		}
		for range min(groupSize, len(ratemaps)-i) {
			if err := s.Score(s.scores, ratemaps[i]); err != nil {
				return &MapError{i, err}
			}
			if err := put(i, s.scores); err != nil {
				return err
			}
			i++
		}
	}
	return nil
}

// scoreGroup scores a group of maps, of which the first has this number. It reports
// false, and has called put for none, where the maps must be scored one by one.
func (s *Scorer) scoreGroup(ratemaps [groupSize][]float64, first int, put func(i int, scores []Score) error) (bool, error) {
	for m := range s.sacs {
		if s.sacs[m] == nil {
			s.sacs[m] = make([]float64, s.sac.Lags())
		}
	}
	if !s.sac.computeGroup(&s.sacs, &ratemaps) {
		return false, nil
	}
	for m := range ratemaps {
		s.values, s.sacs[m] = s.sacs[m], s.values
		s.scoreSAC(s.scores)
		if err := put(first+m, s.scores); err != nil {
			return false, err
		}
	}
	return true, nil
}
