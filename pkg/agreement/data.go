package agreement

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gridcells/pkg/npy"
)

// Continuation compares the stream that a training has learned from with the
// stream that it shall go on with. Both must be the same sequence of records; the
// second may begin later and end later.
func Continuation(trained, given npy.Provenance) ([]Difference, error) {
	there, err := stages(trained)
	if err != nil {
		return nil, err
	}
	here, err := stages(given)
	if err != nil || len(there) == 0 || len(here) == 0 {
		return nil, err
	}
	if differences := compareTools(there, here); len(differences) > 0 {
		return differences, nil
	}
	reread := slices.ContainsFunc(here, func(s stage) bool { return s.tool == "tfrecord2npy" })
	var differences []Difference
	for i, s := range there {
		free := continuationFree[s.tool]
		if s.tool == "simulate" && reread {
			free = datasetFree
		}
		differences = append(differences, compareStage(s, here[i], free)...)
	}
	return withoutEchoes(differences), nil
}

// Evaluation compares the stream that a training has learned from with one that
// its network shall be run on. The second may hold other trajectories, more or
// fewer, longer or shorter; they must come from the same kind of motion in the
// same room, encoded by the same cells in the same way.
func Evaluation(trained, given npy.Provenance) ([]Difference, error) {
	there, err := stages(trained)
	if err != nil {
		return nil, err
	}
	here, err := stages(given)
	if err != nil {
		return nil, err
	}
	var differences []Difference
	for _, tool := range []string{"simulate", "targets"} {
		a, ok := last(there, tool)
		b, found := last(here, tool)
		if ok && found {
			differences = append(differences, compareStage(a, b, evaluationFree[tool])...)
		}
	}
	return withoutEchoes(differences), nil
}

// continuationFree lists, for each tool, the flags that do not change the
// records at the beginning of a longer stream.
var continuationFree = map[string][]string{
	"simulate":     {"n", "skip", "compress", "preset"},
	"tfrecord2npy": {"skip", "limit", "repeat", "skip-corrupt"},
	"targets":      {"drop", "preset"},
}

// datasetFree lists these flags for a simulate whose records were stored in files
// and read again. The order in which the files are read depends on all other
// flags.
var datasetFree = []string{"compress", "preset"}

// evaluationFree lists, for each tool, the flags that do not change the kind
// of data in a stream.
var evaluationFree = map[string][]string{
	"simulate": {"n", "skip", "seed", "steps", "path", "shards", "compress", "preset"},
	"targets":  {"seed", "drop", "preset"},
}

// stage is one tool of a stream and its flags, each as the command line has it.
type stage struct {
	tool  string
	flags []setting
}

// setting is a flag and its value.
type setting struct{ name, value string }

func (s stage) value(name string) (string, bool) {
	i := slices.IndexFunc(s.flags, func(f setting) bool { return f.name == name })
	if i < 0 {
		return "", false
	}
	return s.flags[i].value, true
}

// is reports whether the stage states that value of a flag.
func (s stage) is(name, value string) bool {
	v, ok := s.value(name)
	return ok && v == value
}

func stages(p npy.Provenance) ([]stage, error) {
	list := make([]stage, 0, len(p))
	for _, s := range p {
		flags, err := settings(s.Parameters)
		if err != nil {
			return nil, fmt.Errorf("provenance of %s: %w", s.Tool, err)
		}
		motion, err := derivedMotion(s.Derived)
		if err != nil {
			return nil, fmt.Errorf("provenance of %s: %w", s.Tool, err)
		}
		list = append(list, stage{s.Tool, append(flags, motion...)})
	}
	return list, nil
}

// motionParameters is the recorded name of all parameters of the motion model, which
// simulate --set changes. Version 0.1.0 recorded them among the flags.
const motionParameters = "motion_parameters"

