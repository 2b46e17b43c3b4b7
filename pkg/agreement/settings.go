package agreement

import (
	"encoding/json"
	"slices"
	"strconv"

	"gridcells/pkg/npy"
	"gridcells/pkg/preset"
)

// Settings compares the recorded flags of a tool with those that it has now. Both
// encode as JSON objects whose names are those of the flags, with underscores. The
// flags in free are not compared; nor is --preset, which only sets other flags.
func Settings(tool string, there, here any, free ...string) ([]Difference, error) {
	a, err := settingsOf(there)
	if err != nil {
		return nil, err
	}
	b, err := settingsOf(here)
	if err != nil {
		return nil, err
	}
	return compareStage(stage{tool, a}, stage{tool, b}, append(free, "preset")), nil
}

// Steps adds the number of steps of a trajectory to the differences, where it
// differs and the provenance does not say so.
func Steps(list []Difference, there, here int) []Difference {
	d := Difference{"simulate", "steps", strconv.Itoa(there), strconv.Itoa(here)}
	if there == here || slices.Contains(list, d) {
		return list
	}
	return append(list, d)
}

func settingsOf(v any) ([]setting, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return settings(text)
}

// Preset compares the stages of a stream with the preset under which the next tool
// works, "" for none. The flags that the preset sets for the stages must have its
// values, unless a stage was given the same preset and overrode them.
//
// If strict is set, a stage must not follow a preset that sets its flags while the
// next tool has another one or none.
func Preset(name string, p npy.Provenance, strict bool) ([]Difference, error) {
	found, err := stages(p)
	if err != nil {
		return nil, err
	}
	differences := followed(name, found, "simulate", "targets")
	if !strict {
		differences = slices.DeleteFunc(differences, func(d Difference) bool { return d.Name == "preset" })
	}
	return differences, nil
}

// comparePreset returns the flags of a stage that do not have the values of its
// preset.
func comparePreset(s stage, wanted preset.Flags) []Difference {
	var differences []Difference
	for _, f := range s.flags {
		if value, ok := wanted[f.name]; ok && !sameText(value, f.value) {
			differences = append(differences, Difference{s.tool, f.name, value, f.value})
		}
	}
	return differences
}

// Accepted is a record of differences that were accepted.
type Accepted struct {
	Subject     string       `json:"subject"`          // what differed from what was given
	Update      uint64       `json:"update,omitempty"` // updates made before
	Differences []Difference `json:"differences"`
}

// String names the subject and its differences.
func (a Accepted) String() string { return a.Subject + ": " + list(a.Differences) }
