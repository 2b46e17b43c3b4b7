package activations

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"gridcells/pkg/agreement"
	"gridcells/pkg/cli"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/results"
)

// withoutFile says what to do if the file of --untrained-path-integration is not
// the right one.
const withoutFile = "leave out --untrained-path-integration, so that the untrained network is run again"

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
