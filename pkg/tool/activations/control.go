package activations

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"gridcells/pkg/cli"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/pathintegration"
	"gridcells/pkg/results"
)

// control is a network of the same shape with its initial weights, and how it
// and the trained one do on the same trajectories.
type control struct {
	trained, untrained *pathintegration.Evaluation
	net                *network.Network
	engine             *network.Engine
	// given are the errors of the untrained network that are known already. Then, and
	// if the network itself has its initial weights, nothing but trained is set.
	given *results.PathIntegration
	name  string // of the file of given
}

// startControl makes the control, if errors are wanted.
func (r *run) startControl(stdin io.Reader, provenance npy.Provenance) error {
	if r.flags.PathIntegration == "" {
		return nil
	}
	given, err := r.flags.readUntrained(stdin, provenance)
	if err != nil {
		return err
	}
	r.control, err = r.newControl(given)
	return err
}

func (r *run) newControl(given *results.PathIntegration) (c *control, err error) {
	c = &control{given: given, name: cli.DisplayName(r.flags.UntrainedPathIntegration)}
	if c.trained, err = pathintegration.NewEvaluation(r.data, r.team, given == nil); err != nil || given != nil {
		return c, err
	}
	net, err := network.New(r.saved.Network)
	if err != nil {
		return nil, err
	}
	net.Initialize(r.flags.Seed)
	if slices.Equal(net.Weights, r.net.Weights) {
		return c, nil
	}
	c.net = net
	c.untrained, err = pathintegration.NewEvaluation(r.data, r.team, false)
	return c, err
}

// prepare makes the engine for n trajectories.
func (c *control) prepare(r *run, n int) (err error) {
	if c == nil || c.net == nil {
		return nil
	}
	c.engine, err = c.net.NewEngine(n, r.data.Steps, r.team)
	return err
}

// add compares the networks on a batch that the trained one has run.
func (c *control) add(r *run, rows npy.Rows, loss float64, o network.Options) {
	if c == nil {
		return
	}
	c.trained.Add(rows, r.engine, loss)
	if c.net != nil {
		c.untrained.Add(rows, c.engine, c.engine.Forward(r.batch, o).Total)
	}
}

// describe fills in what the control adds to the errors.
func (c *control) describe(p *results.PathIntegration) error {
	trained := c.trained.Result()
	p.Trained = describe(trained)
	switch {
	case c.given != nil:
		if c.given.Trajectories != p.Trajectories {
			return fmt.Errorf("%s has the errors of %d trajectories, and there are %d: %s", c.name, c.given.Trajectories, p.Trajectories, withoutFile)
		}
		p.Untrained, p.CodeFloor = c.given.Untrained, c.given.CodeFloor
	case c.net != nil:
		p.Untrained, p.CodeFloor = describe(c.untrained.Result()), floors(trained)
	default:
		p.Untrained, p.CodeFloor = p.Trained, floors(trained)
	}
	return c.compare(p)
}

// compare fills in the effect sizes.
func (c *control) compare(p *results.PathIntegration) error {
	p.Effect.Position = map[string]results.Number{}
	for _, how := range slices.Sorted(maps.Keys(p.Trained.Position)) {
		a := p.Trained.Position[how]
		b, ok := p.Untrained.Position[how]
		if _, floor := p.CodeFloor[how+"_m"]; !ok || !floor {
			return fmt.Errorf("%s has no errors of positions read by %s: %s", c.name, how, withoutFile)
		}
		p.Effect.Position[how] = results.Of(pathintegration.EffectSize(a.Final.Float(), a.SD.Float(), b.Final.Float(), b.SD.Float()))
	}
	if a, b := p.Trained.Heading, p.Untrained.Heading; a != nil {
		if b == nil {
			return fmt.Errorf("%s has no errors of headings: %s", c.name, withoutFile)
		}
		p.Effect.Heading = results.Of(pathintegration.EffectSize(a.Final.Float(), a.SD.Float(), b.Final.Float(), b.SD.Float()))
	}
	return nil
}

// floors are the errors that remain when the code itself is decoded.
func floors(r *pathintegration.Result) map[string]results.Number {
	all := map[string]results.Number{}
	for how, e := range r.PositionFloor {
		floor, _ := e.Final()
		all[string(how)+"_m"] = results.Of(floor)
	}
	if r.HeadingFloor != nil {
		floor, _ := r.HeadingFloor.Final()
		all["heading_deg"] = results.Of(floor)
	}
	return all
}

func describe(r *pathintegration.Result) results.NetworkErrors {
	n := results.NetworkErrors{Loss: results.Of(r.Loss), Position: map[string]results.PositionCurve{}}
	for how, e := range r.Position {
		mean, sd := e.Final()
		n.Position[string(how)] = results.PositionCurve{Final: results.Of(mean), SD: results.Of(sd), Error: results.AllOf(e.Means())}
	}
	if r.Heading != nil {
		mean, sd := r.Heading.Final()
		n.Heading = &results.HeadingCurve{Final: results.Of(mean), SD: results.Of(sd), Error: results.AllOf(r.Heading.Means())}
	}
	return n
}
