package room

import (
	"fmt"
	"math"
	"strings"
)

// Room is the room in which positions lie, according to the user or to the
// provenance.
type Room struct {
	Side float64 // side of a square, or diameter of a circle (m)
	// Assumed says that this size is the default and was not given. Positions that
	// fill only a part of such a room are likely to be from a smaller room.
	Assumed bool
	// Simulated says that the positions are those of a motion model in a room of
	// this size. Its animals may step a little beyond the walls.
	Simulated bool
}

// Misfit says that positions do not fit a room.
type Misfit struct {
	What string // what is found: shares and ranges
	Why  string // the likely cause; "" if there is no good guess
	Mend Mend   // what would make the positions fit
	// Grave says that results would most likely be wrong. A misfit that is not grave
	// can be right: a tracker's noise beyond the walls, or an animal that has seen a
	// part of the room only.
	Grave bool
}

// Mend is a change that makes positions fit.
type Mend struct {
	Metres float64 // factor that turns the positions into metres; 1: they are in metres
	Centre bool    // move the middle of the positions' extent to 0
	Side   float64 // size of the room (m); 0: as it is
}

// Thresholds of [Positions.Check]. README and docs/dataset.md state them.
const (
	strayShare    = 0.005 // this share of positions may lie outside, if they are near the walls
	strayDistance = 0.05  // how near, as a share of the side
	graveShare    = 0.05  // more positions outside than this are grave
	overshoot     = 1.15  // but not if their span is at most this, in sides, and centred: a tracker's noise
	offCentre     = 0.1   // offset of the middle of the positions, in sides, that is worth mending
	smallSpan     = 0.75  // a shorter span, in sides, is a misfit if positions crossed it fewCrossings times
	graveSpan     = 0.6   // a shorter span is grave in an assumed room that was crossed manyCrossings times
	fewCrossings  = 8
	manyCrossings = 20
)

// Check compares positions with a room. It returns nil if they fit, or if there
// are none.
func (p *Positions) Check(r Room) *Misfit {
	if p.finite == 0 {
		return nil
	}
	x, y := p.Span()
	span := max(x.Length(), y.Length())
	centred := max(math.Abs(x.Middle()), math.Abs(y.Middle())) <= offCentre*r.Side
	m := &Misfit{}
	outside := p.Outside(r.Side)
	beyond := p.farthest - r.Side/2
	overshot := span <= overshoot*r.Side && centred
	switch {
	case r.Simulated && overshot:
		return nil
	case outside > strayShare || beyond > strayDistance*r.Side:
		m.What = fmt.Sprintf("%s of %d positions lie outside the room of %.4g m around 0", percent(outside), p.finite, r.Side)
		if outside <= strayShare {
			m.What += fmt.Sprintf(", the farthest %.3g m from a wall", beyond)
			return m
		}
		m.Grave = outside > graveShare && !overshot
	case span < smallSpan*r.Side && p.crossedOften(x, y, fewCrossings):
		m.What = fmt.Sprintf("the %d positions fill only a part of the room of %.4g m around 0", p.finite, r.Side)
		m.Grave = r.Assumed && span < graveSpan*r.Side && p.crossedOften(x, y, manyCrossings)
	default:
		return nil
	}
	m.What += fmt.Sprintf(": x goes from %s, y from %s", x, y)
	m.suggest(p, r, outside <= strayShare)
	return m
}

// crossedOften reports whether the positions have gone to and fro along their
// span. A span that is much the shorter of the two, as on a track, does not
// count.
func (p *Positions) crossedOften(x, y Interval, times int) bool {
	longer := max(x.Length(), y.Length())
	for axis, span := range []Interval{x, y} {
		if span.Length() > longer/3 && p.crossings(axis, span) < times {
			return false
		}
	}
	return longer > 0
}

// suggest finds the likely cause of a misfit and what mends it; small says that
// the room is too large for the positions.
func (m *Misfit) suggest(p *Positions, r Room, small bool) {
	side := r.Side
	x, y := p.Extent()
	span := max(x.Length(), y.Length())
	if span == 0 {
		return
	}
	m.Mend.Metres = unitOf(span, side)
	span *= m.Mend.Metres
	if small || !fits(span, side) || r.Assumed && (span < 0.9*side || span > 1.05*side) {
		m.Mend.Side = roundUp(span, 2)
		side = m.Mend.Side
	}
	offset := max(math.Abs(x.Middle()), math.Abs(y.Middle())) * m.Mend.Metres
	m.Mend.Centre = offset > offCentre*side
	var causes []string
	switch m.Mend.Metres {
	case 0.01:
		causes = append(causes, "the positions seem to be in centimetres")
	case 0.001:
		causes = append(causes, "the positions seem to be in millimetres")
	case 100:
		causes = append(causes, "the positions seem to be divided by 100 once too often")
	}
	if m.Mend.Centre {
		corner := max(math.Abs(x.Lo), math.Abs(y.Lo)) < 0.1*max(x.Length(), y.Length())
		if corner {
			causes = append(causes, "their origin seems to be a corner of the room")
		} else {
			causes = append(causes, "they seem to lie off its centre")
		}
	}
	if m.Mend.Side > 0 {
		causes = append(causes, fmt.Sprintf("the room seems to measure about %.4g m", m.Mend.Side))
	}
	m.Why = strings.Join(causes, ", and ")
}

// unitOf is the factor that most likely turns a span into metres: one with which
// it fits the room, or else one with which it is as long as rooms are.
func unitOf(span, side float64) float64 {
	units := []float64{1, 0.01, 0.001, 100}
	for _, unit := range units {
		if fits(span*unit, side) {
			return unit
		}
	}
	for _, unit := range units {
		if long := span * unit; long > 0.25 && long < 10 {
			return unit
		}
	}
	return 1
}

// fits reports whether a span is likely to be that of a room of this side.
func fits(span, side float64) bool { return span >= 0.45*side && span <= overshoot*side }

// roundUp rounds up to a number of significant digits.
func roundUp(x float64, digits int) float64 {
	scale := math.Pow(10, float64(digits-1)-math.Floor(math.Log10(x)))
	return math.Ceil(x*scale-1e-6) / scale
}

// String gives the interval in metres.
func (i Interval) String() string { return fmt.Sprintf("%.3g to %.3g m", i.Lo, i.Hi) }

func percent(share float64) string {
	switch {
	case share < 0.001:
		return "fewer than 0.1 %"
	case share < 0.1:
		return fmt.Sprintf("%.1f %%", 100*share)
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}
