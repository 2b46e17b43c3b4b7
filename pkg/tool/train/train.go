// Package train is the body of the tool `train`: it fits the network to
// encoded trajectories and writes checkpoints and a log.
package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/feed"
	"gridcells/pkg/network"
	"gridcells/pkg/optimize"
	"gridcells/pkg/parallel"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	err := cli.Parse("train", description, &f, args, stdin, stdout, stderr, cli.Preset(presets), fromCheckpoint)
	if err != nil {
		return err
	}
	release, err := checkpoint.Lock(f.Checkpoint)
	if err != nil {
		return err
	}
	defer release()
	reader := cli.Records(f.Files, stdin)
	data, err := feed.Open(reader)
	if err != nil {
		return err
	}
	r, err := newRun(&f, data)
	if err != nil {
		return err
	}
	defer r.team.Close()
	if err := r.openLogs(stdout); err != nil {
		return err
	}
	r.progress = f.NewProgress(stdout, stderr, int64(f.Steps), "train", "updates")
	err = r.train(ctx)
	r.progress.Done()
	for _, s := range r.logs {
		err = errors.Join(err, s.Close())
	}
	return err
}

// run is one training run.
type run struct {
	flags *flags
	data  *feed.Feed
	team  *parallel.Team

	net    *network.Network
	engine *network.Engine
	opt    *optimize.Optimizer
	state  checkpoint.Checkpoint
	saved  uint64 // update of the last checkpoint
	never  bool   // no checkpoint was written yet

	window   window
	logs     []sink
	clock    stopwatch
	progress *cli.Progress
}

func newRun(f *flags, data *feed.Feed) (*run, error) {
	r := &run{flags: f, data: data, never: true}
	r.team = f.NewTeam()
	r.state = checkpoint.Checkpoint{
		Network: f.network(data.Heads, f.lossFor(data)), Optimizer: f.optimizer(),
		Ensembles: data.Ensembles, Training: f.training(data.Steps), Provenance: data.Provenance,
	}
	var err error
	if r.net, err = network.New(r.state.Network); err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	if r.opt, err = optimize.New(r.state.Optimizer, r.net, r.team); err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	if r.engine, err = r.net.NewEngine(f.Batch, data.Steps, r.team); err != nil {
		return nil, err
	}
	return r, r.initialize()
}

// initialize sets weights, optimiser and position to where the run begins.
func (r *run) initialize() error {
	var err error
	if r.state.Position.Trajectory, err = r.data.First(); err != nil {
		return err
	}
	switch {
	case r.flags.Resume != "":
		return r.resume(r.flags.Resume)
	case r.flags.Init != "":
		c, err := checkpoint.Load(r.flags.Init)
		if err != nil {
			return err
		}
		if err := c.RestoreWeights(r.net); err != nil {
			return fmt.Errorf("%s: %w", r.flags.Init, err)
		}
		if r.state.Training.Init, err = c.Origin(r.flags.Init); err != nil {
			return err
		}
	default:
		r.net.Initialize(r.flags.Seed)
	}
	return nil
}

func (r *run) resume(path string) error {
	c, err := checkpoint.Load(path)
	if err != nil {
		return err
	}
	if err := errors.Join(c.RestoreWeights(r.net), c.RestoreOptimizer(r.net, r.opt)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(c.Log) > 0 {
		if err := json.Unmarshal(c.Log, &r.window); err != nil {
			return fmt.Errorf("%s: metadata log: %w", path, err)
		}
	}
	first := r.state.Position.Trajectory
	if first > c.Position.Trajectory {
		return fmt.Errorf("%s stopped at trajectory %d, but the data begin only at %d", path, c.Position.Trajectory, first)
	}
	r.state.Position, r.state.Training.Init = c.Position, c.Training.Init
	r.saved, r.never = c.Position.Update, path != r.flags.Checkpoint
	if r.never {
		return nil
	}
	return r.archive() // which a kill may have prevented
}

func (r *run) openLogs(stdout io.Writer) error {
	logged := r.state.Position.Update - uint64(r.window.Updates)
	if r.flags.Log != "" {
		l, err := openLog(r.flags.Log, stdout, logged)
		if err != nil {
			return err
		}
		r.logs = append(r.logs, l)
	}
	if r.flags.Tensorboard != "" {
		l, err := openTensorBoard(r.flags.Tensorboard, logged)
		if err != nil {
			return err
		}
		r.logs = append(r.logs, l)
	}
	return nil
}

// train makes the updates that are left. Whatever ends it, the state after the
// last whole update is saved, unless the weights have become useless.
func (r *run) train(ctx context.Context) error {
	err := r.updates(ctx)
	var bad *badUpdate
	if errors.As(err, &bad) {
		return fmt.Errorf("update %d: %w; %s holds update %d", bad.update, bad.err, r.flags.Checkpoint, r.saved)
	}
	if saveErr := r.save(); saveErr != nil {
		return errors.Join(err, saveErr)
	}
	if err != nil && r.state.Position.Update < uint64(r.flags.Steps) {
		return fmt.Errorf("stopped after %d of %d updates, saved in %s: %w", r.state.Position.Update, r.flags.Steps, r.flags.Checkpoint, err)
	}
	return err
}

// badUpdate says that loss or gradient are not finite.
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
	for position.Update < uint64(r.flags.Steps) {
		rows, err := r.data.Next()
		if err == io.EOF || err == nil && rows.Len() < r.flags.Batch {
			return errors.New("the data have ended (repeat them, make more, or ask for fewer --steps)")
		}
		if err != nil {
			return err
		}
		r.data.Load(batch)
		if err := r.update(batch); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) update(batch *network.Batch) error {
	position := &r.state.Position
	losses := r.engine.Gradients(batch, network.Options{
		Dropout: true, VelocityNoise: r.flags.noise(), Seed: r.flags.Seed, Update: position.Update,
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
	if position.Update%uint64(r.flags.LogEvery) == 0 || position.Update == uint64(r.flags.Steps) {
		if err := r.logLine(stats.LearningRate); err != nil {
			return err
		}
	}
	// A last line off the beat leaves its window open: if the run goes on, the line
	// that is due takes its place.
	if position.Update%uint64(r.flags.LogEvery) == 0 {
		r.window.reset()
	}
	if position.Update%uint64(r.flags.CheckpointEvery) == 0 {
		return r.save()
	}
	return nil
}

func (r *run) logLine(rate float64) error {
	line := r.window.line(r.state.Position.Update, rate, r.net, r.clock.lap())
	r.progress.Describe(fmt.Sprintf("loss %.4f", r.window.Loss/float64(r.window.Updates)))
	for _, s := range r.logs {
		if err := s.write(line); err != nil {
			return err
		}
	}
	return nil
}

// save writes the checkpoint if there is something new to save.
func (r *run) save() error {
	if !r.never && r.saved == r.state.Position.Update {
		return nil
	}
	var err error
	if r.state.Log, err = json.Marshal(&r.window); err != nil {
		return err
	}
	if err := r.state.Save(r.flags.Checkpoint, r.net, r.opt); err != nil {
		return err
	}
	r.saved, r.never = r.state.Position.Update, false
	return r.archive()
}

// archive keeps the checkpoint just saved beside the latest, if the flags say so.
func (r *run) archive() error {
	return checkpoint.Archive(r.flags.Checkpoint, r.saved, checkpoint.Keep{Last: r.flags.Keep, Every: r.flags.KeepEvery})
}