// derivedMotion are the parameters of the motion model, as flags.
func derivedMotion(derived json.RawMessage) ([]setting, error) {
	if len(derived) == 0 {
		return nil, nil
	}
	var d struct {
		Parameters json.RawMessage `json:"motion_parameters"`
	}
	if err := json.Unmarshal(derived, &d); err != nil {
		return nil, err
	}
	return motionSettings(d.Parameters)
}

func motionSettings(parameters json.RawMessage) ([]setting, error) {
	list, err := settings(parameters)
	for i, p := range list {
		list[i].name = motionFlag + strings.ReplaceAll(p.name, "-", "_")
	}
	return list, err
}

// settings are the members of a JSON object as flags, in the order of their names.
func settings(object json.RawMessage) ([]setting, error) {
	if len(object) == 0 {
		return nil, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, err
	}
	var list []setting
	for name, raw := range members {
		if name == motionParameters {
			motion, err := motionSettings(raw)
			if err != nil {
				return nil, err
			}
			list = append(list, motion...)
		} else if value, ok := Text(raw); ok {
			list = append(list, setting{flagName(name), value})
		}
	}
	slices.SortFunc(list, func(a, b setting) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// motionFlag precedes the name of a parameter of the motion model.
const motionFlag = "set "

func flagName(recorded string) string { return strings.ReplaceAll(recorded, "_", "-") }

func last(list []stage, tool string) (stage, bool) {
	for _, s := range slices.Backward(list) {
		if s.tool == tool {
			return s, true
		}
	}
	return stage{}, false
}

// compareTools names the tools that only one of two streams went through.
func compareTools(there, here []stage) []Difference {
	var differences []Difference
	for i := 0; i < max(len(there), len(here)); i++ {
		a, b := toolAt(there, i), toolAt(here, i)
		switch {
		case a == b:
			continue
		case len(there) >= len(here):
			differences = append(differences, Difference{Tool: a, There: "used", Here: "not used"})
		default:
			differences = append(differences, Difference{Tool: b, There: "not used", Here: "used"})
		}
		break // what follows is shifted
	}
	return differences
}

func toolAt(list []stage, i int) string {
	if i < len(list) {
		return list[i].tool
	}
	return ""
}

// compareStage compares the flags that both stages state. It leaves out the
// free ones and those that had no effect.
func compareStage(there, here stage, free []string) []Difference {
	var differences []Difference
	for _, f := range there.flags {
		value, ok := here.value(f.name)
		if !ok || slices.Contains(free, f.name) || sameText(f.value, value) {
			continue
		}
		if withoutEffect(f.name, there, here) {
			continue
		}
		differences = append(differences, Difference{there.tool, f.name, f.value, value})
	}
	return differences
}

// withoutEffect reports whether a flag had no effect on either side, or whether
// its difference follows from that of another flag.
func withoutEffect(name string, there, here stage) bool {
	switch {
	case there.tool == "simulate" && strings.HasPrefix(name, motionFlag):
		motion, _ := there.value("motion")
		return !here.is("motion", motion)
	case there.tool == "tfrecord2npy" && (name == "seed" || name == "shuffle-buffer"):
		return !there.is("shuffle", "true") && !here.is("shuffle", "true")
	case there.tool == "targets" && name == "seed":
		return !draws(there) && !draws(here)
	case there.tool == "targets" && name == "pc-scale":
		return there.is("n-pc", "0") || here.is("n-pc", "0")
	case there.tool == "targets" && name == "hdc-concentration":
		return there.is("n-hdc", "0") || here.is("n-hdc", "0")
	}
	return false
}

// draws reports whether a stage of targets drew random numbers.
func draws(s stage) bool { return s.is("targets-type", "sample") || s.is("init-type", "sample") }

// withoutEchoes leaves out the size of the room where targets took it over from
// simulate.
func withoutEchoes(differences []Difference) []Difference {
	return slices.DeleteFunc(differences, func(d Difference) bool {
		source := d
		source.Tool = "simulate"
		return d.Tool == "targets" && d.Name == "env-size" && slices.Contains(differences, source)
	})
}
