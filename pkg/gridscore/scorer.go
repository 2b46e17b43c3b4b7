package gridscore

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gridcells/pkg/ratemap"
)

// Score is one definition's result for one ratemap.
type Score struct {
	// Sixty and Ninety are the gridness scores for hexagonal and for square
	// lattices, without a unit. NaN where no ring of the definition holds a
	// point of the SAC.
	Sixty, Ninety float64
	// Ring60 and Ring90 are the rings that gave them.
	Ring60, Ring90 Ring
}

// Scorer scores ratemaps of one size by one or several definitions at once. It
// keeps its working memory: use one Scorer per goroutine, made with Clone.
type Scorer struct {
	plan    *plan
	sac     *Autocorrelator
	spline  *spline   // of maps that are square
	linear  planes    // the same
	plane   *lagPlane // of other maps
	values  []float64
	rotated [][2]float64               // values at samples of the plan, and at those turned by 90°; of maps that are square
	sums    [interpolations][]ringSums // of the discs; nil where no definition needs them
	ring    Correlations               // in the ring at hand; here so that formulas do not make it escape
	recent  []Score                    // of the rings that a window covers
	scores  []Score                    // of one map, for ScoreAll
	sacs    [groupSize][]float64       // of a group of maps, for ScoreAll
	centre  *centralField
	round   *lagPlane // of the correction of ellipses; nil before the first one
}

// plan holds everything that does not depend on the ratemap. It does not
// change after it was made, so Scorers can share it.
type plan struct {
	layout      ratemap.Layout
	definitions []Definition
	rings       [][]ringBounds // of every definition
	points      []point
	samples     [interpolations][]sample // rotations of every point; nil where no definition needs them
	discs       []disc
}

// Ways to interpolate between the SAC's points when it is rotated.
const (
	cubic = iota
	linear
	interpolations
)

// interpolation of a definition.
func (d *Definition) interpolation() int {
	if d.Linear {
		return linear
	}
	return cubic
}

// point q is a lag. Those of a square map are a quarter of all, which turn into each
// other by 90°. Those of another map are half of them.
type point struct {
	x, y        int
	lag, turned int     // index into the SAC of q and, in a square map, of q′
	radius      float64 // bins
}

// Samples of a point of a square map, in this order. A point of another map has one
// for each of [Angles].
const (
	by30 = iota
	by45
	by60
	rotations
)

// disc is the number of points within one of the radii that bound rings.
type disc struct {
	radius float64 // as a fraction of n
	points int
}

// ringBounds are indices into plan.discs.
type ringBounds struct{ inner, outer int }

// NewScorer returns a Scorer for ratemaps of a layout. Building it costs some
// milliseconds; scoring allocates nothing.
func NewScorer(layout ratemap.Layout, unvisited Unvisited, definitions ...Definition) (*Scorer, error) {
	sac, err := NewAutocorrelator(layout, unvisited)
	if err != nil {
		return nil, err
	}
	if len(definitions) == 0 {
		return nil, errors.New("no definition of a score")
	}
	for i := range definitions {
		if err := definitions[i].Validate(); err != nil {
			return nil, err
		}
	}
	return newScorer(newPlan(layout, definitions), sac), nil
}

func newScorer(p *plan, sac *Autocorrelator) *Scorer {
	s := &Scorer{plan: p, sac: sac, values: make([]float64, sac.Lags())}
	for way := range interpolations {
		if p.samples[way] != nil {
			s.sums[way] = make([]ringSums, len(p.discs))
		}
	}
	if p.layout.IsSquare() {
		s.rotated = make([][2]float64, rotations*len(p.points))
		s.spline, s.linear = newSpline(p.layout.X), newPlanes(p.layout.X)
	} else {
		s.plane = newLagPlane(p.layout)
	}
	if slices.ContainsFunc(p.definitions, func(d Definition) bool { return d.AroundCentre }) {
		s.centre = newCentralField(p.layout)
	}
	return s
}

// Clone returns a Scorer for another goroutine. It shares all tables.
func (s *Scorer) Clone() *Scorer {
	sac, err := NewAutocorrelator(s.plan.layout, s.sac.unvisited)
	if err != nil {
		panic(err) // the same arguments were accepted before
	}
	return newScorer(s.plan, sac)
}

