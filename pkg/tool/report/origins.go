package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"gridcells/pkg/npy"
	"gridcells/pkg/pages"
	"gridcells/pkg/printable"
	"gridcells/pkg/rerun"
)

// origins holds the provenance of each input of a report; nil where an input has none.
type origins struct {
	units               npy.Provenance
	checkpoints         map[float64]npy.Provenance // over training, by update
	untrained, nulls    npy.Provenance
	population          npy.Provenance
	path, untrainedPath npy.Provenance
	trajectory          npy.Provenance
	session             npy.Provenance
}

// stages lists the stages of all inputs. A stage that several inputs have in common
// is listed once.
func (o *origins) stages() []pages.Stage {
	list := stages(o.units)
	known := map[string]bool{}
	for _, s := range o.units {
		known[key(s)] = true
	}
	for _, other := range []struct {
		role string
		of   npy.Provenance
	}{
		{"untrained control", o.untrained}, {"null scores", o.nulls}, {"population", o.population}, {"path integration", o.path},
		{"path integration of the untrained control", o.untrainedPath}, {"example trajectory", o.trajectory}, {"recorded session", o.session},
	} {
		var unknown npy.Provenance
		for _, s := range other.of {
			if !known[key(s)] {
				unknown = append(unknown, s)
				known[key(s)] = true
			}
		}
		of := stages(unknown)
		for i := range of {
			of[i].Role = strings.TrimSuffix(other.role+", "+of[i].Role, ", ")
		}
		list = append(list, of...)
	}
	if len(list) > maxStages {
		left := len(list) - maxStages
		list = append(list[:maxStages:maxStages], pages.Stage{Tool: fmt.Sprintf("%d further stages are not shown", left)})
	}
	return list
}

// script writes the commands that make the report again.
func (f *flags) script(r *pages.Report, o *origins, own npy.Stage) ([]string, error) {
	if len(o.units) == 0 {
		return nil, nil
	}
	s := rerun.New()
	s.Versions(o.units)
	words := []string{"-o", s.File("report.pdf")}
	var scores []string
	stream := func(p npy.Provenance, name string) string {
		file := s.File(name)
		s.Stream(p, file)
		return file
	}
	for _, c := range r.Checkpoints {
		scores = append(scores, stream(o.checkpoints[c.Update], fmt.Sprintf("scores-%.0f.npy", c.Update)))
	}
	if !f.OverTraining {
		scores = append(scores, stream(o.units, "scores.npy"))
	}
	if f.Log != "" {
		file := s.File("run.jsonl")
		if err := s.Log(o.units, float64(r.Log[0].Step), file); err != nil {
			return nil, err
		}
		words = append(words, "--log", file)
	}
	if f.UntrainedScores != "" {
		words = append(words, "--untrained-scores", stream(o.untrained, "untrained.scores.npy"))
	}
	if f.Trajectory != "" {
		words = append(words, "--trajectory", stream(o.trajectory, "example.npy"))
	}
	if f.Session != "" {
		words = append(words, "--session", stream(o.session, "session.npy"))
	}
	for _, side := range []struct {
		given, ours, theirs, file string
		of                        npy.Provenance
	}{
		{f.NullScores, "--null-scores", "--null-scores", "nulls.npy", o.nulls},
		{f.Population, "--population", "--summary", "population.json", o.population},
		{f.PathIntegration, "--path-integration", "--path-integration", "path.json", o.path},
		{f.UntrainedPathIntegration, "--untrained-path-integration", "--path-integration", "untrained.path.json", o.untrainedPath},
	} {
		if side.given == "" {
			continue
		}
		file := s.File(side.file)
		s.Beside(side.of, side.theirs, file)
		words = append(words, side.ours, file)
	}
	if err := s.Write(); err != nil {
		return nil, err
	}
	if f.OverTraining {
		scores = append([]string{"--over-training"}, scores...)
	}
	s.Command(own, words, scores)
	return s.Lines(), nil
}

// key identifies what a stage did.
func key(s npy.Stage) string {
	return strings.Join([]string{s.Tool, s.Version, string(s.Parameters), string(s.Derived)}, "\x00")
}

const (
	// maxStages is the number of stages that a report shows.
	maxStages = 1000
	// maxDepth is how deeply values are taken apart, objects and stages within stages
	// together. Deeper values are shown as JSON.
	maxDepth = 32
	// maxValue is the number of characters that are shown of a value.
	maxValue = 2000
)

// stages describes the stages of a provenance as text. Names of nested parameters
// have dots. A parameter may hold stages itself, such as those of a network's
// training data; they come before the stage that has the parameter.
func stages(p npy.Provenance) []pages.Stage {
	return appendStages(nil, p, "", 0)
}

func appendStages(list []pages.Stage, p npy.Provenance, role string, depth int) []pages.Stage {
	for _, s := range p {
		if len(list) > maxStages {
			break
		}
		stage := pages.Stage{Tool: printable.Short(s.Tool, maxValue), Version: printable.Short(s.Version, maxValue), Role: role}
		for _, v := range append(values("", s.Parameters, depth), values("", s.Derived, depth)...) {
			name := printable.Short(v.name, maxValue)
			if inner := innerStages(v.raw); inner != nil && depth < maxDepth {
				list = appendStages(list, inner, name+" of "+stage.Tool, depth+1)
				continue
			}
			stage.Parameters = append(stage.Parameters, pages.Parameter{Name: name, Value: valueText(v.raw)})
		}
		list = append(list, stage)
	}
	return list
}

// innerStages returns the stages that a value lists, or nil.
func innerStages(raw json.RawMessage) npy.Provenance {
	var p npy.Provenance
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &p) != nil || len(p) == 0 || p[0].Tool == "" {
		return nil
	}
	return p
}

type value struct {
	name string
	raw  json.RawMessage
}

// values lists the members of a JSON object, and of objects within it, in their
// order. Anything else is a single value.
func values(name string, raw json.RawMessage, depth int) []value {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil
	}
	if raw[0] != '{' || depth > maxDepth {
		return []value{{name, raw}}
	}
	var list []value
	for _, m := range npy.Members(raw) {
		full := printable.Short(m.Name, 200) // names add up along the nesting
		if name != "" {
			full = name + "." + full
		}
		list = append(list, values(full, m.Value, depth+1)...)
	}
	return list
}

func valueText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return printable.Short(s, maxValue)
	}
	text := string(raw)
	if len(text) <= maxValue {
		var b bytes.Buffer
		if json.Compact(&b, raw) == nil {
			text = strings.ReplaceAll(b.String(), ",", ", ")
		}
	}
	return printable.Short(text, maxValue)
}
