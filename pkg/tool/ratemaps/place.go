package ratemaps

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/room"
)

// place finds the bins of steps from the positions and head directions of
// records, and remembers what they were like.
type place struct {
	in      *input
	metres  float64    // of the positions' unit
	origin  [2]float64 // what becomes 0 (m)
	moved   bool
	sides   ratemap.Size[float64] // of the room (m)
	degrees bool
	rooms   []ratemap.Rectangle // for each number of bins
	circle  ratemap.Circle

	seen       room.Positions
	directions directions
}

// directions is what the head directions were like.
type directions struct {
	finite, lost, beyond int64   // beyond: outside ±2π as they were read
	largest              float64 // absolute value
}

func newPlace(in *input, f *flags) (*place, error) {
	p := &place{in: in, metres: f.Metres, origin: f.middle, moved: f.holds(), sides: f.sides, degrees: f.DirectionUnit == "degrees"}
	for _, b := range f.Bins {
		rectangle, err := ratemap.NewRectangle(ratemap.Size[int](b), f.sides)
		if err != nil {
			return nil, &cli.UsageError{Err: err}
		}
		// Positions that are used as they were read keep their precision.
		if in.position.Type == npy.Float32 && f.Metres == 1 && !p.moved {
			rectangle = rectangle.Single()
		}
		p.rooms = append(p.rooms, rectangle)
	}
	var err error
	if p.circle, err = ratemap.NewCircle(f.DirectionBins); err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	return p, nil
}

// positions decodes the positions [T, 2] of a record (m).
func (p *place) positions(dst []float64, row []byte) {
	p.in.position.Float64(dst, row)
	if p.metres != 1 {
		for i := range dst {
			dst[i] *= p.metres
		}
	}
	if p.moved {
		for i := range dst {
			dst[i] -= p.origin[i%2]
		}
	}
}

// turns decodes the head directions [T] of a record (rad) and describes them.
func (p *place) turns(dst []float64, row []byte) (d directions) {
	p.in.direction.Float64(dst, row)
	for _, v := range dst {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			d.lost++
			continue
		}
		d.finite++
		d.largest = max(d.largest, math.Abs(v))
		if math.Abs(v) > 2*math.Pi+1e-3 {
			d.beyond++
		}
	}
	if p.degrees {
		for i := range dst {
			dst[i] *= math.Pi / 180
		}
	}
	return d
}

func (d *directions) add(other directions) {
	d.finite += other.finite
	d.lost += other.lost
	d.beyond += other.beyond
	d.largest = max(d.largest, other.largest)
}

// held are all rows of an input, in memory.
type held struct {
	batches []npy.Rows
	given   int
}

// hold reads the whole input.
func hold(next func() (npy.Rows, error)) (*held, error) {
	h := &held{}
	for {
		batch, err := next()
		if err == io.EOF {
			return h, nil
		}
		if err != nil {
			return nil, err
		}
		kept := npy.Rows{DType: batch.DType, Data: append([]byte(nil), batch.Data...)}
		h.batches = append(h.batches, kept)
	}
}

// next returns one batch after the other.
func (h *held) next() (npy.Rows, error) {
	if h.given == len(h.batches) {
		return npy.Rows{}, io.EOF
	}
	h.given++
	return h.batches[h.given-1], nil
}

// surveyed returns next. If flags depend on where all positions are, it first holds the
// input in memory and finds that out. Then positions are decoded twice, because no bin
// is known before all of them are.
func (f *flags) surveyed(in *input, next func() (npy.Rows, error)) (func() (npy.Rows, error), error) {
	if !f.holds() {
		return next, nil
	}
	h, err := hold(next)
	if err != nil {
		return nil, err
	}
	return h.next, f.survey(in, h)
}

// survey finds the middle of the positions of all rows, and with --room data the
// sides of the room and the numbers of bins.
func (f *flags) survey(in *input, h *held) error {
	p := &place{in: in, metres: f.Metres}
	var seen room.Positions
	xy := make([]float64, 2*in.steps)
	for _, batch := range h.batches {
		for i := range batch.Len() {
			p.positions(xy, batch.Row(i))
			seen.Add(xy)
		}
	}
	x, y := seen.Extent()
	f.middle = [2]float64{x.Middle(), y.Middle()}
	if !f.Room.data {
		return nil
	}
	if !(x.Length() > 0 && y.Length() > 0) {
		return errors.New("--room data: the positions span no area")
	}
	const rounding = 1e-9 // so that the outermost positions lie within the walls
	f.sides = ratemap.Size[float64]{X: x.Length() * (1 + rounding), Y: y.Length() * (1 + rounding)}
	f.EnvSize = max(f.sides.X, f.sides.Y)
	return f.completeBins()
}

// holds says that the whole input is held in memory, to find where it is first.
func (f *flags) holds() bool { return f.Centre || f.Room.data }

