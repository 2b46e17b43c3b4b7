package ratemaps

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"gridcells/pkg/cli"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/preset"
	"gridcells/pkg/ratemap"
)

const description = `Average the activity of units in each bin of the room, and in each bin of head direction.

Read records with target_pos [T, 2] (m, the centre of the room at 0), activities [T, units] and perhaps target_hd [T, 1]
(rad). Write one row for each unit: layer, unit, ratemap [bins, bins] (x on the first axis; NaN: never visited),
direction_tuning [bins] and occupancy [bins, bins] (steps).

    activations --checkpoint run.safetensors < eval.npy | ratemaps | gridscore | report -o run.pdf`

const details = `Further fields. Several --bins also write ratemap_32 and so on, for gridscore --sensitivity. --halves also writes
ratemap_half_1 and ratemap_half_2, for the stability of maps. --shifts N also writes ratemap_shifted [N, bins, bins] and
direction_tuning_shifted, for the null "shift" of gridscore: they are made of activities that were shifted in time against the
trajectory.

Memory. --shifts and --halves session hold all activities in memory. --centre holds the whole input.

Steps that are left out. Steps whose position is NaN are those in which a tracker lost the animal. Positions outside the room
are left out too. The provenance says how many steps were left out for each reason. A remark says so too, except for simulated
animals, which step a little beyond the walls. ratemaps refuses positions that do not fit the room, and names the likely cause and the flag that mends it.

Recordings. A recording is one record of all its samples, or one record for each sample. Use --halves session and
--shift-scope session for it:

    ratemaps --metres 0.01 --centre --env-size 1 --halves session cell.npy | gridscore`

// Parameters are the flags that decide what the maps are. The provenance records
// them.
type Parameters struct {
	Bins           []bins   `json:"bins" help:"Set the number of bins along a side, or along x and y, as 20x30. Several numbers make several maps. The default is 20; for recordings see --bin-size." placeholder:"20" group:"Maps"`
	DirectionBins  int      `json:"direction_bins" help:"Set the number of bins of head direction, from −π to π." default:"20" min:"1" group:"Maps" more:""`
	EnvSize        float64  `json:"env_size" help:"Set the size of the room (m), by default the input's or 2.2." placeholder:"2.2" above:"0" group:"Room"`
	Metres         float64  `json:"metres,omitempty" help:"Multiply positions by this to get metres, such as 0.01." default:"1" above:"0" group:"Room" more:""`
	Centre         bool     `json:"centre,omitempty" help:"Move the middle of the range of all positions to 0." group:"Room" more:""`
	DirectionUnit  string   `json:"direction_unit,omitempty" help:"Set the unit of head directions: radians or degrees. The default is radians, and values that look like degrees are refused." enum:",radians,degrees" default:"" placeholder:"UNIT" group:"Room" more:""`
	AllowMismatch  bool     `json:"allow_mismatch,omitempty" help:"Accept positions that do not fit the room." group:"Room" more:""`
	Halves         string   `json:"halves,omitempty" help:"Also average halves: of the session by time (session, the default for recordings), of each record by time (time), or every other record (records)." enum:",session,time,records,none" default:"" placeholder:"KIND" group:"Maps"`
	Layers         []string `json:"layers" help:"Average the activities [T, units] in these fields. The default is all fields of this shape that are not part of a trajectory, its codes or predictions." placeholder:"FIELD" group:"Maps" more:""`
	PositionField  string   `json:"position_field" help:"Read positions from this field." default:"target_pos" placeholder:"FIELD" group:"Fields" more:""`
	DirectionField string   `json:"direction_field,omitempty" help:"Read head directions from this field. The default is target_hd, where there is one." placeholder:"FIELD" group:"Fields" more:""`
}

// ShiftParameters are the flags of the circular shifts in time. Activity keeps its
// distribution and its course in time and loses its relation to place. A shift is
// drawn for each record, or one for the session. It holds for all units, which
// keep their correlations.
type ShiftParameters struct {
	Shifts       int     `json:"shifts" help:"Also average activities shifted in time, this number of times." default:"0" min:"0" group:"Maps"`
	ShiftScope   string  `json:"shift_scope" help:"Shift each record by itself (record), or all records one after another as a whole (session). The default is session for recordings, else record." enum:",record,session" default:"" placeholder:"SCOPE" group:"Maps" more:""`
	ShiftLeast   float64 `json:"shift_least" help:"Set the smallest shift, as a fraction of the record or session." default:"0.1" min:"0" below:"0.5" group:"Maps" more:""`
	ShiftSeconds float64 `json:"shift_seconds,omitempty" help:"Set the smallest shift of a recording (s), in place of --shift-least. 0 keeps --shift-least." default:"-1" placeholder:"20" min:"0" group:"Maps" more:""`
	Seed         uint64  `json:"seed" help:"Set the seed of the shifts." default:"1" group:"Maps" more:""`
}

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	cli.Drop
	Parameters
	ShiftParameters
	Estimate
	Preset string `help:"Use the bins of the released code (reference: 20) or of the paper (32)." enum:",${presets}" default:"" placeholder:"NAME" group:"Maps" more:""`

	assumed bool                  // nothing says what size the room has
	sides   ratemap.Size[float64] // of the room (m)
	middle  [2]float64            // of the positions, if all were looked at first (m)
	session *pipeline.Recording   // nil unless the input is a recorded session
}

// Details is the part of the help that --help-all adds.
func (f *flags) Details() string { return details }

// Variables are the values of the enumerations.
func (f *flags) Variables() map[string]string { return preset.Variables("ratemaps") }

func parse(args []string, stdin io.Reader, stdout, stderr io.Writer) (*flags, error) {
	var f flags
	return &f, cli.Parse("ratemaps", description, &f, args, stdin, stdout, stderr, cli.Preset(preset.Of("ratemaps")))
}

// Validate checks what the tags of the flags cannot.
func (f *flags) Validate() error {
	for i, b := range f.Bins {
		if slices.Contains(f.Bins[:i], b) {
			return fmt.Errorf("--bins: %s is listed twice", b)
		}
	}
	if f.BinSize > 0 && len(f.Bins) > 0 {
		return errors.New("--bins and --bin-size exclude each other")
	}
	return f.Estimate.validate()
}

// recorded are the parameters as the provenance has them: those that have no
// effect are left out.
func (f *flags) recorded(layers []string) any {
	p := f.Parameters
	p.Layers = layers
	if p.Metres == 1 {
		p.Metres = 0
	}
	var shifts *ShiftParameters
	if f.Shifts > 0 {
		shifts = &f.ShiftParameters
	}
	return struct {
		Parameters
		*Estimate
		*ShiftParameters
		cli.Drop
	}{p, f.Estimate.recorded(f.session != nil), shifts, f.Drop}
}
