package gridscore

import (
	"fmt"
	"math"
)

// Ellipse is the ellipse on which the peaks of a distorted lattice lie.
type Ellipse struct {
	Ratio float64 // of the major to the minor axis, at least 1
	Angle float64 // direction of the major axis from the first axis, degrees
}

// Correct scores the SAC of the ratemap last scored once more, after it was
// compressed along the major axis of an ellipse until both axes are equal (Brandon
// et al., Science 332:595, 2011). The compressed SAC is interpolated by cubic
// splines, with 0 where it would lie outside of the SAC, and is what SAC returns
// then.
func (s *Scorer) Correct(scores []Score, by Ellipse) error {
	if len(scores) != len(s.plan.definitions) {
		return fmt.Errorf("room for %d scores: want %d", len(scores), len(s.plan.definitions))
	}
	if !(by.Ratio >= 1) || math.IsInf(by.Ratio, 0) || math.IsNaN(by.Angle) || math.IsInf(by.Angle, 0) {
		return fmt.Errorf("an ellipse with axes of the ratio %v at %v°: the ratio must be at least 1", by.Ratio, by.Angle)
	}
	if s.round == nil {
		s.round = newLagPlane(s.plan.layout)
	}
	s.round.set(s.values, cubic)
	s.round.stretched(s.values, by)
	s.scoreSAC(scores)
	return nil
}

// stretched writes the SAC compressed along the major axis to dst: what lies at a
// lag there lies Ratio times as far along that axis in the SAC.
func (p *lagPlane) stretched(dst []float64, by Ellipse) {
	sin, cos := math.Sincos(by.Angle * math.Pi / 180)
	for i := range p.nx {
		for j := range p.ny {
			x, y := float64(i-p.layout.X+1), float64(j-p.layout.Y+1)*p.layout.Aspect
			along, across := by.Ratio*(x*cos+y*sin), -x*sin+y*cos
			sm := p.sampleAt(along*cos-across*sin, (along*sin+across*cos)/p.layout.Aspect, splineWeights)
			dst[i*p.ny+j] = p.at(&sm)
		}
	}
	dst[len(dst)/2] = 1 // lag zero, without rounding
}
