package activations

import (
	"fmt"
	"io"
	"math"

	"gridcells/pkg/cli"
	"gridcells/pkg/feed"
	"gridcells/pkg/npy"
	"gridcells/pkg/pathintegration"
	"gridcells/pkg/results"
)

// defaultStep is the time between stored steps of the released data (s).
const defaultStep = 0.15

// pathErrors gathers the distance between true and decoded positions by step.
// It also gathers the floor: the error that the place code itself allows.
type pathErrors struct {
	steps   int
	seconds float64 // of a step
	period  float64 // side of a periodic room (m), or 0

	position npy.Column // target_pos
	errors   *pathintegration.Errors
	loss     float64
}

// newPathErrors needs target_pos in the input; without it there is nothing to
// compare with and it returns nil.
func newPathErrors(data *feed.Feed) (*pathErrors, error) {
	if _, ok := data.DType.Field("target_pos"); !ok {
		return nil, nil
	}
	e := &pathErrors{steps: data.Steps, seconds: defaultStep, period: data.Ensembles.Period(), errors: pathintegration.NewErrors(data.Steps)}
	var err error
	if e.position, err = data.DType.Floats("target_pos", data.Steps, 2); err != nil {
		return nil, err
	}
	var motion struct {
		StepDuration float64 `json:"step_duration"`
	}
	if _, err = data.Provenance.Parameter("motion_parameters", &motion); motion.StepDuration > 0 {
		e.seconds = motion.StepDuration
	}
	return e, err
}

// add compares a batch. The mean loss of a batch counts by its trajectories.
func (e *pathErrors) add(in, out npy.Rows, decoded *npy.Column, loss float64) {
	if e == nil {
		return
	}
	truth, guess := make([]float64, 2*e.steps), make([]float64, 2*e.steps)
	distances := make([]float64, e.steps)
	for i := range in.Len() {
		e.position.Float64(truth, in.Row(i))
		decoded.Float64(guess, out.Row(i))
		pathintegration.Distances(distances, truth, guess, e.period)
		e.errors.Add(distances)
	}
	e.loss += loss * float64(in.Len())
}

// writePathIntegration writes the errors to the file of --path-integration.
func (r *run) writePathIntegration(path string, stdout io.Writer, provenance npy.Provenance) error {
	if path == "" {
		return nil
	}
	e := r.errors
	if e.errors.Count() == 0 {
		return fmt.Errorf("no path-integration errors to write to %s: the input has no trajectories", path)
	}
	final, sd := e.errors.Final()
	p := results.PathIntegration{
		Trajectories: e.errors.Count(), Decode: string(r.decoder.how), Loss: results.Of(e.loss / float64(e.errors.Count())),
		Final: results.Of(final), FinalSD: results.Of(sd), Floor: results.Of(r.decoder.floor()),
		Error: results.AllOf(e.errors.Means()), Provenance: provenance,
	}
	for t := range e.steps {
		p.Time = append(p.Time, results.Of(math.Round(float64(t+1)*e.seconds*1e9)/1e9))
	}
	if err := r.control.describe(&p); err != nil {
		return err
	}
	return cli.WriteFile(path, stdout, p.Write)
}
