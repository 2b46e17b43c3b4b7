package gridscore

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
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
	spline  *spline
	linear  planes
	values  []float64
	rotated [][2]float64               // values at samples of the plan, and at those turned by 90°
	sums    [interpolations][]ringSums // of the discs; nil where no definition needs them
	ring    Correlations               // in the ring at hand; here so that formulas do not make it escape
	recent  []Score                    // of the rings that a window covers
	centre  *centralField
}

// plan is what does not depend on the ratemap. It is never written to after it
// is made, so that Scorers can share it.
type plan struct {
	n           int
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

// point q is one quarter of the lags that turn into each other by 90°.
type point struct {
	x, y        int
	lag, turned int // index into the SAC of q and q′
}

// Samples of a point, in this order.
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

// NewScorer returns a Scorer for ratemaps of nbins×nbins bins. Building it costs
// some milliseconds; scoring allocates nothing.
func NewScorer(nbins int, unvisited Unvisited, definitions ...Definition) (*Scorer, error) {
	sac, err := NewAutocorrelator(nbins, unvisited)
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
	return newScorer(newPlan(nbins, definitions), sac), nil
}

func newScorer(p *plan, sac *Autocorrelator) *Scorer {
	s := &Scorer{
		plan:    p,
		sac:     sac,
		values:  make([]float64, sac.Size()*sac.Size()),
		rotated: make([][2]float64, rotations*len(p.points)),
	}
	if p.samples[cubic] != nil {
		s.spline, s.sums[cubic] = newSpline(p.n), make([]ringSums, len(p.discs))
	}
	if p.samples[linear] != nil {
		s.linear, s.sums[linear] = newPlanes(p.n), make([]ringSums, len(p.discs))
	}
	if slices.ContainsFunc(p.definitions, func(d Definition) bool { return d.AroundCentre }) {
		s.centre = newCentralField(p.n)
	}
	return s
}

// Clone returns a Scorer for another goroutine. It shares all tables.
func (s *Scorer) Clone() *Scorer {
	sac, err := NewAutocorrelator(s.sac.n, s.sac.unvisited)
	if err != nil {
		panic(err) // the same arguments were accepted before
	}
	return newScorer(s.plan, sac)
}

// Bins along a side of the ratemaps.
func (s *Scorer) Bins() int { return s.plan.n }

// Definitions that are scored, in the order of the scores.
func (s *Scorer) Definitions() []Definition { return slices.Clone(s.plan.definitions) }

// SAC returns the (2n−1)×(2n−1) autocorrelogram of the ratemap last scored. It
// is overwritten by the next one.
func (s *Scorer) SAC() []float64 { return s.values }

// Score scores a ratemap of n×n values and writes one score for each definition
// to scores.
func (s *Scorer) Score(scores []Score, ratemap []float64) error {
	if len(scores) != len(s.plan.definitions) {
		return fmt.Errorf("room for %d scores: want %d", len(scores), len(s.plan.definitions))
	}
	if err := s.sac.Compute(s.values, ratemap); err != nil {
		return err
	}
	if s.sums[cubic] != nil {
		s.spline.fit(s.values)
		s.spline.evaluate(s.rotated, s.plan.samples[cubic])
		s.sumDiscs(s.sums[cubic])
	}
	if s.sums[linear] != nil {
		s.linear.copySAC(s.values)
		s.linear.evaluate(s.rotated, s.plan.samples[linear])
		s.sumDiscs(s.sums[linear])
	}
	for i := range s.plan.definitions {
		scores[i] = s.best(&s.plan.definitions[i], s.plan.rings[i])
	}
	return nil
}

func newPlan(n int, definitions []Definition) *plan {
	p := &plan{n: n, definitions: slices.Clone(definitions)}
	p.discs = newDiscs(n, definitions)
	inner, outer := p.discs[0].radius*float64(n), p.discs[len(p.discs)-1].radius*float64(n)
	size := 2*n - 1
	middle := (n - 1) * (size + 1)
	var radii []float64
	for x := 1; x < n; x++ {
		for y := range n {
			r := radius(x, y)
			if r <= inner || r > outer {
				continue
			}
			radii = append(radii, r)
			p.points = append(p.points, point{x, y, middle + x*size + y, middle - y*size + x})
		}
	}
	slices.SortStableFunc(p.points, func(a, b point) int { return cmp.Compare(radius(a.x, a.y), radius(b.x, b.y)) })
	slices.Sort(radii)
	p.addSamples()
	for i := range p.discs {
		within := p.discs[i].radius * float64(n)
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

// radius of a lag, rounded as sqrt(x²+y²), on which membership of a disc hangs.
func radius(x, y int) float64 {
	return math.Sqrt(float64(x*x + y*y))
}

// addSamples makes the samples of every point, for the interpolations that the
// definitions use.
func (p *plan) addSamples() {
	angles := [rotations]angle{
		by30: {math.Sqrt(3) / 2, 0.5}, by45: {math.Sqrt2 / 2, math.Sqrt2 / 2}, by60: {0.5, math.Sqrt(3) / 2},
	}
	layout := newPlanes(p.n)
	for _, d := range p.definitions {
		way, weights := d.interpolation(), splineWeights
		if way == linear {
			weights = linearWeights
		}
		if p.samples[way] != nil {
			continue
		}
		p.samples[way] = make([]sample, 0, rotations*len(p.points))
		for _, q := range p.points {
			for _, by := range angles {
				p.samples[way] = append(p.samples[way], layout.newSample(q.x, q.y, by, weights))
			}
		}
	}
}

// newDiscs returns the distinct radii of all rings in rising order.
func newDiscs(n int, definitions []Definition) []disc {
	var radii []float64
	for _, d := range definitions {
		for _, r := range d.Rings {
			radii = append(radii, r.Inner, r.Outer)
		}
		if d.AroundCentre {
			for bins := range n {
				radii = append(radii, float64(bins)/float64(n))
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

// ringSums are sums over lags: of the SAC, its square, the SAC rotated, and the
// product of both. Points that are the same by symmetry are counted twice, not
// four times: only ratios are used.
type ringSums struct {
	points           float64
	sac, square      float64
	by30, by45, by60 float64 // sums of the rotated SAC; those beyond 90° are the same
	sq30, sq45, sq60 float64 // and of its squares
	products         Correlations
}

// sumDiscs computes the sums over each disc less the innermost one, with the
// rotated values at hand.
func (s *Scorer) sumDiscs(sums []ringSums) {
	var sum ringSums
	values := s.values
	from := 0
	for i, d := range s.plan.discs {
		for k := from; k < d.points; k++ {
			p := &s.plan.points[k]
			v, w := values[p.lag], values[p.turned]
			rotated := s.rotated[rotations*k : rotations*(k+1)]
			sum.sac += v + w
			sum.square += v*v + w*w
			sum.products[c90] += 2 * v * w

			r, t := rotated[by30][0], rotated[by30][1]
			sum.by30 += r + t
			sum.sq30 += r*r + t*t
			sum.products[c30] += v*r + w*t
			sum.products[c120] += v*t + w*r

			r, t = rotated[by45][0], rotated[by45][1]
			sum.by45 += r + t
			sum.sq45 += r*r + t*t
			sum.products[c45] += v*r + w*t
			sum.products[c135] += v*t + w*r

			r, t = rotated[by60][0], rotated[by60][1]
			sum.by60 += r + t
			sum.sq60 += r*r + t*t
			sum.products[c60] += v*r + w*t
			sum.products[c150] += v*t + w*r
		}
		from = max(from, d.points)
		sum.points = 2 * float64(from)
		sums[i] = sum
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
	rotated := Correlations{
		c30: outer.by30 - inner.by30,
		c45: outer.by45 - inner.by45,
		c60: outer.by60 - inner.by60,
		c90: total,
	}
	rotated[c120], rotated[c135], rotated[c150] = rotated[c30], rotated[c45], rotated[c60]
	for i := range c {
		// Σ(s−m)(r−m) with m the mean of s, which is Σ(s−m)(r−mean of r) too.
		covariance := (outer.products[i] - inner.products[i] - mean*rotated[i]) / count
		// The released program adds the constant.
		c[i] = covariance / (variance + 1e-5)
		if pearson {
			c[i] = pearsonRing(covariance, variance, rotated[i]/count, rotatedSquares(inner, outer, i)/count)
		}
	}
	return c, true
}

// rotatedSquares is the sum of the squares of the SAC rotated by the i-th angle.
func rotatedSquares(inner, outer *ringSums, i int) float64 {
	switch i {
	case c30, c120:
		return outer.sq30 - inner.sq30
	case c45, c135:
		return outer.sq45 - inner.sq45
	case c60, c150:
		return outer.sq60 - inner.sq60
	}
	return outer.square - inner.square
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
	inner := slices.IndexFunc(s.plan.discs, func(c disc) bool { return c.radius == float64(centre)/float64(s.plan.n) })
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

// meanScore is the mean over some rings; it bears the middle ring.
func meanScore(rings []Score) Score {
	mean := rings[len(rings)/2]
	mean.Sixty, mean.Ninety = 0, 0
	for _, r := range rings {
		mean.Sixty += r.Sixty / float64(len(rings))
		mean.Ninety += r.Ninety / float64(len(rings))
	}
	return mean
}

// improve takes over what is better; of equals the first stays.
func (s *Score) improve(by Score) {
	if math.IsNaN(s.Sixty) || by.Sixty > s.Sixty {
		s.Sixty, s.Ring60 = by.Sixty, by.Ring60
	}
	if math.IsNaN(s.Ninety) || by.Ninety > s.Ninety {
		s.Ninety, s.Ring90 = by.Ninety, by.Ring90
	}
}
