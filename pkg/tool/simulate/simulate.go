// Package simulate is the body of the tool `simulate`: it makes trajectories,
// as a record stream or as TFRecord files.
package simulate

import (
	"context"
	"io"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

<<<<<<< HEAD
const description = `Simulate the trajectories of a foraging rat.

Writes records with init_pos [2] (m), init_hd [1] (rad), ego_vel [T, 3], target_pos [T, 2] and target_hd [T, 1], to
standard output without end, or -n of them; with --tfrecord as TFRecord files in the layout of the dataset released with
Banino et al., Nature 557 (2018). Trajectory k of a seed is the same however many there are and whatever the threads.

    simulate -n 1000 | targets | train --steps 100 --checkpoint run.safetensors
    simulate -n 1000000 --tfrecord square_room_100steps_2.2m_1000000

Motion models: banino, the released dataset's walk as its surviving sample shows it; literal, the published table word for
word; sorscher, sorscher-notebook and soluslan, those of other ports; ou and ratinabox, Ornstein-Uhlenbeck walkers fitted to
real rats; replay, windows of a recorded path. --parameters shows what --set can change.

    simulate --motion replay --path rat.csv --set scale=0.01 --set stride=15 --env-size 1`

type flags struct {
	cli.Common
	cli.Output
	N          int64             `help:"Trajectories to make; 0 is without end." short:"n" default:"0"`
	Skip       uint64            `help:"Trajectories to leave out at the start; costs nothing." default:"0"`
	Seed       uint64            `help:"Seed of all that is random." default:"1" group:"Common"`
	Preset     string            `help:"Settings of the quick experiment, which train --preset quick learns; other flags override them." enum:",quick" default:"" placeholder:"quick" group:"Motion"`
	Arena      string            `help:"Arena: ${enum}." enum:"square,circle,periodic" default:"square" group:"Motion"`
	EnvSize    float64           `help:"Side or diameter of the arena (m)." default:"2.2" group:"Motion"`
	Steps      int               `help:"Stored steps of a trajectory, T." default:"100" group:"Motion"`
	Motion     string            `help:"Motion model: ${enum}." enum:"banino,literal,sorscher,sorscher-notebook,soluslan,ou,ratinabox,replay" default:"banino" group:"Motion"`
	Path       string            `help:"Recorded path for --motion replay: .npz with t and pos, or CSV with t, x, y and perhaps hd (s, m, rad)." placeholder:"FILE" group:"Motion" reads:""`
	Set        map[string]string `help:"Change a parameter of the motion model, such as speed_scale=0.2 (SI units)." placeholder:"NAME=VALUE" group:"Motion"`
	Parameters bool              `help:"Print the motion model's parameters as JSON and stop." group:"Motion"`
	EgoVel     string            `help:"What ego_vel holds: ${enum}; step is the distance moved in a step (m), speed is in m/s; cos and sin are of the turn, x and y the motion in the room." enum:"step-cos-sin,step-sin-cos,speed-cos-sin,speed-sin-cos,step-x-y,speed-x-y" default:"step-cos-sin" group:"Motion"`
	Heading    string            `help:"What the heading is: ${enum}; path is the direction of the next step, body the model's own." enum:"path,body" default:"path" group:"Motion"`
	TFRecord   string            `help:"Write TFRecord files into a directory instead of a stream." placeholder:"DIR" name:"tfrecord" group:"Output" writes:""`
	Shards     int               `help:"Number of TFRecord files." default:"100" group:"Output"`
}

// presets are the motion of Sorscher et al. 2019: short walks, every step of
// the simulation, in the room's coordinates.
var presets = map[string]map[string]string{
	"quick": {"motion": "sorscher", "steps": "20", "ego-vel": "step-x-y"},
}

// Validate checks how the flags relate.
func (f *flags) Validate() error {
	switch {
	case f.N < 0:
		return fmt.Errorf("-n %d: want a number that is not negative", f.N)
	case (f.Motion == "replay") != (f.Path != "") && !f.Parameters:
		return fmt.Errorf("--motion replay and --path need each other")
	case f.TFRecord == "":
		return nil
	case f.Output.Output != "-":
		return fmt.Errorf("--tfrecord and --output exclude each other")
	case f.Shards < 1:
		return fmt.Errorf("--shards %d: want at least 1", f.Shards)
	}
	return nil
}

// config is what the trajectories depend on.
func (f *flags) config() (c trajectory.Config, err error) {
	if c, err = f.usual(); err != nil {
		return c, &cli.UsageError{Err: err}
	}
	if replay, ok := c.Model.(*trajectory.Replay); ok {
		if err := f.replay(replay, c.Arena); err != nil {
			return c, err
		}
	}
	if _, err := trajectory.NewGenerator(c); err != nil {
		return c, &cli.UsageError{Err: err}
	}
	return c, nil
}

// usual is the configuration without a recorded path.
func (f *flags) usual() (c trajectory.Config, err error) {
	c.Steps, c.Seed = f.Steps, f.Seed
	if c.Arena, err = trajectory.NewArena(f.Arena, f.EnvSize); err != nil {
		return c, err
	}
	if c.Model, err = trajectory.NewModel(f.Motion, f.Set); err != nil {
		return c, err
	}
	if c.EgoVel, err = trajectory.NewEgoVel(f.EgoVel); err != nil {
		return c, err
	}
	c.Heading, err = trajectory.NewHeading(f.Heading)
	return c, err
}

// replay reads the recorded path. If its windows are numbered, -n can be no
// more than there are, and 0 is all.
func (f *flags) replay(m *trajectory.Replay, arena trajectory.Arena) (err error) {
	if m.Recording, err = trajectory.ReadRecording(f.Path); err != nil {
		return err
	}
	windows, err := m.Windows(f.Steps, arena)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if windows == 0 {
		return nil
	}
	left := int64(windows) - int64(min(f.Skip, uint64(windows)))
	if f.N > left {
		return fmt.Errorf("%s: has %d windows of %d steps, %d behind --skip; -n %d is too many", f.Path, windows, f.Steps, left, f.N)
	}
	if f.N == 0 {
		f.N = left
	}
	return nil
}

// stage describes the run in the provenance. A recorded path goes by its name
// alone: the same path gives the same bytes wherever it lies.
func (f *flags) stage(model trajectory.Model) (npy.Stage, error) {
	path, shards, compress := "", 0, ""
	if f.Path != "" {
		path = filepath.Base(f.Path)
	}
	if f.TFRecord != "" {
		shards, compress = f.Shards, f.Compress
	}
	return npy.NewStage("simulate", cli.Version, struct {
		N                int64            `json:"n"`
		Skip             uint64           `json:"skip"`
		Seed             uint64           `json:"seed"`
		Arena            string           `json:"arena"`
		EnvSize          float64          `json:"env_size"`
		Steps            int              `json:"steps"`
		Motion           string           `json:"motion"`
		MotionParameters trajectory.Model `json:"motion_parameters"`
		Path             string           `json:"path,omitempty"`
		EgoVel           string           `json:"ego_vel"`
		Heading          string           `json:"heading"`
		Shards           int              `json:"shards,omitempty"`
		Compress         string           `json:"compress,omitempty"`
	}{f.N, f.Skip, f.Seed, f.Arena, f.EnvSize, f.Steps, f.Motion, model, path, f.EgoVel, f.Heading, shards, compress}, nil)
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("simulate", description, &f, args, stdin, stdout, stderr, cli.Preset(presets)); err != nil {
=======
// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	f, err := parse(args, stdin, stdout, stderr)
	if err != nil {
>>>>>>> f56c3ce (Read recorded paths as spreadsheets save them and say what interrupts them)
		return err
	}
	if f.Print {
		return f.printParameters(stdout)
	}
	config, err := f.config()
	if err != nil {
		return err
	}
	if err := f.readPath(config, stderr); err != nil {
		return err
	}
	if _, err := trajectory.NewGenerator(config); err != nil {
		return &cli.UsageError{Err: err}
	}
	if f.TFRecord != "" && f.N < int64(f.Shards) {
		return cli.Usagef("-n %d: want a trajectory at least for each of the --shards %d files", f.N, f.Shards)
	}
	total := f.N
	if total == 0 {
		total = -1
	}
	progress := f.NewProgress(stdout, stderr, total, "simulate", "trajectories")
	defer progress.Done()
	if f.TFRecord != "" {
		return f.writeShards(ctx, config, progress)
	}
	return f.writeStream(ctx, config, stdout, progress)
}

// batchSize is a number of rows that keeps a pipe busy and the memory small.
func batchSize(row int) int { return max(1, min(256, (1<<20)/row)) }

func (f *flags) writeStream(ctx context.Context, config trajectory.Config, stdout io.Writer, progress *cli.Progress) error {
	dtype, err := trajectory.DType(f.Steps)
	if err != nil {
		return err
	}
	stage, err := f.stage(config.Model)
	if err != nil {
		return err
	}
	out, err := f.Create(stdout, true)
	if err != nil {
		return err
	}
	defer out.Discard()
	w := npy.NewWriter(out, dtype, npy.Provenance{stage})
	left, size := f.N, batchSize(dtype.Size())
	next := func() int {
		if f.N == 0 {
			return size
		}
		n := min(left, int64(size))
		left -= n
		return int(n)
	}
	p := production{workers: f.Workers(), first: f.Skip, next: next, newWorker: maker(config, nil)}
	err = p.run(ctx, func(b *batch) error {
		progress.Add(b.n)
		return w.Write(npy.Rows{DType: dtype, Data: b.data})
	})
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return out.Commit()
}

// maker returns a function that makes functions, one for each worker, that
// append trajectory k to dst: as a row, or as a TFRecord if there is an
// encoder.
func maker(config trajectory.Config, encoder *tfrecord.Encoder) func() appendFunc {
	return func() appendFunc {
		g, err := trajectory.NewGenerator(config)
		if err != nil {
			panic(err) // the same call has succeeded in Run
		}
		t := trajectory.New(config.Steps)
		if encoder == nil {
			return func(dst []byte, k uint64) []byte {
				g.Generate(k, t)
				return t.AppendRow(dst)
			}
		}
		var row, example []byte
		return func(dst []byte, k uint64) []byte {
			g.Generate(k, t)
			row = t.AppendRow(row[:0])
			example = encoder.Append(example[:0], row)
			return tfrecord.AppendRecord(dst, example)
		}
	}
}
