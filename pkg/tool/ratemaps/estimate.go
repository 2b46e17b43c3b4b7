package ratemaps

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/ratemap"
)

// Estimate are the flags that say how a rate is estimated from the activity and
// the time in each bin. Recordings have defaults of their own: those of opexebo
// 0.7.2 (Kavli Institute, Trondheim), bins of 2.5 cm and a Gaussian of 2 bins.
type Estimate struct {
	BinSize      float64 `json:"bin_size,omitempty" help:"Make bins of about this side (m), by default 0.025 for recordings." placeholder:"0.025" above:"0" group:"Maps"`
	Smooth       float64 `json:"smooth" help:"Smooth spikes and time, each by itself, by a Gaussian of this standard deviation (m): 0.05 by default for recordings, else 0 (none)." default:"-1" placeholder:"0.05" min:"0" max:"10" group:"Maps"`
	Adaptive     float64 `json:"adaptive,omitempty" help:"Smooth adaptively: widen a disc around each bin until its radius in bins is at least this number divided by its seconds and the root of its spikes. 200 is usual. The default 0 is the Gaussian." default:"0" min:"0" group:"Maps" more:""`
	MinOccupancy float64 `json:"min_occupancy" help:"Leave out bins with less time than this (s)." default:"0" min:"0" group:"Maps" more:""`
	MinSpeed     float64 `json:"min_speed" help:"Leave out steps in which the animal is slower than this (m/s), such as 0.025." default:"0" min:"0" group:"Maps" more:""`
	MaxSpeed     float64 `json:"max_speed,omitempty" help:"Leave out steps in which the animal is faster than this (m/s), such as 1. The default 0 is no limit." default:"0" min:"0" group:"Maps" more:""`
	SpeedWindow  float64 `json:"speed_window,omitempty" help:"Measure speed over this time (s), from the first to the last position in it." default:"0.2" above:"0" max:"60" group:"Maps" more:""`
	FrameSeconds float64 `json:"frame_seconds,omitempty" help:"Say that the input is a recorded session with a step each time this passes (s). The default is as the input says." placeholder:"0.02" above:"0" group:"Fields" more:""`
	Room         extent  `json:"room,omitzero" help:"Set the room's sides along x and y (m), or take them from the data (data)." placeholder:"1.5x1" group:"Room"`
}

// Defaults for recordings: bin_width and sigma of opexebo 0.7.2, defaults.py, and
// the smallest shift of Langston et al., Science 328:1576 (2010).
const (
	recordedBin    = 0.025 // m
	recordedSmooth = 0.05  // m, 2 bins
	recordedShift  = 20    // s
)

// The speed score is that of opexebo's defaults: rates smoothed by 0.4 s, speeds of
// at least 2 cm/s.
const (
	speedSmooth = 0.4  // s
	leastSpeed  = 0.02 // m/s
)

func (e *Estimate) validate() error {
	if e.MaxSpeed > 0 && e.MaxSpeed <= e.MinSpeed {
		return errors.New("--max-speed must be above --min-speed")
	}
	if e.Adaptive > 0 && e.Smooth > 0 {
		return errors.New("--smooth and --adaptive exclude each other")
	}
	return nil
}

// limitsSpeed says that steps are left out for their speed.
func (e *Estimate) limitsSpeed() bool { return e.MinSpeed > 0 || e.MaxSpeed > 0 }

// reach is the number of steps before and after a step over which its speed is
// measured.
func (e *Estimate) reach(stepSeconds float64) int {
	return max(1, int(math.Round(e.SpeedWindow/stepSeconds/2)))
}

// smoothing of one kind of maps.
func (a *averager) smoothing(k kind) ratemap.Smoothing {
	s := ratemap.Smoothing{Sigma: k.sigma}
	if a.session != nil && len(k.shape) == 2 {
		s.StepSeconds = a.session.FrameSeconds
		if !k.raw {
			s.Adaptive = a.how.Adaptive
		}
		s.MinSteps = a.how.MinOccupancy / s.StepSeconds * (1 - 1e-9) // rounding
	}
	return s
}

// recorded are the parameters for the provenance; nil where they have no effect.
func (e Estimate) recorded(session bool) *Estimate {
	e.BinSize = 0 // the number of bins says it
	if !e.limitsSpeed() {
		e.SpeedWindow = 0
	}
	if e == (Estimate{}) && !session {
		return nil
	}
	return &e
}

// complete sets the flags whose defaults follow from the input.
func (f *flags) complete(p npy.Provenance) (err error) {
	if f.session, err = pipeline.RecordingOf(p); err != nil {
		return err
	}
	if f.FrameSeconds > 0 {
		if f.session == nil {
			f.session = &pipeline.Recording{}
		}
		f.session.FrameSeconds = f.FrameSeconds
	}
	if f.session == nil {
		if f.MinOccupancy > 0 || f.limitsSpeed() || f.Adaptive > 0 {
			return cli.Usagef("--min-occupancy, --min-speed, --max-speed and --adaptive need the time of a step, which the input does not name: give --frame-seconds")
		}
	} else if err := f.completeSession(); err != nil {
		return err
	}
	f.Smooth = max(0, f.Smooth)
	f.ShiftSeconds = max(0, f.ShiftSeconds)
	if f.ShiftScope == "" {
		f.ShiftScope = "record"
	}
	if f.Halves == "none" {
		f.Halves = ""
	}
	return f.completeRoom(p)
}

