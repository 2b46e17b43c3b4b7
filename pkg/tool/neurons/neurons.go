// Package neurons is the tool neurons: it brings recorded positions and spike times
// into the records that ratemaps reads.
//
// The path and the spike times may be in one NPZ file, or in files of their own.
// Positions are in any unit. --example writes a synthetic session to try it:
//
//	neurons --example raw
//	neurons --path raw/path.csv --metres 0.01 -o session.npy raw/spikes.csv
//
// The records follow one another in time and have equal durations, so that the
// memory of the tools that read them does not grow with the recording. Nor does that
// of this tool: what memory does not hold goes to temporary files. The frames that
// fill the last record have no position. Standard error and the provenance say what
// was found and what was done about it.
//
// Package recording reads the files and makes the frames; this package has the
// flags and writes the records.
package neurons

import (
	"context"
	"fmt"
	"io"
	"math"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/recording"
)

const degree = math.Pi / 180

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	f, err := parse(args, stdin, stdout, stderr)
	if err != nil {
		return err
	}
	if f.Example != "" {
		return f.writeExample(stdout, stderr)
	}
	out, err := f.CreateStream(stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	frames, err := f.readFrames(stdin)
	if err != nil {
		return err
	}
	defer frames.Close()
	f.reportPath(frames, stderr)
	units := f.newPopulation()
	defer units.spikes.Close()
	if err := units.gather(f, frames, stdin); err != nil {
		return err
	}
	units.report(f, stderr)
	if err := f.write(ctx, out, frames, units); err != nil {
		return err
	}
	return out.Commit()
}

// reportPath says what was done to the path.
func (f *flags) reportPath(frames *recording.Frames, stderr io.Writer) {
	t := frames.Found
	f.remark(stderr, "%d samples at %.4g Hz, %.5g s; the animal goes about a room of %.3g × %.3g m", t.Samples, frames.Rate,
		float64(frames.Len())*frames.Seconds, frames.Room[0], frames.Room[1])
	if t.Untimed > 0 {
		f.remark(stderr, "%d samples have no time and are left out", t.Untimed)
	}
	if t.Repeated > 0 {
		f.remark(stderr, "%d samples have the time of the one before and are left out", t.Repeated)
	}
	if t.Bad > 0 {
		f.remark(stderr, "%d samples are rejected, because the path jumps to them faster than %v m/s and back (the first is sample %d)", t.Bad, f.MaxSpeed, t.FirstBad)
	}
	if t.Leap > 0 {
		f.remark(stderr, "the path leaps by %.3g m to sample %d, and stays there: if the file holds several sessions or rooms, give each to this program by itself", t.Leap, t.LeapSample)
	}
	if t.Lost > 0 || t.Missing > 0 || t.Interpolated > 0 {
		longest := ""
		if t.Gap > 0 {
			longest = fmt.Sprintf(" (the longest gap lasts %.4g s, from %.6g s on)", t.Gap, t.GapStart)
		}
		f.remark(stderr, "%d samples have no position; %d frames are interpolated across gaps of up to %v s, %d of %d frames have no position%s",
			t.Lost, t.Interpolated, f.MaxGap, t.Missing, frames.Len(), longest)
	}
	if t.Outside > 0 {
		f.remark(stderr, "%d frames lie outside the room", t.Outside)
	}
	if frames.Directed {
		f.remark(stderr, "target_hd is %s; %d frames have none", sources[frames.Source], t.HeadMissing)
	}
	advice, downwards := t.Heads.Advice()
	if downwards {
		advice += ": --y-down turns the y of positions around"
	}
	if advice != "" {
		f.remark(stderr, "%s", advice)
	}
}

// sources say in words what head directions are.
var sources = map[recording.DirectionSource]string{
	recording.FromLamps:    "the direction from the second LED to the first",
	recording.FromColumn:   "the head direction in the file",
	recording.FromMovement: "the direction of movement, not that of the head",
}

// write writes the records.
func (f *flags) write(ctx context.Context, out io.Writer, frames *recording.Frames, units *population) error {
	n := len(units.names)
	t, err := f.recordFrames(frames, n)
	if err != nil {
		return err
	}
	fields := []npy.Field{{Name: "target_pos", Type: npy.Float32, Shape: []int{t, 2}}}
	if frames.Directed {
		fields = append(fields, npy.Field{Name: "target_hd", Type: npy.Float32, Shape: []int{t, 1}})
	}
	fields = append(fields, npy.Field{Name: Activities, Type: npy.Float32, Shape: []int{t, n}})
	dtype, err := npy.NewDType(fields...)
	if err != nil {
		return err
	}
	stage, err := f.stage(frames, units)
	if err != nil {
		return err
	}
	columns, err := findColumns(dtype, frames.Directed)
	if err != nil {
		return err
	}
	w := npy.NewWriter(out, dtype, npy.Provenance{stage})
	rates, err := units.spikes.Rates(frames)
	if err != nil {
		return err
	}
	r := record{columns: columns, rows: npy.MakeRows(dtype, 1), frames: frames.Read(), spikes: rates, column: units.column,
		xy: make([]float32, 2*t), heads: make([]float32, t), rates: make([]float32, t*n)}
	for first := 0; first < frames.Len(); first += t {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := r.fill(); err != nil {
			return err
		}
		if err := w.Write(r.rows); err != nil {
			return err
		}
	}
	return w.Close()
}

// recordFrames is the number of frames of a record. Records of at most the duration
// that was asked for are as equal as whole frames can be: few frames fill the last.
func (f *flags) recordFrames(frames *recording.Frames, units int) (int, error) {
	most := int(max(1, min(f.RecordSeconds/frames.Seconds, float64(frames.Len()))))
	records := (frames.Len() + most - 1) / most
	t := (frames.Len() + records - 1) / records
	if size := float64(t) * float64(units) * 4; size > maxRecord {
		return 0, cli.Usagef("--record-seconds: a record of %d frames and %d units takes %.3g GB; want less than %.3g", t, units, size/1e9, maxRecord/1e9)
	}
	return t, nil
}

// maxRecord bounds the bytes of a record, which the tools hold in memory.
const maxRecord = 512 << 20

// Activities is the field of firing rates.
const Activities = "units"
