package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/preset"
	"gridcells/pkg/trajectory"
)

const description = `Simulate the trajectories of a foraging rat.

Write records with init_pos [2] (m), init_hd [1] (rad), ego_vel [T, 3], target_pos [T, 2] (m) and target_hd [T, 1] (rad).
The origin is the centre of the arena. With --tfrecord, write TFRecord files in the layout of the dataset that Banino et al.
released (Nature 557, 2018).

    simulate -n 1000 | targets | train --steps 100 --checkpoint run.safetensors
    simulate --motion replay --path rat.csv --set scale=0.01 --env-size 1 -n 5000`

// Parameters are the flags that decide what the trajectories are. The provenance
// records them.
type Parameters struct {
	Preset  string            `json:"preset,omitempty" help:"Use the motion of an experiment. Other flags override it." enum:",${presets}" default:"" placeholder:"${preset_names}" group:"Motion"`
	N       int64             `json:"n" help:"Make this number of trajectories. 0 makes them without end." short:"n" default:"0" min:"0" group:"Motion"`
	Skip    uint64            `json:"skip" help:"Leave out this number of trajectories at the start; this costs no time." default:"0" group:"Motion" more:""`
	Seed    uint64            `json:"seed" help:"Set the seed of everything that is random." default:"1" group:"Motion"`
	Arena   string            `json:"arena" help:"Set the shape of the arena: ${enum}." enum:"${arenas}" default:"square" group:"Motion"`
	EnvSize float64           `json:"env_size" help:"Set the size of the room (m): its longer side or diameter." default:"2.2" above:"0" group:"Motion"`
	Steps   int               `json:"steps" help:"Set the number of stored steps of a trajectory, T." default:"100" min:"1" max:"1000000" group:"Motion"`
	Motion  string            `json:"motion" help:"Set the motion model: ${enum}. --help-all describes them." enum:"${motions}" default:"banino" group:"Motion"`
	Set     map[string]string `json:"set,omitempty" help:"Change a parameter of the motion model, such as speed_scale=0.2 (SI units)." placeholder:"NAME=VALUE" group:"Motion"`
	Path    string            `json:"path,omitempty" help:"Read the recorded path for --motion replay from this file: .npz with t and pos, or text with columns t, x, y and perhaps hd (s, m, rad)." placeholder:"FILE" group:"Motion" reads:"" file:""`
	EgoVel  string            `json:"ego_vel" help:"Set what ego_vel holds: ${enum}. step is the distance moved in a step (m), speed is in m/s. cos and sin are those of the turn. x and y are the motion in the room." enum:"${ego_vels}" default:"step-cos-sin" group:"Motion" more:""`
	Heading string            `json:"heading" help:"Set what the heading is: ${enum}. path is the direction of the next step, body is the heading of the motion model." enum:"${headings}" default:"path" group:"Motion" more:""`
}

type flags struct {
	cli.Common
	cli.Output
	Parameters
	Print    bool   `name:"parameters" help:"Print the parameters of the motion model as JSON and stop." group:"Motion" more:""`
	TFRecord string `help:"Write TFRecord files into this directory instead of a stream." placeholder:"DIR" name:"tfrecord" group:"Output" writes:"" file:""`
	Shards   int    `help:"Set the number of TFRecord files." default:"100" min:"1" group:"Output" more:""`

	sizeGiven bool // --env-size is on the command line
}

// Variables implements [cli.Variables].
func (f *flags) Variables() map[string]string {
	var motions []string
	for _, m := range trajectory.Motions() {
		motions = append(motions, m.Name)
	}
	v := preset.Variables("simulate")
	v["arenas"], v["motions"] = strings.Join(trajectory.ArenaNames, ","), strings.Join(motions, ",")
	v["ego_vels"], v["headings"] = strings.Join(trajectory.EgoVelNames(), ","), strings.Join(trajectory.HeadingNames, ",")
	return v
}

// Details is the part of the help that --help-all adds.
func (f *flags) Details() string {
	var b strings.Builder
	b.WriteString("Trajectory k of a seed is the same whatever the number of trajectories and threads.\n\n")
	b.WriteString("    simulate -n 1000000 --tfrecord square_room_100steps_2.2m_1000000\n\n")
	b.WriteString("The motion models. --parameters prints the values that --set can change.\n\n")
	for _, m := range trajectory.Motions() {
		fmt.Fprintf(&b, "    %-18s %s\n", m.Name, m.Help)
	}
	return b.String()
}

func parse(args []string, stdin io.Reader, stdout, stderr io.Writer) (*flags, error) {
	var f flags
	look := func(given func(string) string) (map[string]string, error) {
		f.sizeGiven = given("env-size") != ""
		return nil, nil
	}
	return &f, cli.Parse("simulate", description, &f, args, stdin, stdout, stderr, cli.Preset(preset.Of("simulate")), look)
}

// Validate checks how the flags relate.
func (f *flags) Validate() error {
	switch {
	case (f.Motion == "replay") != (f.Path != "") && !f.Print:
		return fmt.Errorf("--motion replay and --path need each other")
	case f.TFRecord == "":
		return nil
	case f.Output.Output != "-":
		return fmt.Errorf("--tfrecord and --output exclude each other")
	}
	return nil
}

// config is what the trajectories depend on, without a recorded path.
func (f *flags) config() (c trajectory.Config, err error) {
	c.Steps, c.Seed = f.Steps, f.Seed
	if c.Arena, err = trajectory.NewArena(f.Arena, f.EnvSize); err != nil {
		return c, &cli.UsageError{Err: err}
	}
	if c.Model, err = trajectory.NewModel(f.Motion, f.Set); err != nil {
		return c, &cli.UsageError{Err: err}
	}
	if c.EgoVel, err = trajectory.NewEgoVel(f.EgoVel); err != nil {
		return c, &cli.UsageError{Err: err}
	}
	if c.Heading, err = trajectory.NewHeading(f.Heading); err != nil {
		return c, &cli.UsageError{Err: err}
	}
	return c, nil
}

// stage describes the run in the provenance. A recorded path is recorded by its
// name without the directory: the same path gives the same bytes wherever it
// lies. TFRecord files differ by their number and compression, streams do not.
func (f *flags) stage(model trajectory.Model) (npy.Stage, error) {
	recorded := struct {
		Parameters
		Shards   int    `json:"shards,omitempty"`
		Compress string `json:"compress,omitempty"`
	}{Parameters: f.Parameters}
	if f.Path != "" {
		recorded.Path = filepath.Base(f.Path)
	}
	if f.TFRecord != "" {
		recorded.Shards, recorded.Compress = f.Shards, f.Compress
	}
	return npy.NewStage("simulate", cli.Version, recorded, struct {
		MotionParameters trajectory.Model `json:"motion_parameters"`
	}{model})
}

func (f *flags) printParameters(stdout io.Writer) error {
	model, err := trajectory.NewModel(f.Motion, f.Set)
	if err != nil {
		return &cli.UsageError{Err: err}
	}
	e := json.NewEncoder(stdout)
	e.SetIndent("", "  ")
	return e.Encode(model)
}
