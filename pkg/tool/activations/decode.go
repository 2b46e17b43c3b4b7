package activations

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/ensemble"
	"gridcells/pkg/feed"
	"gridcells/pkg/namedpipe"
	"gridcells/pkg/npy"
	"gridcells/pkg/pathintegration"
	"gridcells/pkg/results"
)

// decoder reads positions from the logits of place cells.
type decoder struct {
	cells     *ensemble.PlaceCells
	ensembles ensemble.Config
	how       ensemble.Decoding
	members   []*pathintegration.Decoder // for each member of the team
}

// floor is ½√(A/N), the mean distance to the nearest of N cells in the area A;
// nothing where the position itself is predicted.
func (d *decoder) floor() float64 {
	if d.how == ensemble.Direct {
		return 0
	}
	size := d.ensembles.EnvSize
	return 0.5 * math.Sqrt(size*size/float64(d.cells.Cells()))
}

// path decodes the positions [T, 2] (m) of one trajectory. The team's members have
// a working memory each.
func (d *decoder) path(dst []float32, member, steps int, logits func(t int) []float32) {
	for t := range steps {
		x, y := d.members[member].Position(logits(t), d.how)
		dst[2*t], dst[2*t+1] = float32(x), float32(y)
	}
}

// centres are those of --centres, or else those that the input states. They are nil
// if there are none, as for codes that targets made.
func (r *run) centres() (ensemble.Centres, error) {
	if r.flags.Centres == "" {
		return r.data.Centres, nil
	}
	f, err := namedpipe.OpenFile(r.flags.Centres, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := npy.ReadArray(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.flags.Centres, err)
	}
	c, err := ensemble.CentresOf(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.flags.Centres, err)
	}
	if !r.hasPlaceCells() {
		return nil, fmt.Errorf("--centres: the input has no place cells: no field place_target")
	}
	return c, nil
}

// decodeFrom makes the decoder for place cells at the centres.
func (r *run) decodeFrom(centres ensemble.Centres) (*decoder, error) {
	if n := r.data.Heads[0].Cells; len(centres) != n {
		return nil, fmt.Errorf("%d centres of place cells, but place_target has %d values a step", len(centres), n)
	}
	var c ensemble.Config
	var arena string
	if _, err := r.data.Provenance.Parameter("arena", &arena); err != nil {
		return nil, err
	}
	if _, err := r.data.Provenance.Parameter("env_size", &c.EnvSize); err != nil {
		return nil, err
	}
	c.Periodic = arena == "periodic"
	return &decoder{cells: centres.PlaceCells(c.Period()), ensembles: c, how: r.flags.Decode}, nil
}

// decodeTargets makes the decoder for the place cells that targets encoded by.
func (r *run) decodeTargets() (*decoder, error) {
	named, err := r.data.Ensembles.Build()
	if err != nil {
		return nil, fmt.Errorf("the provenance of the input: %w", err)
	}
	d := &decoder{cells: named[0].Ensemble.(*ensemble.PlaceCells), ensembles: r.data.Ensembles, how: r.flags.Decode}
	if how := pathintegration.Decodings(r.data.Ensembles.TargetsType); len(how) == 1 {
		d.how = how[0] // there is no other way
	}
	return d, nil
}

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
