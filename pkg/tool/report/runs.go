package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gridcells/pkg/cli"
)

// given are the files of results. A page for a browser may show several runs; then
// each flag is given once for each run, in the order of the runs.
type given struct {
	Population               []string `help:"Compare with nulls: read the summary that gridscore --summary wrote." placeholder:"FILE" group:"Results" reads:"" sep:"none"`
	NullScores               []string `help:"Draw the scores of null maps that gridscore --null-scores wrote." placeholder:"FILE" group:"Results" reads:"" more:"" sep:"none"`
	UntrainedScores          []string `help:"Compare with the scored units of the untrained network." placeholder:"FILE" group:"Results" reads:"" sep:"none"`
	Log                      []string `help:"Draw the loss from the log that train --log wrote." placeholder:"FILE" group:"Results" reads:"" sep:"none"`
	PathIntegration          []string `help:"Draw the errors that activations --path-integration wrote." placeholder:"FILE" group:"Results" reads:"" sep:"none"`
	UntrainedPathIntegration []string `help:"Compare the errors of path integration with those of the untrained network." placeholder:"FILE" group:"Results" reads:"" more:"" sep:"none"`
	Trajectory               []string `help:"Draw an example path from the records that activations wrote, with target_pos and decoded_pos [T, 2] (m)." placeholder:"FILE" group:"Results" reads:"" more:"" sep:"none"`
	Session                  []string `help:"Show where each unit fired: read the session that neurons wrote." placeholder:"FILE" group:"Results" reads:"" sep:"none"`
}

// resultFiles are the files of results of one run; "" where there is none.
type resultFiles struct {
	Population, NullScores, UntrainedScores, Log string
	PathIntegration, UntrainedPathIntegration    string
	Trajectory, Session                          string
}

// lists are the flags of given by their names, and the places of their files among
// those of a run.
func (g *given) lists(in *resultFiles) []struct {
	flag  string
	files []string
	one   *string
} {
	return []struct {
		flag  string
		files []string
		one   *string
	}{
		{"--population", g.Population, &in.Population}, {"--null-scores", g.NullScores, &in.NullScores},
		{"--untrained-scores", g.UntrainedScores, &in.UntrainedScores}, {"--log", g.Log, &in.Log},
		{"--path-integration", g.PathIntegration, &in.PathIntegration},
		{"--untrained-path-integration", g.UntrainedPathIntegration, &in.UntrainedPathIntegration}, {"--trajectory", g.Trajectory, &in.Trajectory},
		{"--session", g.Session, &in.Session},
	}
}

// of returns the files of the k-th of n runs.
func (g *given) of(k, n int) (in resultFiles, err error) {
	for _, l := range g.lists(&in) {
		switch {
		case len(l.files) == n:
			*l.one = l.files[k]
		case len(l.files) > n && n == 1:
			return in, fmt.Errorf("%s is given %d times, but there is one run", l.flag, len(l.files))
		case len(l.files) > 0:
			return in, fmt.Errorf("%s is given %d times, but there are %d runs: give it once for each run, in their order, or not at all", l.flag, len(l.files), n)
		}
	}
	return in, nil
}

// runFiles are the files of scored units of one run: of its checkpoints, in rising
// order, or a single one.
type runFiles struct {
	name     string
	files    []string
	training string           // what tells one training from another; "" if unknown
	updates  map[float64]bool // those of the files
}

// groupRuns finds out which files of scored units belong to the same run: those of
// one training at different updates. With --over-training, files that do not say
// where they come from are checkpoints of one run too.
func (f *flags) groupRuns(ctx context.Context) ([]runFiles, error) {
	var runs []runFiles
	for _, name := range f.Files {
		training, update, err := f.trainingOf(name)
		if err != nil {
			return nil, err
		}
		k := slices.IndexFunc(runs, func(r runFiles) bool {
			return r.training == training && (training != "" || f.OverTraining) && !r.updates[update]
		})
		if k < 0 {
			k = len(runs)
			runs = append(runs, runFiles{training: training, updates: map[float64]bool{}})
		}
		runs[k].files = append(runs[k].files, name)
		runs[k].updates[update] = true
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
	}
	nameRuns(runs)
	return runs, nil
}

// trainingOf returns what tells the training of a file's network from another one,
// and the number of updates made.
func (f *flags) trainingOf(name string) (training string, update float64, err error) {
	reader := cli.Records([]string{name}, nil)
	defer reader.Close()
	_, provenance, err := reader.Header()
	if err != nil {
		return "", 0, err
	}
	var raw json.RawMessage
	if _, err := provenance.Parameter("training", &raw); err != nil {
		return "", 0, fmt.Errorf("%s: %w", name, err)
	}
	found, err := provenance.Parameter("checkpoint_update", &update)
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w", name, err)
	}
	if !found && f.OverTraining {
		update, err = updatesOf(name, provenance)
		return "", update, err
	}
	if !found {
		return "", 0, nil
	}
	var b bytes.Buffer
	if len(raw) > 0 && json.Compact(&b, raw) == nil {
		training = b.String()
	}
	return training, update, nil
}

// nameRuns gives each run the name of its last file, without the usual endings and
// without the directory, unless two runs would have the same name.
func nameRuns(runs []runFiles) {
	names := map[string]int{}
	short := func(r runFiles) string {
		name := filepath.Base(r.files[len(r.files)-1])
		return strings.TrimSuffix(strings.TrimSuffix(name, ".npy"), ".scores")
	}
	for _, r := range runs {
		names[short(r)]++
	}
	for i, r := range runs {
		if runs[i].name = short(r); names[runs[i].name] > 1 {
			runs[i].name = filepath.ToSlash(r.files[len(r.files)-1])
		}
	}
}
