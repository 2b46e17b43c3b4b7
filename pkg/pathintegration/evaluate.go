package pathintegration

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/feed"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
)

// Result is what a network does on some trajectories.
type Result struct {
	Loss     float64 // mean over trajectories
	Position map[ensemble.Decoding]*Errors
	// PositionFloor holds the errors that remain when the place code itself is
	// decoded.
	PositionFloor         map[ensemble.Decoding]*Errors
	Heading, HeadingFloor *Errors // nil without head directions
}

// Options of an evaluation.
type Options struct {
	Batch   int
	Blind   bool // the network gets no self-motion
	Dropout bool
	Seed    uint64 // of the dropout
}

// evaluation is one pass of a network over a feed.
type evaluation struct {
	data      *feed.Feed
	engine    *network.Engine
	truth     npy.Column
	heading   npy.Column
	decodings []ensemble.Decoding
	head      int // of the head directions among the network's; −1: none
	decoders  []*Decoder
	result    *Result
	batchSize int
	found     []found // of the batch, by trajectory
}

// found are one trajectory's errors.
type found struct {
	position, positionFloor [][]float64 // by decoding
	heading, headingFloor   []float64
}

// Evaluate runs a network over trajectories with target_pos and, for headings,
// target_hd. The feed must not have been started.
func Evaluate(ctx context.Context, net *network.Network, data *feed.Feed, team *parallel.Team, o Options) (*Result, error) {
	e, err := newEvaluation(data, team)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	data.Start(ctx, o.Batch, o.Blind, team)
	var batch *network.Batch
	for update := uint64(0); ; update++ {
		rows, err := data.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if n := rows.Len(); n != e.batchSize {
			e.batchSize, batch = n, net.NewBatch(n, data.Steps)
			if e.engine, err = net.NewEngine(n, data.Steps, team); err != nil {
				return nil, err
			}
		}
		data.Load(batch)
		losses := e.engine.Forward(batch, network.Options{Dropout: o.Dropout, Seed: o.Seed, Update: update})
		e.result.Loss += losses.Total * float64(rows.Len())
		e.measure(rows, team)
	}
	count := e.result.Position[e.decodings[0]].Count()
	if count == 0 {
		return nil, errors.New("no trajectories")
	}
	e.result.Loss /= float64(count)
	return e.result, nil
}

func newEvaluation(data *feed.Feed, team *parallel.Team) (*evaluation, error) {
	targets := data.Ensembles.TargetsType
	e := &evaluation{data: data, head: -1, decodings: Decodings(targets)}
	var err error
	if e.truth, err = data.DType.Floats("target_pos", data.Steps, 2); err != nil {
		return nil, err
	}
	named, err := data.Ensembles.Build()
	if err != nil {
		return nil, err
	}
	if len(named) == 0 || len(named) != len(data.Heads) {
		return nil, fmt.Errorf("codes of %d ensembles, but a description of %d", len(data.Heads), len(named))
	}
	place, ok := named[0].Ensemble.(*ensemble.PlaceCells)
	if !ok || targets.Width(place) != data.Heads[0].Cells {
		return nil, errors.New("the first ensemble is none of place cells")
	}
	var direction *ensemble.HeadDirectionCells
	heading, missing := data.DType.Floats("target_hd", data.Steps, 1)
	for i, n := range named {
		if cells, ok := n.Ensemble.(*ensemble.HeadDirectionCells); ok && missing == nil && targets.Width(cells) == data.Heads[i].Cells {
			direction, e.head, e.heading = cells, i, heading
			break
		}
	}
	for range team.Size() {
		e.decoders = append(e.decoders, NewDecoder(data.Ensembles, place, direction))
	}
	e.result = newResult(data.Steps, e.decodings, direction != nil)
	return e, nil
}

func newResult(steps int, decodings []ensemble.Decoding, headings bool) *Result {
	r := &Result{Position: map[ensemble.Decoding]*Errors{}, PositionFloor: map[ensemble.Decoding]*Errors{}}
	for _, how := range decodings {
		r.Position[how], r.PositionFloor[how] = NewErrors(steps), NewErrors(steps)
	}
	if headings {
		r.Heading, r.HeadingFloor = NewErrors(steps), NewErrors(steps)
	}
	return r
}

// measure decodes a batch. The trajectories are divided between the team and
// added up in their order, so that the result does not depend on the threads.
func (e *evaluation) measure(rows npy.Rows, team *parallel.Team) {
	e.found = make([]found, rows.Len())
	team.Run(func(member int) {
		from, to := parallel.Share(rows.Len(), member, team.Size())
		for b := from; b < to; b++ {
			e.found[b] = e.trajectory(e.decoders[member], rows.Row(b), b)
		}
	})
	for _, f := range e.found {
		for k, how := range e.decodings {
			e.result.Position[how].Add(f.position[k])
			e.result.PositionFloor[how].Add(f.positionFloor[k])
		}
		if e.head >= 0 {
			e.result.Heading.Add(f.heading)
			e.result.HeadingFloor.Add(f.headingFloor)
		}
	}
}

func (e *evaluation) trajectory(d *Decoder, row []byte, b int) (f found) {
	steps := e.data.Steps
	truth, path := make([]float64, 2*steps), make([]float64, 2*steps)
	e.truth.Float64(truth, row)
	for _, how := range e.decodings {
		position, floor := make([]float64, steps), make([]float64, steps)
		for t := range steps {
			path[2*t], path[2*t+1] = d.Position(e.engine.Logits(0, t, b), how)
			floor[t] = d.PositionFloor(truth[2*t], truth[2*t+1], how)
		}
		Distances(position, truth, path)
		f.position, f.positionFloor = append(f.position, position), append(f.positionFloor, floor)
	}
	if e.head < 0 {
		return f
	}
	truth, path = truth[:steps], path[:steps]
	e.heading.Float64(truth, row)
	f.heading, f.headingFloor = make([]float64, steps), make([]float64, steps)
	for t := range steps {
		path[t] = d.Heading(e.engine.Logits(e.head, t, b))
		f.headingFloor[t] = d.HeadingFloor(truth[t])
	}
	Turns(f.heading, truth, path)
	return f
}