// Layout of the ratemaps.
func (s *Scorer) Layout() ratemap.Layout { return s.plan.layout }

// SAC returns the autocorrelogram [2nx−1, 2ny−1] of the ratemap last scored. It is
// overwritten by the next one.
func (s *Scorer) SAC() []float64 { return s.values }

// Score scores a ratemap [nx, ny] and writes one score for each definition to
// scores.
func (s *Scorer) Score(scores []Score, ratemap []float64) error {
	if len(scores) != len(s.plan.definitions) {
		return fmt.Errorf("room for %d scores: want %d", len(scores), len(s.plan.definitions))
	}
	if err := s.sac.Compute(s.values, ratemap); err != nil {
		return err
	}
	s.scoreSAC(scores)
	return nil
}

// scoreSAC scores the SAC at hand.
func (s *Scorer) scoreSAC(scores []Score) {
	for way := range interpolations {
		if s.sums[way] != nil {
			s.rotate(way)
		}
	}
	for i := range s.plan.definitions {
		scores[i] = s.best(&s.plan.definitions[i], s.plan.rings[i])
	}
}

// rotate rotates the SAC and computes the sums over the discs.
func (s *Scorer) rotate(way int) {
	samples, sums := s.plan.samples[way], s.sums[way]
	switch {
	case s.plane != nil:
		s.plane.set(s.values, way)
		s.sumLags(sums, samples)
	case way == cubic:
		s.spline.fit(s.values)
		s.spline.evaluate(s.rotated, samples)
		s.sumDiscs(sums)
	default:
		s.linear.copySAC(s.values)
		s.linear.evaluate(s.rotated, samples)
		s.sumDiscs(sums)
	}
}

func newPlan(layout ratemap.Layout, definitions []Definition) *plan {
	p := &plan{layout: layout, definitions: slices.Clone(definitions)}
	n := layout.Shorter()
	p.discs = newDiscs(n, definitions)
	p.addPoints(p.discs[0].radius*n, p.discs[len(p.discs)-1].radius*n)
	radii := make([]float64, len(p.points))
	for i, q := range p.points {
		radii[i] = q.radius
	}
	p.addSamples()
	for i := range p.discs {
		within := p.discs[i].radius * n
		p.discs[i].points, _ = slices.BinarySearchFunc(radii, within, func(r, within float64) int {
			if r <= within {
				return -1
			}
			return 1
		})
	}
	for _, d := range definitions {
		p.rings = append(p.rings, p.bounds(d.Rings))
	}
	return p
}

// addPoints adds the points between two radii (bins), nearest first.
func (p *plan) addPoints(inner, outer float64) {
	nx, ny, square := p.layout.X, p.layout.Y, p.layout.IsSquare()
	size := 2*ny - 1
	middle := (nx-1)*size + ny - 1
	for x := range nx {
		for y := -(ny - 1); y < ny; y++ {
			// A quarter of the lags, or half of them.
			if square && (x == 0 || y < 0) || x == 0 && y <= 0 {
				continue
			}
			q := point{x, y, middle + x*size + y, 0, radius(x, y, p.layout.Aspect)}
			if square {
				q.turned = middle - y*size + x
			}
			if q.radius > inner && q.radius <= outer {
				p.points = append(p.points, q)
			}
		}
	}
	slices.SortStableFunc(p.points, func(a, b point) int { return cmp.Compare(a.radius, b.radius) })
}

// radius of a lag (bins), rounded as sqrt(x²+y²), on which membership of a disc
// hangs.
func radius(x, y int, aspect float64) float64 {
	if aspect != 1 {
		return math.Hypot(float64(x), float64(y)*aspect)
	}
	return math.Sqrt(float64(x*x + y*y))
}

// angle is an angle of rotation.
type angle struct{ cos, sin float64 }

// angles by which the points of a square map are rotated.
var quarterAngles = [rotations]angle{
	by30: {math.Sqrt(3) / 2, 0.5}, by45: {math.Sqrt2 / 2, math.Sqrt2 / 2}, by60: {0.5, math.Sqrt(3) / 2},
}