// completeSession sets the defaults of a recorded session.
func (f *flags) completeSession() error {
	if !(f.session.FrameSeconds > 0) || math.IsInf(f.session.FrameSeconds, 0) {
		return fmt.Errorf("the input says that a frame takes %v s: must be above 0", f.session.FrameSeconds)
	}
	if len(f.Bins) == 0 && f.BinSize == 0 {
		f.BinSize = recordedBin
	}
	if f.Smooth < 0 && f.Adaptive == 0 {
		f.Smooth = recordedSmooth
	}
	if f.Halves == "" {
		f.Halves = "session"
	}
	if f.ShiftScope == "" {
		f.ShiftScope = "session"
	}
	if f.ShiftSeconds < 0 {
		f.ShiftSeconds = recordedShift
	}
	return nil
}

// completeRoom finds the size of the room. --room data waits for the positions.
func (f *flags) completeRoom(p npy.Provenance) error {
	switch {
	case f.Room.data:
		return nil
	case f.Room.sides != (ratemap.Size[float64]{}):
		f.sides = f.Room.sides
	case f.EnvSize > 0:
		f.sides = ratemap.Size[float64]{X: f.EnvSize, Y: f.EnvSize}
	case f.session != nil && f.session.Room != [2]float64{}:
		f.sides = ratemap.Size[float64]{X: f.session.Room[0], Y: f.session.Room[1]}
	default:
		f.EnvSize = 2.2
		known, err := p.Parameter("env_size", &f.EnvSize)
		f.assumed = !known
		f.sides = ratemap.Size[float64]{X: f.EnvSize, Y: f.EnvSize}
		if err != nil {
			return err
		}
	}
	f.EnvSize = max(f.sides.X, f.sides.Y)
	return f.completeBins()
}

// completeBins finds the numbers of bins.
func (f *flags) completeBins() error {
	switch {
	case f.BinSize > 0:
		n := func(side float64) int { return max(1, int(math.Round(side/f.BinSize))) }
		f.Bins = []bins{{n(f.sides.X), n(f.sides.Y)}}
	case len(f.Bins) == 0:
		f.Bins = []bins{{20, 20}}
	}
	return f.checkLengths()
}

// checkLengths refuses lengths that are nearly as large as the room. They were meant
// in another unit.
func (f *flags) checkLengths() error {
	for _, length := range []struct {
		flag   string
		metres float64
		usual  float64
	}{{"--bin-size", f.BinSize, recordedBin}, {"--smooth", f.Smooth, recordedSmooth}} {
		if length.metres > 0 && length.metres > min(f.sides.X, f.sides.Y)/2 {
			return cli.Usagef("%s: %v m is more than half of the room of %.4g × %.4g m; the flag takes metres, such as %v",
				length.flag, length.metres, f.sides.X, f.sides.Y, length.usual)
		}
	}
	return nil
}

// bins are the numbers of bins along x and y.
type bins ratemap.Size[int]

// UnmarshalText reads 32, or 20x30.
func (b *bins) UnmarshalText(text []byte) error {
	x, y, both := strings.Cut(strings.ToLower(string(text)), "x")
	if !both {
		y = x
	}
	for _, part := range []struct {
		text string
		to   *int
	}{{x, &b.X}, {y, &b.Y}} {
		n, err := strconv.Atoi(part.text)
		if err != nil {
			return fmt.Errorf("%q is neither a whole number, such as 32, nor two, such as 20x30", text)
		}
		if n < 1 || n > ratemap.MaxBins {
			return fmt.Errorf("%d bins: must be 1 to %d", n, ratemap.MaxBins)
		}
		*part.to = n
	}
	return nil
}

func (b bins) String() string {
	if b.X == b.Y {
		return strconv.Itoa(b.X)
	}
	return fmt.Sprintf("%dx%d", b.X, b.Y)
}

// MarshalJSON writes one number where both are the same, and else a text.
func (b bins) MarshalJSON() ([]byte, error) {
	if b.X == b.Y {
		return []byte(b.String()), nil
	}
	return []byte(strconv.Quote(b.String())), nil
}

// extent is the size of a room that --room names.
type extent struct {
	sides ratemap.Size[float64]
	data  bool // the range of the positions
}

// UnmarshalText reads 1.5x1, or data.
func (e *extent) UnmarshalText(text []byte) error {
	if string(text) == "data" {
		*e = extent{data: true}
		return nil
	}
	x, y, both := strings.Cut(strings.ToLower(string(text)), "x")
	for _, part := range []struct {
		text string
		to   *float64
	}{{x, &e.sides.X}, {y, &e.sides.Y}} {
		v, err := strconv.ParseFloat(part.text, 64)
		if err != nil || !both || !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%q is neither two lengths in metres, such as 1.5x1, nor data", text)
		}
		*part.to = v
	}
	return nil
}

// MarshalText is the reverse of UnmarshalText.
func (e extent) MarshalText() ([]byte, error) {
	if e.data {
		return []byte("data"), nil
	}
	return fmt.Appendf(nil, "%gx%g", e.sides.X, e.sides.Y), nil
}
