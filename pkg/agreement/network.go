package agreement

import (
	"encoding/json"
	"fmt"

	"gridcells/pkg/npy"
	"gridcells/pkg/preset"
)

// Trained compares a network with the preset under which it is run: the settings of
// its training, as its checkpoint records them, and the stages of its training data.
// They must follow the same preset, or have its values. Without a preset, name "",
// nothing is compared.
func Trained(name string, training map[string]json.RawMessage, data npy.Provenance) ([]Difference, error) {
	if name == "" {
		return nil, nil
	}
	found, err := stages(data)
	if err != nil {
		return nil, err
	}
	settings, err := settingsOf(training)
	if err != nil {
		return nil, err
	}
	return followed(name, append(found, stage{"train", settings}), "simulate", "targets", "train"), nil
}

// Doubt says in a line that a stream was not made under the preset with which a tool
// measures it; "" if it was, or if that is not known. It is no error: the recipe of one
// experiment can be applied to the network of another.
func Doubt(name string, p npy.Provenance) (string, error) {
	differences, err := measured(name, p)
	if err != nil || len(differences) == 0 {
		return "", err
	}
	return fmt.Sprintf("--preset %s (there) is not that of the input (here): %s", name, list(differences)), nil
}

// measured is [Trained] for the network whose activities a stream holds, and compares
// the tools that the stream went through since. It returns nothing if the provenance
// of the stream does not say how the network was trained.
func measured(name string, p npy.Provenance) ([]Difference, error) {
	if name == "" {
		return nil, nil
	}
	var differences []Difference
	for _, s := range p {
		if s.Tool != "activations" || len(s.Derived) == 0 {
			continue
		}
		var network struct {
			Training map[string]json.RawMessage `json:"training"`
			Data     npy.Provenance             `json:"training_data"`
		}
		if err := json.Unmarshal(s.Derived, &network); err != nil {
			return nil, fmt.Errorf("provenance of %s: %w", s.Tool, err)
		}
		if network.Training == nil {
			continue
		}
		var err error
		if differences, err = Trained(name, network.Training, network.Data); err != nil {
			return nil, err
		}
	}
	found, err := stages(p)
	if err != nil {
		return nil, err
	}
	return append(differences, followed(name, found, "activations", "ratemaps")...), nil
}

// followed returns the flags of some tools that do not have the values of the
// preset, unless the tool was given this preset and they were overridden. If this
// preset says nothing of a tool, the tool must not have followed another preset
// that does.
func followed(name string, list []stage, tools ...string) []Difference {
	var differences []Difference
	for _, tool := range tools {
		s, ok := last(list, tool)
		if !ok {
			continue
		}
		recorded, _ := s.value("preset")
		if recorded == name {
			continue
		}
		wanted, _ := preset.Find(name, tool)
		differences = append(differences, comparePreset(s, wanted)...)
		if other, _ := preset.Find(recorded, tool); len(wanted) == 0 && len(other) > 0 {
			differences = append(differences, Difference{tool, "preset", name, recorded})
		}
	}
	return differences
}
