package pathintegration

import (
	"errors"
	"fmt"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/feed"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
)

// Result holds the errors of a network on some trajectories.
type Result struct {
	Loss     float64 // mean over trajectories
	Position map[ensemble.Decoding]*Errors
	// PositionFloor holds the errors that remain when the place code itself is
	// decoded.
	PositionFloor         map[ensemble.Decoding]*Errors
	Heading, HeadingFloor *Errors // nil without head directions
}

// Evaluation gathers the errors of a network, batch by batch.
type Evaluation struct {
	data     *feed.Feed
	team     *parallel.Team
	truth    npy.Column
	heading  npy.Column
	ways     []ensemble.Decoding
	head     int // of the head directions among the network's; −1: none
	floor    bool
	decoders []*Decoder
	result   *Result
	loss     float64 // sum over trajectories
}

// found are one trajectory's errors.
type found struct {
	position, positionFloor [][]float64 // by decoding
	heading, headingFloor   []float64
}

// NewEvaluation returns an Evaluation without trajectories. Those of the feed must
// have target_pos and, for headings, target_hd. If floor is false the floors stay
// empty; they are the same for every network.
func NewEvaluation(data *feed.Feed, team *parallel.Team, floor bool) (*Evaluation, error) {
	targets := data.Ensembles.TargetsType
	e := &Evaluation{data: data, team: team, floor: floor, ways: Decodings(targets), head: -1}
	var err error
	if e.truth, err = data.DType.Floats("target_pos", data.Steps, 2); err != nil {
		return nil, err
	}
	named, err := data.Ensembles.Build()
	if err != nil {
		return nil, err
	}
	if len(named) == 0 || len(named) != len(data.Heads) {
		return nil, fmt.Errorf("the stream has codes of %d ensembles, but describes %d: positions cannot be decoded without the provenance that targets writes", len(data.Heads), len(named))
	}
	place, ok := named[0].Ensemble.(*ensemble.PlaceCells)
	if !ok || targets.Width(place) != data.Heads[0].Cells {
		return nil, errors.New("the first ensemble is not one of place cells")
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
	e.result = newResult(data.Steps, e.ways, direction != nil)
	return e, nil
}

func newResult(steps int, ways []ensemble.Decoding, headings bool) *Result {
	r := &Result{Position: map[ensemble.Decoding]*Errors{}, PositionFloor: map[ensemble.Decoding]*Errors{}}
	for _, how := range ways {
		r.Position[how], r.PositionFloor[how] = NewErrors(steps), NewErrors(steps)
	}
	if headings {
		r.Heading, r.HeadingFloor = NewErrors(steps), NewErrors(steps)
	}
	return r
}

// Add decodes a batch of the feed. The engine has just run forward on it, with this
// mean loss. The team divides the trajectories; their errors are added in order, so
// that the result does not depend on the number of threads.
func (e *Evaluation) Add(rows npy.Rows, engine *network.Engine, loss float64) {
	e.loss += loss * float64(rows.Len())
	all := make([]found, rows.Len())
	e.team.Run(func(member int) {
		from, to := parallel.Share(rows.Len(), member, e.team.Size())
		for b := from; b < to; b++ {
			all[b] = e.trajectory(e.decoders[member], engine, rows.Row(b), b)
		}
	})
	for _, f := range all {
		for k, how := range e.ways {
			e.result.Position[how].Add(f.position[k])
			if e.floor {
				e.result.PositionFloor[how].Add(f.positionFloor[k])
			}
		}
		if e.head < 0 {
			continue
		}
		e.result.Heading.Add(f.heading)
		if e.floor {
			e.result.HeadingFloor.Add(f.headingFloor)
		}
	}
}

// Result returns the errors of what was added so far.
func (e *Evaluation) Result() *Result {
	e.result.Loss = e.loss / float64(e.result.Position[e.ways[0]].Count())
	return e.result
}

// positionFloor is the floor at each step of a path [T, 2], by decoding.
func (e *Evaluation) positionFloor(d *Decoder, path []float64) [][]float64 {
	floor := make([][]float64, len(e.ways))
	for k := range floor {
		floor[k] = make([]float64, e.data.Steps)
	}
	for t := range e.data.Steps {
		x, y := path[2*t], path[2*t+1]
		exact := d.place.exact(d.targets, x, y)
		for k, how := range e.ways {
			floor[k][t] = d.floorOf(exact, x, y, how)
		}
	}
	return floor
}

func (e *Evaluation) trajectory(d *Decoder, engine *network.Engine, row []byte, b int) (f found) {
	steps := e.data.Steps
	truth, path := make([]float64, 2*steps), make([]float64, 2*steps)
	e.truth.Float64(truth, row)
	for _, how := range e.ways {
		position := make([]float64, steps)
		for t := range steps {
			path[2*t], path[2*t+1] = d.Position(engine.Logits(0, t, b), how)
		}
		Distances(position, truth, path, e.data.Ensembles.Period())
		f.position = append(f.position, position)
	}
	if e.floor {
		f.positionFloor = e.positionFloor(d, truth)
	}
	if e.head < 0 {
		return f
	}
	truth, path = truth[:steps], path[:steps]
	e.heading.Float64(truth, row)
	f.heading, f.headingFloor = make([]float64, steps), make([]float64, steps)
	for t := range steps {
		path[t] = d.Heading(engine.Logits(e.head, t, b))
		if e.floor {
			f.headingFloor[t] = d.HeadingFloor(truth[t])
		}
	}
	Turns(f.heading, truth, path)
	return f
}
