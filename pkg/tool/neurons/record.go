package neurons

import (
	"errors"
	"fmt"
	"io"
	"math"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/recording"
)

// columns are the fields of a record.
type columns struct {
	position, head, rates npy.Column
	directed              bool
}

func findColumns(d *npy.DType, directed bool) (c columns, err error) {
	c.directed = directed
	if c.position, err = d.Floats("target_pos", -1, 2); err != nil {
		return c, err
	}
	if directed {
		if c.head, err = d.Floats("target_hd", -1, 1); err != nil {
			return c, err
		}
	}
	c.rates, err = d.Floats(Activities, -1, -1)
	return c, err
}

// record is the record that is written next.
type record struct {
	columns columns
	rows    npy.Rows // one
	frames  *recording.FrameReader
	spikes  *recording.Rates
	column  []int // of each unit

	xy, heads []float32 // [T, 2], [T]
	rates     []float32 // [T, units]
}

// fill fills the record with the next frames. Behind the last frame there is no
// position, no head direction and no spike.
func (r *record) fill() error {
	for i := range r.heads {
		frame, err := r.frames.Next()
		if errors.Is(err, io.EOF) {
			nan := float32(math.NaN())
			frame = recording.Frame{X: nan, Y: nan, Head: nan}
		} else if err != nil {
			return err
		}
		r.xy[2*i], r.xy[2*i+1], r.heads[i] = frame.X, frame.Y, frame.Head
	}
	if err := r.spikes.Next(r.rates, r.column); err != nil {
		return err
	}
	row := r.rows.Row(0)
	r.columns.position.PutFloat32(row, r.xy)
	if r.columns.directed {
		r.columns.head.PutFloat32(row, r.heads)
	}
	r.columns.rates.PutFloat32(row, r.rates)
	return nil
}

// stage describes the run in the provenance.
func (f *flags) stage(frames *recording.Frames, units *population) (npy.Stage, error) {
	return npy.NewStage("neurons", cli.Version, f.recorded(), struct {
		pipeline.Recording
		SamplingRate float64    `json:"sampling_rate_hz"` // of the tracker
		Start        float64    `json:"start_s"`          // when the first frame begins, on the clock of the path
		EnvSize      float64    `json:"env_size"`         // size of the room (m): its longer side
		Middle       [2]float64 `json:"middle_m"`         // of the room, on the axes of the path; it was moved to 0

		Path   recording.Tracking `json:"tracking"`
		Spikes recording.Counts   `json:"spikes"`
	}{
		Recording: pipeline.Recording{
			FrameSeconds: frames.Seconds, Frames: int64(frames.Len()), ActivityUnit: "Hz", Room: frames.Room,
			UnitNames: units.names, DirectionSource: string(frames.Source),
		},
		SamplingRate: frames.Rate, Start: frames.Start, EnvSize: max(frames.Room[0], frames.Room[1]), Middle: frames.Middle,
		Path: frames.Found, Spikes: units.found,
	})
}

// explain names the flag that mends an error of the path.
func (f *flags) explain(err error) error {
	if wrong := (*recording.DegreesError)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("%w; for degrees give --direction-unit degrees", err)
	}
	if wrong := (*recording.RadiansError)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("%w; --allow-mismatch accepts them", err)
	}
	return err
}
