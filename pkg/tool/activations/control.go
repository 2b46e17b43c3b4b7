package activations

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gridcells/pkg/agreement"
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

// withoutFile says what to do if the file of --untrained-path-integration is not
// the right one.
const withoutFile = "leave out --untrained-path-integration, so that the untrained network is run again"

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

// origin is what the errors of an untrained network depend on besides the
// trajectories, as provenance records it.
type origin struct {
	settings
	Training struct {
		network.Config
		VelocityInputs bool `json:"velocity_inputs"`
	} `json:"training"`
}

type settings struct {
	Seed    uint64 `json:"seed"` // of the weights
	Dropout string `json:"dropout"`
}

func originOf(p npy.Provenance) (o origin, err error) {
	if len(p) == 0 || p[len(p)-1].Tool != "activations" {
		return o, errors.New("it does not say how it was made")
	}
	if err := p[len(p)-1].Decode(&o); err != nil {
		return o, err
	}
	if o.Training.Cell == "" {
		return o, errors.New("the checkpoint holds weights alone, which do not say how they were drawn")
	}
	if o.Dropout == "off" {
		o.Training.Keep = nil
	}
	return o, nil
}

// readUntrained reads the file of --untrained-path-integration, if one is named. Its
// untrained network must be the one that this run would make, on the same
// trajectories.
func (f *flags) readUntrained(stdin io.Reader, provenance npy.Provenance) (*results.PathIntegration, error) {
	if f.UntrainedPathIntegration == "" {
		return nil, nil
	}
	name := cli.DisplayName(f.UntrainedPathIntegration)
	in, err := cli.Open(f.UntrainedPathIntegration, stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	p, err := results.ReadPathIntegration(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	there, err := originOf(p.Provenance)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", name, err, withoutFile)
	}
	here, err := originOf(provenance)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", f.Checkpoint, err, withoutFile)
	}
	if err := sameOrigin(there, here); err != nil {
		return nil, fmt.Errorf("%s: it is about another untrained network (there) than this run's (here): %w; %s", name, err, withoutFile)
	}
	if err := sameData(p.Provenance, provenance); err != nil {
		return nil, fmt.Errorf("%s: it is about other trajectories (there) than these (here): %w; %s", name, err, withoutFile)
	}
	return p, nil
}

func sameOrigin(there, here origin) error {
	if reflect.DeepEqual(there, here) {
		return nil
	}
	if err := sameSettings("activations", there.settings, here.settings); err != nil {
		return err
	}
	if err := sameSettings("train", there.Training, here.Training); err != nil {
		return err
	}
	return errors.New("they predict other ensembles")
}

// sameData compares the stages before the last ones.
func sameData(there, here npy.Provenance) error {
	if len(there) != len(here) {
		return fmt.Errorf("%d tools made them there, %d here", len(there)-1, len(here)-1)
	}
	for i, a := range there[:len(there)-1] {
		b := here[i]
		if reflect.DeepEqual(a, b) {
			continue
		}
		if a.Tool == b.Tool && a.Version == b.Version {
			if err := sameSettings(a.Tool, a.Parameters, b.Parameters); err != nil {
				return err
			}
		}
		return fmt.Errorf("%s %s there, %s %s here, or what these derived", a.Tool, a.Version, b.Tool, b.Version)
	}
	return nil
}

// sameSettings returns an error that lists the settings that differ.
func sameSettings(tool string, there, here any) error {
	found, err := agreement.Settings(tool, there, here)
	if err != nil || len(found) == 0 {
		return err
	}
	list := make([]string, len(found))
	for i, d := range found {
		list[i] = d.String()
	}
	return errors.New(strings.Join(list, "; "))
}
