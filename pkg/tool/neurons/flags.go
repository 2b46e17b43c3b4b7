package neurons

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"gridcells/pkg/cli"
	"gridcells/pkg/recording"
	"gridcells/pkg/room"
)

const description = `Bring recorded neurons into the records that ratemaps reads.

Read positions with times, and spike times of any number of units: CSV or other text, NPZ, NPY. Write records with target_pos
[T, 2] (m about the middle of the room; NaN: no position), target_hd [T, 1] (rad) if it is known, and units [T, units] (Hz).

    neurons --path rat.csv --metres 0.01 cell_*.csv -o session.npy
    neurons session.npz | ratemaps | gridscore -o scores.npy`

const details = `The path. Text has the columns t, x, y and perhaps hd, or a first line that names them; x2 and y2 are a second LED.
An NPZ file has t [N] and pos [N, 2] (or x and y), and perhaps pos2 (or x2 and y2) and hd (or hd_deg, in degrees). An NPY
file is an array [N, 3] of t, x and y, [N, 4] with hd, or [N, 5] with x2 and y2. --tracking-rate is for files without t.

The spikes. A text or NPY file of one column holds the spike times of one unit, which has the file's name. Text with the
columns t and unit holds a spike a line; in other text each column holds the spikes of the unit that it names. An NPZ file
has spike_times [S] and perhaps spike_units [S], or spikes_NAME for each unit. It may hold the path too.

Frames. The output has a frame for each sample of a regular tracker. A frame's rate is its number of spikes divided by its
duration, and a frame is half its duration before and after the sample. Samples that are lost are interpolated if the known
ones around them are not farther apart than --max-gap. Samples that the path jumps to faster than --max-speed and back are
rejected first. docs/neurons.md says more.`

// Parameters are the flags that decide what the records are. The provenance records
// them.
type Parameters struct {
	Path         string    `json:"path,omitempty" help:"Read positions from this file, by default the first FILE (.npz)." placeholder:"FILE" group:"Path" reads:""`
	Metres       float64   `json:"metres" help:"Multiply positions by this to get metres, such as 0.01." default:"1" above:"0" group:"Path"`
	YDown        bool      `json:"y_down,omitempty" name:"y-down" help:"Turn the y of positions around, because it points downwards, as in pictures of a camera." group:"Path" more:""`
	Seconds      float64   `json:"seconds" help:"Multiply path times by this to get seconds, such as 0.001." default:"1" above:"0" group:"Path"`
	TrackingRate float64   `json:"tracking_rate,omitempty" help:"Set the samples per second (Hz) of a path without times." placeholder:"50" above:"0" group:"Path" more:""`
	MaxGap       float64   `json:"max_gap" help:"Interpolate across gaps of up to this duration (s)." default:"0.5" min:"0" group:"Path"`
	MaxSpeed     float64   `json:"max_speed" help:"Reject samples that the path jumps to faster than this (m/s)." default:"3" above:"0" group:"Path"`
	Walls        []float64 `json:"walls,omitempty" help:"Set where the walls are: least and greatest x, least and greatest y (m). The default is the range of the animal." placeholder:"X,X,Y,Y" group:"Path" more:""`
	Position     string    `json:"position" help:"Set which LED is the animal's position: ${enum}." enum:"middle,first,second" default:"middle" group:"Path" more:""`

	HeadDirection string  `json:"head_direction" help:"Take head directions from: ${enum}. auto takes a column, else two LEDs, else none." enum:"auto,column,leds,movement,none" default:"auto" group:"Path"`
	DirectionUnit string  `json:"direction_unit" help:"Set the unit of a column of head directions: ${enum}." enum:"radians,degrees" default:"radians" group:"Path" more:""`
	LEDAngle      float64 `json:"led_angle" name:"led-angle" help:"Add this to the direction from the second LED to the first (degrees)." default:"0" min:"-360" max:"360" group:"Path" more:""`

	SpikeSeconds float64 `json:"spike_seconds" help:"Multiply spike times by this to get seconds." default:"1" min:"1e-12" max:"1e6" group:"Spikes"`
	SpikeOffset  float64 `json:"spike_offset" help:"Add this to spike times to get the time of the path (s)." default:"0" min:"-1e12" max:"1e12" group:"Spikes" more:""`

	FrameSeconds  float64 `json:"frame_seconds,omitempty" help:"Set the duration of a frame (s). The default is the time between two samples." placeholder:"0.02" min:"1e-6" max:"3600" group:"Records" more:""`
	RecordSeconds float64 `json:"record_seconds" help:"Set the greatest duration of a record (s)." default:"60" above:"0" group:"Records" more:""`
	AllowMismatch bool    `json:"allow_mismatch,omitempty" help:"Accept times and lengths that seem to have another unit." group:"Records" more:""`
}