// addSamples makes the samples of every point, for the interpolations that the
// definitions use.
func (p *plan) addSamples() {
	for _, d := range p.definitions {
		way, weights := d.interpolation(), splineWeights
		if way == linear {
			weights = linearWeights
		}
		if p.samples[way] != nil {
			continue
		}
		if !p.layout.IsSquare() {
			p.samples[way] = newLagPlane(p.layout).samples(p.points, weights)
			continue
		}
		planes := newPlanes(p.layout.X)
		p.samples[way] = make([]sample, 0, rotations*len(p.points))
		for _, q := range p.points {
			for _, by := range quarterAngles {
				p.samples[way] = append(p.samples[way], planes.newSample(q.x, q.y, by, weights))
			}
		}
	}
}

// newDiscs returns the distinct radii of all rings in rising order.
func newDiscs(n float64, definitions []Definition) []disc {
	var radii []float64
	for _, d := range definitions {
		for _, r := range d.Rings {
			radii = append(radii, r.Inner, r.Outer)
		}
		if d.AroundCentre {
			for bins := 0; float64(bins) < n; bins++ {
				radii = append(radii, float64(bins)/n)
			}
		}
	}
	slices.Sort(radii)
	radii = slices.Compact(radii)
	discs := make([]disc, len(radii))
	for i, r := range radii {
		discs[i].radius = r
	}
	return discs
}

func (p *plan) bounds(rings []Ring) []ringBounds {
	index := func(radius float64) int {
		return slices.IndexFunc(p.discs, func(d disc) bool { return d.radius == radius })
	}
	bounds := make([]ringBounds, len(rings))
	for i, r := range rings {
		bounds[i] = ringBounds{index(r.Inner), index(r.Outer)}
	}
	return bounds
}

// ringSums are sums over lags: of the SAC, its square, the SAC rotated, its square,
// and the product of both. Points that are the same by symmetry are counted once or
// twice, not four times: only ratios are used.
type ringSums struct {
	points           float64
	sac, square      float64
	rotated, squares Correlations
	products         Correlations
}

// pointSums are sums over points of a square map, for the rotations in the order of
// pointAngles: of the rotated SAC, its squares, and its products with the SAC. A
// rotation's value at a point and at the point turned by 90° are summed together.
type pointSums struct {
	rotated, squares [4]float64
	products         [4]float64 // rotated by these angles
	crossed          [4]float64 // rotated by 90° more
}

// pointAngles are indices into Correlations: the angles of pointSums. The last is that
// of the SAC itself.
var pointAngles = [4]struct{ by, crossed int }{{c30, c120}, {c60, c150}, {c45, c135}, {-1, c90}}

// addScalar adds points, whose rotated values are given.
func (s *pointSums) addScalar(points []point, rotated [][2]float64, values []float64) {
	for k := range points {
		own := [2]float64{values[points[k].lag], values[points[k].turned]}
		turned := rotated[rotations*k : rotations*(k+1)]
		for a, r := range [4][2]float64{turned[by30], turned[by60], turned[by45], own} {
			s.rotated[a] += r[0] + r[1]
			s.squares[a] += r[0]*r[0] + r[1]*r[1]
			s.products[a] += own[0]*r[0] + own[1]*r[1]
			s.crossed[a] += own[0]*r[1] + own[1]*r[0]
		}
	}
}

// sumDiscs computes the sums over each disc less the innermost one, with the
// rotated values at hand, for a square map.
func (s *Scorer) sumDiscs(sums []ringSums) {
	var sum pointSums
	from := 0
	for i, d := range s.plan.discs {
		if d.points > from {
			points, rotated := s.plan.points[from:d.points], s.rotated[rotations*from:rotations*d.points]
			if s.sac.lags.vector {
				sumPoints(&sum, points, rotated, s.values)
			} else {
				sum.addScalar(points, rotated, s.values)
			}
			from = d.points
		}
		out := &sums[i]
		out.points = 2 * float64(from)
		out.sac, out.square = sum.rotated[3], sum.squares[3]
		for a, angle := range pointAngles {
			out.rotated[angle.crossed], out.squares[angle.crossed], out.products[angle.crossed] = sum.rotated[a], sum.squares[a], sum.crossed[a]
			if angle.by >= 0 {
				out.rotated[angle.by], out.squares[angle.by], out.products[angle.by] = sum.rotated[a], sum.squares[a], sum.products[a]
			}
		}
	}
}

