// Package train is the tool train: it fits the network to encoded trajectories
// and writes a checkpoint and a log.
//
// The tool reads the records that targets writes and makes one update of the
// weights for each batch of them. The defaults are those of the program that was
// released with Banino et al. (2018). --preset paper takes the settings of the
// paper.
//
//	train --steps 4 --checkpoint new.safetensors --log new.jsonl codes.npy
//
// A training needs millions of trajectories. They come through a pipe and are
// never stored; simulate ends when train has had enough:
//
//	simulate -n 0 | targets | train --steps 300000 --checkpoint long.safetensors
//
// A checkpoint holds everything that the run needs to go on to the very same
// bits. --resume goes on with a run, or begins it if the file does not exist, so
// one command serves for the first and for every later start of a job:
//
//	simulate -n 0 | targets | train --steps 300000 --resume job.safetensors
//
// With --steps 0 the untrained network is stored, to compare with. Package
// network has the layers and gradients, package optimize has the optimisers, and
// this package has the flags, the loop of updates and the log.
package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"gridcells/pkg/agreement"
	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/feed"
	"gridcells/pkg/network"
	"gridcells/pkg/optimize"
	"gridcells/pkg/parallel"
	"gridcells/pkg/preset"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("train", description, &f, args, stdin, stdout, stderr, fromCheckpoint, cli.Preset(preset.Of("train"))); err != nil {
		return err
	}
	ctx, cancel := f.limit(ctx)
	defer cancel()
	release, err := checkpoint.Lock(f.Checkpoint)
	if errors.Is(err, checkpoint.ErrInUse) {
		return &cli.TryAgain{Err: err}
	}
	if err != nil {
		return err
	}
	defer release()
	saved, err := f.start()
	if err != nil {
		return err
	}
	data, err := feed.Open(cli.Records(f.Files, stdin))
	if err != nil {
		return err
	}
	accepted, err := f.compare(saved, data)
	if err != nil {
		return err
	}
	r, err := newRun(&f, data, saved, accepted)
	if err != nil {
		return err
	}
	defer r.team.Close()
	r.remark = func(line string) { f.Remark(stderr, "train", line) }
	f.Remark(stderr, "train", r.warnings()...)
	if err := r.openLogs(stdout); err != nil {
		return err
	}
	r.progress = f.NewProgress(stdout, stderr, int64(f.Steps), "train", "updates")
	err = r.train(ctx)
	r.progress.Done()
	if err = errors.Join(err, r.closeLogs()); err == nil {
		f.Remark(stderr, "train", r.reached())
	}
	return err
}

// limit ends the context at the time of --stop-after.
func (f *flags) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.StopAfter == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, f.StopAfter, &cli.TimeUp{After: f.StopAfter})
}

// run is one training run.
type run struct {
	flags *flags
	data  *feed.Feed
	saved *checkpoint.Checkpoint // the run that this one goes on with; nil for a new one
	team  *parallel.Team

	accepted []agreement.Accepted // differences between the run, its data and the saved run

	net    *network.Network
	engine *network.Engine
	opt    *optimize.Optimizer
	state  checkpoint.Checkpoint

	stored  uint64    // update of the last checkpoint
	storeAt time.Time // of it, or of the beginning
	never   bool      // no checkpoint has been written yet

	window   window
	loss     float64 // mean of the last log line
	logs     []sink
	clock    stopwatch
	progress *cli.Progress
	remark   func(line string) // writes a line for the user
}

func newRun(f *flags, data *feed.Feed, saved *checkpoint.Checkpoint, accepted []agreement.Accepted) (*run, error) {
	r := &run{flags: f, data: data, saved: saved, accepted: accepted, never: true, storeAt: time.Now(), loss: math.NaN()}
	r.team = parallel.New(f.Workers())
	r.state = f.state(data)
	r.state.Training.Accepted = accepted
	var err error
	if r.net, err = network.New(r.state.Network); errors.Is(err, network.ErrTooLarge) {
		return nil, cli.Usagef("--nh-lstm %d, --nh-bottleneck %d: %w", f.NhLstm, f.NhBottleneck, err)
	} else if err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	if r.opt, err = optimize.New(r.state.Optimizer, r.net, r.team); err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	if r.engine, err = r.net.NewEngineIn(f.precision(), f.Batch, data.Steps, r.team); errors.Is(err, network.ErrTooLarge) {
		return nil, cli.Usagef("--batch %d: %w", f.Batch, err)
	} else if err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	if err := r.initialize(); err != nil {
		return nil, err
	}
	r.state.Training.AllowMismatch = len(r.state.Training.Accepted) > 0
	return r, nil
}

// initialize sets weights, optimiser and position to where the run begins.
func (r *run) initialize() error {
	var err error
	if r.state.Position.Trajectory, err = r.data.First(); err != nil {
		return err
	}
	switch {
	case r.saved != nil:
		if err := r.resume(); err != nil {
			return fmt.Errorf("%s: %w", r.flags.Resume, err)
		}
		return nil
	case r.flags.Init != "":
		c, err := checkpoint.Load(r.flags.Init)
		if err != nil {
			return err
		}
		if err := c.RestoreWeights(r.net); err != nil {
			return fmt.Errorf("%s: %w", r.flags.Init, err)
		}
		r.state.Training.Init, err = c.Origin(r.flags.Init)
		return err
	}
	r.net.Initialize(r.flags.Seed)
	return nil
}