type flags struct {
	cli.Common
	Files []string `arg:"" optional:"" name:"file" help:"Read spike times from these files. - is standard input." reads:""`
	cli.Output
	Parameters
	Temporary string `help:"Keep what memory does not hold in temporary files in this directory. The default is the system's directory." placeholder:"DIR" group:"Records" more:"" writes:""`
	Example   string `help:"Write a synthetic session into this directory, as path.csv and spikes.csv, and stop." placeholder:"DIR" group:"Output" writes:""`
}

// Details is the part of the help that --help-all adds.
func (f *flags) Details() string { return details }

// Validate checks how the flags relate.
func (f *flags) Validate() error {
	if len(f.Walls) > 0 && (len(f.Walls) != 4 || !(f.Walls[0] < f.Walls[1]) || !(f.Walls[2] < f.Walls[3])) {
		return errors.New("--walls: want four numbers, least and greatest x, least and greatest y, such as 0,1,0,1")
	}
	if f.Example != "" {
		if len(f.Files) > 0 || f.Path != "" {
			return errors.New("--example writes a synthetic session and reads nothing: give no other files")
		}
		return nil
	}
	if len(f.Files) == 0 {
		return errors.New("name the files of spike times")
	}
	dashes := 0
	for _, name := range append([]string{f.Path}, f.Files...) {
		if name == "-" {
			dashes++
		}
	}
	if dashes > 1 {
		return errors.New("standard input is read once only: name a file in place of one -")
	}
	return nil
}

func parse(args []string, stdin io.Reader, stdout, stderr io.Writer) (*flags, error) {
	var f flags
	return &f, cli.Parse("neurons", description, &f, args, stdin, stdout, stderr)
}

// options are those of the frames.
func (f *flags) options() recording.Options {
	o := recording.Options{
		Metres: f.Metres, YDown: f.YDown, Seconds: f.Seconds, FrameSeconds: f.FrameSeconds,
		Limits: recording.Limits{MaxSpeed: f.MaxSpeed, MaxGap: f.MaxGap},
		Lamp:   f.Position, LampAngle: f.LEDAngle * degree, Head: f.HeadDirection, Degrees: f.DirectionUnit == "degrees",
		AnyUnits: f.AllowMismatch, Temporary: f.Temporary,
	}
	if len(f.Walls) == 4 {
		o.Walls = &recording.Walls{X: room.Interval{Lo: f.Walls[0], Hi: f.Walls[1]}, Y: room.Interval{Lo: f.Walls[2], Hi: f.Walls[3]}}
	}
	return o
}

// recorded are the parameters as the provenance has them: files have no
// directories, so that the same data give the same bytes wherever they lie.
func (f *flags) recorded() any {
	p := f.Parameters
	if p.Path != "" {
		p.Path = filepath.Base(p.Path)
	}
	var names []string
	for _, name := range f.Files {
		names = append(names, filepath.Base(name))
	}
	return struct {
		Parameters
		Files []string `json:"files"`
	}{p, names}
}

// remark writes a line to standard error.
func (f *flags) remark(stderr io.Writer, format string, values ...any) {
	f.Remark(stderr, "neurons", fmt.Sprintf(format, values...))
}
