package report

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
)

// readCheckpoints reads the scored units of several checkpoints, one file for each.
// It returns the last checkpoint with everything that a report shows, and all
// checkpoints, in rising order of their updates, without autocorrelograms.
func (f *flags) readCheckpoints(ctx context.Context, stdin io.Reader, page *pageRows) (last *scored, all []figure.Checkpoint, err error) {
	updates := math.Inf(-1)
	origins := map[float64]npy.Provenance{}
	for _, name := range f.Files {
		s, err := readScored(ctx, cli.DisplayName(name), cli.Records([]string{name}, stdin), page)
		if err != nil {
			return nil, nil, err
		}
		update, err := updatesOf(name, s.provenance)
		if err != nil {
			return nil, nil, err
		}
		if slices.ContainsFunc(all, func(c figure.Checkpoint) bool { return c.Update == update }) {
			return nil, nil, fmt.Errorf("%s: two inputs are of update %.0f", cli.DisplayName(name), update)
		}
		origins[update] = s.provenance
		all = append(all, figure.Checkpoint{Update: update, Layers: withoutCorrelograms(s.layers)})
		if update > updates {
			updates, last = update, s
		}
	}
	slices.SortFunc(all, func(a, b figure.Checkpoint) int { return cmp.Compare(a.Update, b.Update) })
	last.checkpoints = origins
	return last, all, nil
}

func withoutCorrelograms(layers []figure.Layer) []figure.Layer {
	out := make([]figure.Layer, len(layers))
	for i, l := range layers {
		out[i] = figure.Layer{Name: l.Name, Units: slices.Clone(l.Units)}
		for k := range out[i].Units {
			out[i].Units[k].SAC = figure.Map{}
			out[i].Units[k].DirectionTuning = nil
		}
	}
	return out
}

var digits = regexp.MustCompile(`\d+`)

// updatesOf returns the number of updates after which units were scored. Activations
// writes it into the provenance; without that it is the last number in the name of
// the file.
func updatesOf(name string, p npy.Provenance) (float64, error) {
	var update float64
	found, err := p.Parameter("checkpoint_update", &update)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", cli.DisplayName(name), err)
	}
	if found {
		return update, nil
	}
	numbers := digits.FindAllString(filepath.Base(name), -1)
	if len(numbers) == 0 {
		return 0, fmt.Errorf("%s: the number of updates is neither in its provenance (checkpoint_update) nor in its name", cli.DisplayName(name))
	}
	return strconv.ParseFloat(numbers[len(numbers)-1], 64)
}
