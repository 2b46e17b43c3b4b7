// Package preset is the table of the named experiments: for each experiment and
// each tool the flags that --preset sets. A preset of one stage belongs to the
// preset of the same name of the other stages; package agreement compares them.
//
// Values are written as on the command line. Flags that a preset does not name
// keep their defaults, which are those of the released program.
package preset

import (
	"maps"
	"slices"
	"strings"
)

// Flags are the values that a preset gives to the flags of one tool, by the name
// of the flag without its hyphens.
type Flags map[string]string

// Experiment is a named set of flags for several tools.
type Experiment struct {
	Name  string
	Tools map[string]Flags
}

// experiments are all of them, in the order of the help texts. A new experiment
// is one more entry here.
var experiments = []Experiment{
	{
		// The program that was released with Banino et al. 2018.
		Name: "reference",
		Tools: map[string]Flags{
			"simulate": {},
			"targets":  {},
			"train": {
				"clip-scope": "all", "weight-decay": "1e-5", "weight-decay-scope": "none",
				"nh-bottleneck": "256", "bottleneck-bias": "false", "epochs": "1000", "loss": "released",
			},
			"activations": {"dropout": "on"},
			"ratemaps":    {"bins": "20"},
			"gridscore":   {"score": "reference", "unvisited": "zero"},
		},
	},
	{
		// The text of Banino et al. 2018, where it differs from the program.
		Name: "paper",
		Tools: map[string]Flags{
			"simulate": {},
			"targets":  {},
			"train": {
				"clip-scope": "heads", "weight-decay": "1e-5", "weight-decay-scope": "heads",
				"nh-bottleneck": "512", "bottleneck-bias": "true", "epochs": "300",
			},
			"activations": {"dropout": "off"},
			"ratemaps":    {"bins": "32"},
			"gridscore":   {"score": "paper"},
		},
	},
	{
		// Motion and place cells of Sorscher et al. 2019: short walks in the
		// coordinates of the room, every step of the simulation stored; place
		// cells with surrounds as targets, without surrounds at the start. The
		// network grows grid cells within minutes.
		Name: "quick",
		Tools: map[string]Flags{
			"simulate": {"motion": "sorscher", "steps": "20", "ego-vel": "step-x-y"},
			"targets":  {"targets-type": "dog", "n-pc": "512", "pc-scale": "0.12", "n-hdc": "0"},
			"train": {
				"nh-lstm": "256", "bottleneck-activation": "relu", "dropout": "0.1",
				"optimizer": "adam", "learning-rate": "3e-4", "clip-scope": "none", "batch": "50", "steps": "4000",
			},
		},
	},
}

// Of returns the flags of each preset that a tool knows, by the name of the
// preset.
func Of(tool string) map[string]map[string]string {
	sets := map[string]map[string]string{}
	for _, e := range experiments {
		if flags, ok := e.Tools[tool]; ok {
			sets[e.Name] = maps.Clone(flags)
		}
	}
	return sets
}

// Names lists the presets that a tool knows.
func Names(tool string) []string {
	var names []string
	for _, e := range experiments {
		if _, ok := e.Tools[tool]; ok {
			names = append(names, e.Name)
		}
	}
	return names
}

// Find returns the flags that a preset gives to a tool. It returns false if the
// tool does not know the preset.
func Find(name, tool string) (Flags, bool) {
	i := slices.IndexFunc(experiments, func(e Experiment) bool { return e.Name == name })
	if i < 0 {
		return nil, false
	}
	flags, ok := experiments[i].Tools[tool]
	return flags, ok
}

// Variables are the values of ${presets} and ${preset_names} in the struct tags of
// the flag --preset of a tool: a list for its enumeration and one for the help text.
func Variables(tool string) map[string]string {
	names := Names(tool)
	return map[string]string{"presets": strings.Join(names, ","), "preset_names": strings.Join(names, "|")}
}