// correlations in the ring between two discs; false where it has no points.
func correlations(inner, outer *ringSums, pearson bool) (c Correlations, ok bool) {
	count := outer.points - inner.points
	if count <= 0 {
		return c, false
	}
	total := outer.sac - inner.sac
	mean := total / count
	variance := (outer.square-inner.square)/count - mean*mean
	for i := range c {
		rotated := outer.rotated[i] - inner.rotated[i]
		// Σ(s−m)(r−m) with m the mean of s, which is Σ(s−m)(r−mean of r) too.
		covariance := (outer.products[i] - inner.products[i] - mean*rotated) / count
		// The released program adds the constant.
		c[i] = covariance / (variance + 1e-5)
		if pearson {
			c[i] = pearsonRing(covariance, variance, rotated/count, (outer.squares[i]-inner.squares[i])/count)
		}
	}
	return c, true
}

// pearsonRing is a correlation from moments, 0 where a side does not vary.
func pearsonRing(covariance, variance, mean, square float64) float64 {
	const least = 1e-12 // of values within [−1, 1]: rounding
	other := square - mean*mean
	if variance < least || other < least {
		return 0
	}
	return max(-1, min(1, covariance/math.Sqrt(variance*other)))
}

// best returns the maxima over the rings.
func (s *Scorer) best(d *Definition, bounds []ringBounds) Score {
	best := Score{Sixty: math.NaN(), Ninety: math.NaN()}
	if d.AroundCentre {
		return s.bestAroundCentre(d, bounds)
	}
	for i, b := range bounds {
		if r, ok := s.scoreRing(d, b, d.Rings[i]); ok {
			best.improve(r)
		}
	}
	return best
}

// scoreRing scores one ring; false where it has no points.
func (s *Scorer) scoreRing(d *Definition, b ringBounds, ring Ring) (r Score, ok bool) {
	sums := s.sums[d.interpolation()]
	if s.ring, ok = correlations(&sums[b.inner], &sums[b.outer], d.Pearson); !ok {
		return r, false
	}
	return Score{d.Sixty(&s.ring), d.Ninety(&s.ring), ring, ring}, true
}

// bestAroundCentre is best for rings that begin at the edge of the central field.
func (s *Scorer) bestAroundCentre(d *Definition, bounds []ringBounds) Score {
	best := Score{Sixty: math.NaN(), Ninety: math.NaN()}
	centre := s.centre.radius(s.values)
	// The outer radii are in whole bins from leastOpexeboRadius.
	outer := leastOpexeboRadius + len(bounds) - 1
	if centre < 1 || centre >= outer {
		return best
	}
	inner := slices.IndexFunc(s.plan.discs, func(c disc) bool { return c.radius == float64(centre)/s.plan.layout.Shorter() })
	s.recent = s.recent[:0]
	for k := range outer - centre {
		i := opexeboRadius(k, centre, outer) - leastOpexeboRadius
		if r, ok := s.scoreRing(d, ringBounds{inner, bounds[i].outer}, Ring{s.plan.discs[inner].radius, d.Rings[i].Outer}); ok {
			s.recent = append(s.recent, r)
		}
	}
	// As in opexebo the last window is left out, and few rings are one window.
	windows := len(s.recent) - d.Window
	if windows <= 1 {
		if len(s.recent) > 0 {
			best.improve(meanScore(s.recent))
		}
		return best
	}
	for i := range windows {
		best.improve(meanScore(s.recent[i : i+d.Window]))
	}
	return best
}

// meanScore is the mean over some rings. Its ring is the middle one.
func meanScore(rings []Score) Score {
	mean := rings[len(rings)/2]
	mean.Sixty, mean.Ninety = 0, 0
	for _, r := range rings {
		mean.Sixty += r.Sixty / float64(len(rings))
		mean.Ninety += r.Ninety / float64(len(rings))
	}
	return mean
}

// improve replaces the best score by a better one. Of equal scores the first stays.
func (s *Score) improve(by Score) {
	if math.IsNaN(s.Sixty) || by.Sixty > s.Sixty {
		s.Sixty, s.Ring60 = by.Sixty, by.Ring60
	}
	if math.IsNaN(s.Ninety) || by.Ninety > s.Ninety {
		s.Ninety, s.Ring90 = by.Ninety, by.Ring90
	}
}