// judge says how positions and head directions do not fit, and fails if the maps
// would most likely be wrong.
func (f *flags) judge(a *averager, provenance npy.Provenance, stderr io.Writer) error {
	p := a.place
	if lost := p.seen.Lost(); lost > 0 && p.seen.Finite() == 0 {
		return fmt.Errorf("all %d positions are NaN or infinite", lost)
	}
	if err := f.judgeRoom(a, provenance, stderr); err != nil {
		return err
	}
	if err := f.judgeHalves(&a.course, provenance, stderr); err != nil {
		return err
	}
	if a.inside == 0 {
		return fmt.Errorf("none of the %d positions lies in the room of %v m around 0", p.seen.Finite(), f.EnvSize)
	}
	if a.inside == a.speed {
		return errors.New("no step has a speed within --min-speed and --max-speed (m/s)")
	}
	if f.MinOccupancy > 0 {
		if longest := slices.Max(a.occupancy) * a.session.FrameSeconds; longest < f.MinOccupancy {
			return fmt.Errorf("no bin has the %v s of --min-occupancy: the longest has %.3g s", f.MinOccupancy, longest)
		}
	}
	if a.speed > 0 {
		f.remark(stderr, "%.1f %% of the steps in the room are left out for their speed", 100*float64(a.speed)/float64(a.inside))
	}
	if lost := a.lost(); lost > 0 {
		f.remark(stderr, "%d of %d positions are NaN or infinite, which means that tracking was lost; these steps are left out", lost, a.steps()-a.padding())
	}
	for i, s := range a.in.layers {
		if s.layer != s.Name {
			f.remark(stderr, "layer %d is called %s in the output", i+1, s.layer)
		}
	}
	p.directions.lost -= a.padding()
	return f.judgeDirections(&p.directions, stderr)
}

func (f *flags) judgeRoom(a *averager, provenance npy.Provenance, stderr io.Writer) error {
	simulated, err := simulatedIn(provenance, f.EnvSize)
	if err != nil || f.Room.data {
		return err
	}
	if f.sides.X != f.sides.Y {
		return f.judgeRectangle(a, stderr)
	}
	misfit := a.place.seen.Check(room.Room{Side: f.EnvSize, Assumed: f.assumed, Simulated: simulated})
	if misfit == nil {
		return nil
	}
	text := misfit.What
	if misfit.Why != "" {
		text += "; " + misfit.Why
	}
	if mend := f.mend(misfit.Mend); mend != "" {
		text += ": try " + mend
	}
	if misfit.Grave && !f.AllowMismatch {
		return fmt.Errorf("%s; --allow-mismatch accepts it", text)
	}
	f.remark(stderr, "%s", text)
	return nil
}

// judgeRectangle refuses positions if many of them lie outside a rectangular room.
func (f *flags) judgeRectangle(a *averager, stderr io.Writer) error {
	finite := a.place.seen.Finite()
	share := float64(finite-a.inside) / float64(finite)
	if share <= fewOutside {
		return nil
	}
	x, y := a.place.seen.Span()
	text := fmt.Sprintf("%.1f %% of the positions lie outside the room of %.4g × %.4g m around 0: x goes from %s, y from %s", 100*share, f.sides.X, f.sides.Y, x, y)
	if share > manyOutside && !f.AllowMismatch {
		return fmt.Errorf("%s: try --room data; --allow-mismatch accepts it", text)
	}
	f.remark(stderr, "%s", text)
	return nil
}

// Shares of the positions outside a rectangular room from which it is remarked
// and refused, as for a square one.
const fewOutside, manyOutside = 0.005, 0.05

// simulatedIn reports whether a motion model made the trajectories in a room of
// this size.
func simulatedIn(p npy.Provenance, size float64) (bool, error) {
	var motion string
	var made float64
	if ok, err := p.Parameter("motion", &motion); !ok || err != nil || motion == "replay" {
		return false, err
	}
	ok, err := p.Parameter("env_size", &made)
	return ok && made == size, err
}

// mend names the flags that make positions fit.
func (f *flags) mend(m room.Mend) string {
	var flags []string
	if m.Metres != 0 && m.Metres != 1 {
		flags = append(flags, fmt.Sprintf("--metres %.4g", f.Metres*m.Metres))
	}
	if m.Centre && !f.Centre {
		flags = append(flags, "--centre")
	}
	if m.Side > 0 {
		flags = append(flags, fmt.Sprintf("--env-size %.4g", m.Side))
	}
	return strings.Join(flags, " ")
}

// manyDirections is a number of head directions that lie all around.
const manyDirections = 100

// judgeDirections refuses head directions that look like degrees, and those that are
// said to be in degrees and look like radians.
func (f *flags) judgeDirections(d *directions, stderr io.Writer) error {
	if d.lost > 0 {
		f.remark(stderr, "%d of %d head directions are NaN or infinite; direction tuning is made of the others", d.lost, d.lost+d.finite)
	}
	if f.DirectionUnit == "degrees" && d.finite >= manyDirections && d.beyond == 0 && !f.AllowMismatch {
		return fmt.Errorf("all %d head directions lie within ±%.4g degrees: they seem to be in radians: leave --direction-unit degrees out; --allow-mismatch goes on", d.finite, d.largest)
	}
	if f.DirectionUnit != "" || d.beyond == 0 || 100*d.beyond < d.finite {
		return nil
	}
	text := fmt.Sprintf("%d of %d head directions lie beyond ±2π rad, up to %.4g", d.beyond, d.finite, d.largest)
	if d.largest <= 361 {
		return fmt.Errorf("%s; they seem to be in degrees: try --direction-unit degrees; --direction-unit radians takes them as they are", text)
	}
	f.remark(stderr, "%s; they are taken as radians without wrapping; if they are degrees, use --direction-unit degrees", text)
	return nil
}
