package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gridcells/pkg/npy"
	"gridcells/pkg/pages"
)

// origins are the provenance of a report's inputs, as far as they have any.
type origins struct {
	units               npy.Provenance
	checkpoints         map[float64]npy.Provenance // over training, by update
	untrained, nulls    npy.Provenance
	population          npy.Provenance
	path, untrainedPath npy.Provenance
	trajectory          npy.Provenance
}

// stages lists the stages of all inputs, those that several have gone through once.
func (o *origins) stages() []pages.Stage {
	list := stages(o.units)
	known := o.units
	for _, other := range []struct {
		role string
		of   npy.Provenance
	}{
		{"untrained control", o.untrained}, {"null scores", o.nulls}, {"population", o.population}, {"path integration", o.path},
		{"path integration of the untrained control", o.untrainedPath}, {"example trajectory", o.trajectory},
	} {
		list = append(list, roleStages(other.of, other.role, known)...)
		known = append(known[:len(known):len(known)], other.of...)
	}
	return list
}

// script writes how the report is made again.
func (f *flags) script(r *pages.Report, o *origins, own npy.Stage) ([]string, error) {
	if len(o.units) == 0 {
		return nil, nil
	}
	s := &script{made: map[string]bool{}, datasets: map[string]bool{}}
	s.comment("The tools are of version " + strings.Join(versions(o.units), " and ") + ".")
	words := []string{"report", "-o", s.unique("report", ".pdf")}
	add := func(flag, file string) { words = append(words, flag, file) }
	var scores []string
	for _, c := range r.Checkpoints {
		scores = append(scores, s.stream(o.checkpoints[c.Update], s.unique(fmt.Sprintf("scores-%.0f", c.Update), ".npy")))
	}
	if !f.OverTraining {
		scores = append(scores, s.stream(o.units, s.unique("scores", ".npy")))
	}
	if f.Log != "" {
		file, err := s.logs(o.units, r.Loss.Update[0], "run.jsonl")
		if err != nil {
			return nil, err
		}
		add("--log", file)
	}
	if f.UntrainedScores != "" {
		add("--untrained-scores", s.stream(o.untrained, "untrained.scores.npy"))
	}
	if f.Trajectory != "" {
		add("--trajectory", s.stream(o.trajectory, "example.npy"))
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
		if side.given != "" {
			add(side.ours, s.beside(side.of, side.theirs, side.file))
		}
	}
	if err := s.write(); err != nil {
		return nil, err
	}
	words = append(words, arguments(own.Parameters)...)
	if f.OverTraining {
		words = append(words, "--over-training")
	}
	s.pipe([][]string{append(words, scores...)})
	return s.lines, nil
}

// versions lists the versions of the tools, each once.
func versions(p npy.Provenance) []string {
	var list []string
	for _, s := range p {
		if !slices.Contains(list, s.Version) {
			list = append(list, s.Version)
		}
	}
	return list
}

// roleStages lists stages which are not among those known already.
func roleStages(p npy.Provenance, role string, known npy.Provenance) []pages.Stage {
	var other npy.Provenance
	for _, s := range p {
		if !slices.ContainsFunc(known, func(k npy.Stage) bool { return same(npy.Provenance{k}, npy.Provenance{s}) }) {
			other = append(other, s)
		}
	}
	list := stages(other)
	for i := range list {
		list[i].Role = strings.TrimSuffix(role+", "+list[i].Role, ", ")
	}
	return list
}

// stages writes provenance as text, nested parameters with dots in their names.
// Stages within a parameter, such as those of a network's training data, come
// before the stage that has it.
func stages(p npy.Provenance) []pages.Stage {
	return appendStages(nil, p, "")
}

func appendStages(list []pages.Stage, p npy.Provenance, role string) []pages.Stage {
	for _, s := range p {
		stage := pages.Stage{Tool: s.Tool, Version: s.Version, Role: role}
		for _, v := range append(members("", s.Parameters), members("", s.Derived)...) {
			if inner := innerStages(v.raw); inner != nil {
				list = appendStages(list, inner, v.name+" of "+s.Tool)
				continue
			}
			stage.Parameters = append(stage.Parameters, pages.Parameter{Name: v.name, Value: valueText(v.raw)})
		}
		list = append(list, stage)
	}
	return list
}

// innerStages returns the stages that a value lists, or nil.
func innerStages(raw json.RawMessage) npy.Provenance {
	var p npy.Provenance
	if json.Unmarshal(raw, &p) != nil || len(p) == 0 || p[0].Tool == "" {
		return nil
	}
	return p
}

type member struct {
	name string
	raw  json.RawMessage
}

// members lists the members of a JSON object, and of objects within it, in their
// order; what is no object is a single value.
func members(name string, raw json.RawMessage) []member {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil
	}
	if raw[0] != '{' {
		return []member{{name, raw}}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil
	}
	var list []member
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return list
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return list
		}
		full := fmt.Sprint(key)
		if name != "" {
			full = name + "." + full
		}
		list = append(list, members(full, value)...)
	}
	return list
}

func valueText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return strings.ReplaceAll(b.String(), ",", ", ")
}
