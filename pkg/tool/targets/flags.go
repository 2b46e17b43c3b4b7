package targets

import (
	"fmt"
	"slices"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/ensemble"
	"gridcells/pkg/npy"
	"gridcells/pkg/preset"
)

const description = `Encode trajectories as the activities of place cells and head-direction cells. Read records with init_pos [2] (m), init_hd [1] (rad), target_pos [T, 2] and target_hd [T, 1]. Write the same records with place_init [n], place_target [T, n], head_direction_init and head_direction_target added.

    simulate -n 1000 | targets | train --steps 100 --checkpoint run.safetensors`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	Parameters

	assumed bool // nothing says what size the room has
}

// Parameters are the flags that determine the output. They are recorded in its
// provenance.
type Parameters struct {
	Preset           string        `json:"preset,omitempty" help:"Use the cells of an experiment, as simulate did the motion." enum:",${presets}" default:"" placeholder:"${preset_names}" group:"Ensembles"`
	EnvSize          float64       `json:"env_size" help:"Set the size of the room (m), by default the input's or 2.2." placeholder:"2.2" min:"1e-6" max:"1e6" group:"Ensembles"`
	NPC              []int         `json:"n_pc" help:"Set the number of place cells. A list makes several ensembles; 0 makes none." default:"256" name:"n-pc" min:"0" max:"65536" group:"Ensembles"`
	PCScale          []float64     `json:"pc_scale" help:"Set the standard deviation of place fields (m), one for each ensemble. For targets of type dog the default is 0.12." default:"0.01" name:"pc-scale" min:"1e-6" max:"1e6" group:"Ensembles"`
	NHDC             []int         `json:"n_hdc" help:"Set the number of head-direction cells. A list makes several ensembles; 0 makes none." default:"12" name:"n-hdc" min:"0" max:"65536" group:"Ensembles"`
	HDCConcentration []float64     `json:"hdc_concentration" help:"Set the concentration of the head-direction tuning, one for each ensemble." default:"20" name:"hdc-concentration" above:"0" max:"1e6" group:"Ensembles" more:""`
	NeuronsSeed      uint32        `json:"neurons_seed" help:"Set the seed of the centres of the cells, as NumPy's RandomState takes it." default:"8341" group:"Ensembles" more:""`
	TargetsType      ensemble.Code `json:"targets_type" help:"Set the code of the targets: ${enum}. --help-all explains them." enum:"${target_codes}" default:"softmax" group:"Ensembles"`
	InitType         ensemble.Code `json:"init_type" help:"Set the code of the initial position and direction: one of the same or zeros." enum:"${initial_codes}" default:"softmax" aliases:"lstm-init-type" group:"Ensembles"`
	SurroundScale    float64       `json:"surround_scale,omitempty" help:"Set the variance of the surround of dog codes, in units of that of the centre." default:"2" above:"1" max:"1e6" group:"Ensembles" more:""`
	Seed             uint64        `json:"seed" help:"Set the seed of the draws of codes of type sample." default:"1" group:"Common" more:""`
	cli.Drop
	AllowMismatch bool `json:"allow_mismatch,omitempty" help:"Accept trajectories that were not made for the preset, and record the differences. Accept positions that do not fit the room, and degrees." group:"Ensembles" more:""`
}

// Variables are the values of the enumerations, from the packages that own them.
func (f *flags) Variables() map[string]string {
	v := preset.Variables("targets")
	v["target_codes"], v["initial_codes"] = names(ensemble.TargetCodes()), names(ensemble.InitialCodes())
	return v
}

func names(codes []ensemble.Code) string {
	list := make([]string, len(codes))
	for i, c := range codes {
		list[i] = string(c)
	}
	return strings.Join(list, ",")
}

// Details is the part of the help that only --help-all shows.
func (f *flags) Details() string {
	var b strings.Builder
	b.WriteString("Further ensembles have fields that end in _2, _3 and so on. The codes are:\n\n")
	for _, c := range ensemble.InitialCodes() {
		fmt.Fprintf(&b, "    %-11s %s\n", c, c.Help())
	}
	b.WriteString("\nHere the log-density of a place cell is -|x - c|^2 / 2s^2 with its centre c and --pc-scale s, and that of a head-direction cell k cos(h - m) with its preferred direction m and --hdc-concentration k.")
	b.WriteString("\n\ntargets refuses positions that do not fit the room: those in centimetres, off the centre, or in a room much smaller than --env-size. It also refuses head directions in degrees. The message names the likely cause. Trajectories that simulate made for this room are not checked.")
	return b.String()
}

// dogScale is the standard deviation (m) of place fields that overlap, as
// differences of Gaussians need them: that of Sorscher et al. 2019.
const dogScale = "0.12"

// dogFields supplies the default scale of the place fields for targets of type dog.
func dogFields(given func(string) string) (map[string]string, error) {
	if given("targets-type") == string(ensemble.DoG) {
		return map[string]string{"pc-scale": dogScale}, nil
	}
	return map[string]string{}, nil
}

// defaultSize is the size of the room (m) where neither flag nor provenance says it.
const defaultSize = 2.2

// config is the configuration of the ensembles for an input of this provenance. It
// completes the parameters that follow from the input and from other flags.
func (f *flags) config(p npy.Provenance) (ensemble.Config, error) {
	if f.EnvSize == 0 {
		f.EnvSize = defaultSize
		known, err := p.Parameter("env_size", &f.EnvSize)
		if err != nil {
			return ensemble.Config{}, err
		}
		f.assumed = !known
	}
	if f.TargetsType != ensemble.DoG && f.InitType != ensemble.DoG {
		f.SurroundScale = 0
	}
	none(&f.NPC, &f.PCScale)
	none(&f.NHDC, &f.HDCConcentration)
	// The provenance of simulated trajectories says whether the room is a torus.
	var arena string
	if _, err := p.Parameter("arena", &arena); err != nil {
		return ensemble.Config{}, err
	}
	c := ensemble.Config{
		EnvSize: f.EnvSize, NPC: f.NPC, PCScale: f.PCScale, NHDC: f.NHDC, HDCConcentration: f.HDCConcentration,
		NeuronsSeed: f.NeuronsSeed, TargetsType: f.TargetsType, InitConditionType: f.InitType, SurroundScale: f.SurroundScale,
		Periodic: arena == "periodic",
	}
	if err := c.Validate(); err != nil {
		return c, &cli.UsageError{Err: err}
	}
	return c, nil
}

// none empties the lists of a kind of ensemble for which 0 cells were asked.
func none(n *[]int, widths *[]float64) {
	if slices.Equal(*n, []int{0}) {
		*n, *widths = []int{}, []float64{}
	}
}
