package ratemaps

import (
	"fmt"
	"io"
	"math"

	"gridcells/pkg/npy"
)

// continuity tells whether records are trajectories of their own or windows of one
// path that follow one another.
type continuity struct {
	records   int64
	continued int64 // records that begin where the one before ended
	last      [2]float64
}

// nearby is the longest step, as a share of the room's side, with which positions
// are a path at all. Where they jump about, any two are as near as any others.
const nearby = 0.1

// add adds the positions [T, 2] of the next record in a room of this side (m).
func (c *continuity) add(xy []float64, side float64) {
	first := [2]float64(xy[:2])
	square := 0.0 // of the longest step
	for i := 2; i+1 < len(xy); i += 2 {
		dx, dy := xy[i]-xy[i-2], xy[i+1]-xy[i-1]
		square = max(square, dx*dx+dy*dy)
	}
	longest := math.Sqrt(square)
	// With a lost position the distance is NaN, and the record does not count.
	if c.records > 0 && longest <= nearby*side && math.Hypot(first[0]-c.last[0], first[1]-c.last[1]) <= 2*longest {
		c.continued++
	}
	c.records++
	c.last = [2]float64(xy[len(xy)-2:])
}

// windows reports whether most records go on where the one before ended.
func (c *continuity) windows() bool {
	return c.records > 1 && 2*c.continued > c.records-1
}

// judgeHalves refuses halves that hold parts of one path in turn: they agree for
// any map, because neighbouring windows are alike.
func (f *flags) judgeHalves(c *continuity, provenance npy.Provenance, stderr io.Writer) error {
	if f.Halves == "records" && c.windows() {
		text := fmt.Sprintf("--halves records: %d of %d records go on where the one before ended, so that both halves would hold every other window of one path; use --halves session, which divides all records by time",
			c.continued, c.records-1)
		if !f.AllowMismatch {
			return fmt.Errorf("%s; --allow-mismatch accepts it", text)
		}
		f.remark(stderr, "%s", text)
	}
	var motion string
	if _, err := provenance.Parameter("motion", &motion); err != nil {
		return err
	}
	if f.Halves != "" && motion == "replay" {
		f.remark(stderr, "--halves %s: windows of a replayed path overlap, so that both halves hold the same moments and agree for that reason", f.Halves)
	}
	return nil
}