// resume takes over the state of the saved run.
func (r *run) resume() error {
	c := r.saved
	if err := r.data.CheckHeads(c.Network.Heads); err != nil {
		return err
	}
	if err := errors.Join(c.RestoreWeights(r.net), c.RestoreOptimizer(r.net, r.opt)); err != nil {
		return err
	}
	if err := r.window.restore(c); err != nil {
		return fmt.Errorf("metadata log: %w", err)
	}
	first := r.state.Position.Trajectory
	if first > c.Position.Trajectory {
		return fmt.Errorf("the run stopped at trajectory %d, but the data begin only at %d", c.Position.Trajectory, first)
	}
	if err := r.keepHistory(first); err != nil {
		return err
	}
	r.state.Position, r.state.Training.Init = c.Position, c.Training.Init
	r.state.Training.Accepted = append(c.Training.Accepted, r.state.Training.Accepted...)
	r.stored, r.never = c.Position.Update, !sameFile(r.flags.Resume, r.flags.Checkpoint)
	if r.never {
		return nil
	}
	return r.archive() // a kill may have come between the checkpoint and its copy
}

// keepHistory keeps the saved run's description of its data if the present data
// describe less of them: data without provenance, and data that begin later, at
// trajectory first.
func (r *run) keepHistory(first int64) error {
	c := r.saved
	begun := feed.Feed{Provenance: c.Provenance}
	from, err := begun.First()
	if err != nil {
		return err
	}
	if len(r.data.Provenance) == 0 || first > from && len(r.accepted) == 0 {
		r.state.Provenance = c.Provenance
	}
	if r.state.Ensembles == nil {
		r.state.Ensembles = c.Ensembles
	}
	return nil
}

// train makes the updates that are left. For every reason to end, the state after
// the last whole update is saved, unless the weights are no longer finite.
func (r *run) train(ctx context.Context) error {
	err := r.updates(ctx)
	var bad *badUpdate
	if errors.As(err, &bad) {
		return fmt.Errorf("update %d: %w; %s holds update %d", bad.update, bad.err, r.flags.Checkpoint, r.stored)
	}
	if saveErr := r.save(); saveErr != nil {
		return errors.Join(err, saveErr)
	}
	if err != nil && r.state.Position.Update < uint64(r.flags.Steps) {
		return &stopped{r, err}
	}
	return err
}

// badUpdate is the error of an update whose loss or gradient is not finite.
type badUpdate struct {
	update uint64
	err    error
}

func (e *badUpdate) Error() string { return e.err.Error() }

func (r *run) updates(ctx context.Context) error {
	position := &r.state.Position
	first, err := r.data.First()
	if err != nil {
		return err
	}
	if position.Update < uint64(r.flags.Steps) {
		if err := r.data.Skip(ctx, position.Trajectory-first); err != nil {
			return err
		}
	}
	// The reading goroutine ends with this function.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.data.Start(ctx, r.flags.Batch, !r.flags.VelocityInputs, r.team)
	batch := r.net.NewBatch(r.flags.Batch, r.data.Steps)
	r.progress.Add(int(position.Update))
	r.clock.last = time.Now()
	for begun := false; position.Update < uint64(r.flags.Steps); begun = true {
		rows, err := r.data.Next()
		if err == io.EOF || err == nil && rows.Len() < r.flags.Batch {
			return errors.New("the data have ended (repeat them, make more, or ask for fewer --steps)")
		}
		if err != nil {
			return err
		}
		if err := r.data.Load(batch); err != nil {
			return err
		}
		if !begun {
			r.remark(r.checkTargets(batch))
		}
		if err := r.update(batch); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) update(batch *network.Batch) error {
	position := &r.state.Position
	losses := r.engine.Gradients(batch, network.Options{
		Dropout: true, VelocityNoise: r.flags.noise(), StateNoise: r.flags.StateNoise, Seed: r.flags.Seed, Update: position.Update,
	})
	if math.IsNaN(losses.Total) || math.IsInf(losses.Total, 0) {
		return &badUpdate{position.Update + 1, fmt.Errorf("the loss is %v", losses.Total)}
	}
	stats, err := r.opt.Step(position.Update)
	if err != nil {
		return &badUpdate{position.Update + 1, err}
	}
	position.Update++
	position.Trajectory += int64(r.flags.Batch)
	r.window.add(losses, stats)
	r.clock.updates++
	r.progress.Add(1)
	regular := position.Update%uint64(r.flags.LogEvery) == 0
	if regular || position.Update == uint64(r.flags.Steps) {
		if err := r.logLine(stats.LearningRate); err != nil {
			return err
		}
	}
	// A last line between two log intervals keeps its window: after a resume the
	// next regular line replaces it.
	if regular {
		r.window.reset()
	}
	if r.due() {
		return r.save()
	}
	return nil
}

// due reports whether a checkpoint is due after the update just made.
func (r *run) due() bool {
	update := r.state.Position.Update
	if every := uint64(r.flags.KeepEvery); every > 0 && update%every == 0 {
		return true
	}
	return r.flags.CheckpointEvery.over(update, time.Since(r.storeAt))
}

// save writes the checkpoint if there is something new to save.
func (r *run) save() error {
	if !r.never && r.stored == r.state.Position.Update {
		return nil
	}
	var err error
	if r.state.Log, err = json.Marshal(&r.window); err != nil {
		return err
	}
	if err := r.state.Save(r.flags.Checkpoint, r.net, r.opt); err != nil {
		return err
	}
	r.stored, r.storeAt, r.never = r.state.Position.Update, time.Now(), false
	return r.archive()
}

// archive keeps the checkpoint just saved beside the latest, if the flags say so.
func (r *run) archive() error {
	return checkpoint.Archive(r.flags.Checkpoint, r.stored, checkpoint.Keep{Last: r.flags.Keep, Every: r.flags.KeepEvery})
}
