package report

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"gridcells/pkg/canvas"
	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/nulls"
	"gridcells/pkg/pages"
	"gridcells/pkg/results"
	"gridcells/pkg/webpage"
)

// writePage writes the page for a browser. It returns the runs that it shows.
func (f *flags) writePage(ctx context.Context, out io.Writer, stdin io.Reader) (runs []shownRun, err error) {
	p := &webpage.Page{Title: f.Title, Generator: "report " + cli.Version, Criterion: f.Criterion, Colormap: f.Colormap, Nulls: map[string]string{}}
	for _, null := range nulls.Registry {
		p.Nulls[null.Name] = null.Title
	}
	if f.Colormap == "auto" {
		p.Colormap = "viridis"
	}
	if p.Colormaps, err = colormaps(); err != nil {
		return nil, err
	}
	groups := []runFiles{{name: cli.DisplayName("-")}}
	if len(f.Files) > 0 && !slices.Contains(f.Files, "-") {
		if groups, err = f.groupRuns(ctx); err != nil {
			return nil, err
		}
	}
	for k, g := range groups {
		one := *f
		if one.resultFiles, err = f.Given.of(k, len(groups)); err != nil {
			return nil, cli.Usagef("%w", err)
		}
		one.Files, one.OverTraining = g.files, len(g.files) > 1
		run, r, err := one.pageRun(ctx, g.name, stdin)
		if err != nil {
			return nil, err
		}
		p.Runs = append(p.Runs, *run)
		shown := shownRun{report: r}
		if len(groups) > 1 {
			shown.name = g.name
		}
		runs = append(runs, shown)
	}
	return runs, p.Write(out)
}

// colormaps lists all colour maps.
func colormaps() ([]webpage.Colormap, error) {
	var list []webpage.Colormap
	for _, name := range canvas.ColormapNames() {
		m, err := canvas.ColormapByName(name)
		if err != nil {
			return nil, err
		}
		var table []byte
		for k := range 256 {
			c := m.At((float64(k) + 0.5) / 256)
			table = append(table, c.R, c.G, c.B)
		}
		list = append(list, webpage.Colormap{Name: name, Table: table})
	}
	return list, nil
}

// pageRun reads a run as the page shows it, and as reports do.
func (f *flags) pageRun(ctx context.Context, name string, stdin io.Reader) (*webpage.Run, *pages.Report, error) {
	if len(f.Files) == 0 || slices.Contains(f.Files, "-") {
		// The units are read twice: for the report and, column by column, for the page.
		all, err := io.ReadAll(stdin)
		if err != nil {
			return nil, nil, err
		}
		stdin = bytes.NewReader(all)
	}
	r, err := f.gather(ctx, stdin)
	if err != nil {
		return nil, nil, err
	}
	if b, ok := stdin.(*bytes.Reader); ok {
		if _, err := b.Seek(0, io.SeekStart); err != nil {
			return nil, nil, err
		}
	}
	run := &webpage.Run{
		Name: name, Side: r.Side, Rule: r.Rule, Paper: r.Paper,
		Log: r.Log, PathIntegration: r.PathIntegration, UntrainedPathIntegration: r.UntrainedPathIntegration,
		Commands: r.Script,
	}
	for _, s := range r.Stages {
		stage := webpage.Stage{Tool: s.Tool, Version: s.Version, Role: s.Role}
		for _, p := range s.Parameters {
			stage.Parameters = append(stage.Parameters, [2]string{p.Name, p.Value})
		}
		run.Stages = append(run.Stages, stage)
	}
	addSession(run, r.Session)
	if t := r.Trajectory; t != nil {
		run.Round = t.Round
		run.Trajectories = []webpage.Trajectory{{True: flat(t.True), Decoded: flat(t.Decoded), Periodic: t.Periodic}}
	}
	inputs := [][]string{f.Files}
	if f.OverTraining {
		inputs = nil
		for _, name := range f.Files {
			inputs = append(inputs, []string{name})
		}
	}
	for _, files := range inputs {
		frame, at, err := f.pageFrame(ctx, files, stdin)
		if err != nil {
			return nil, nil, err
		}
		run.Room, run.Recorded = at.room, at.frameSeconds > 0
		run.Frames = append(run.Frames, *frame)
	}
	slices.SortStableFunc(run.Frames, func(a, b webpage.Frame) int { return cmp.Compare(a.Update.Float(), b.Update.Float()) })
	last := run.Frames[len(run.Frames)-1].Layers
	if err := f.addNullScores(ctx, last, stdin); err != nil {
		return nil, nil, err
	}
	return run, r, f.addControls(ctx, last, stdin)
}

func flat(path [][2]float64) webpage.Floats {
	var all webpage.Floats
	for _, p := range path {
		all = append(all, p[0], p[1])
	}
	return all
}

// pageFrame reads the units of one time of a training, and where they were recorded.
func (f *flags) pageFrame(ctx context.Context, files []string, stdin io.Reader) (frame *webpage.Frame, at place, err error) {
	reader := cli.Records(files, stdin)
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, at, err
	}
	t, err := newUnitTable(d)
	if err != nil {
		return nil, at, err
	}
	if at, err = placeOf(provenance, t.shown.ratemap.Shape[0], t.shown.ratemap.Shape[1]); err != nil {
		return nil, at, err
	}
	if err := eachRow(ctx, reader, t.read); err != nil {
		return nil, at, err
	}
	frame = &webpage.Frame{Layers: t.pageLayers(at)}
	if frame.Layers, err = selectPageLayers(frame.Layers, f.Layers); err != nil {
		return nil, at, err
	}
	var update float64
	if found, err := provenance.Parameter("checkpoint_update", &update); err != nil {
		return nil, at, err
	} else if found {
		frame.Update = results.Of(update)
	} else if f.OverTraining {
		if update, err = updatesOf(files[0], provenance); err != nil {
			return nil, at, err
		}
		frame.Update = results.Of(update)
	}
	return frame, at, nil
}

// selectPageLayers orders layers as [selectLayers] does.
func selectPageLayers(layers []webpage.Layer, names []string) ([]webpage.Layer, error) {
	var plain []figure.Layer
	for _, l := range layers {
		plain = append(plain, figure.Layer{Name: l.Name})
	}
	selected, err := selectLayers(plain, names)
	if err != nil {
		return nil, err
	}
	var ordered []webpage.Layer
	for _, s := range selected {
		k := slices.IndexFunc(layers, func(l webpage.Layer) bool { return l.Name == s.Name })
		ordered = append(ordered, layers[k])
	}
	return ordered, nil
}

// addNullScores adds the scores of null maps to the layers, each unit's to the unit
// of its number.
func (f *flags) addNullScores(ctx context.Context, layers []webpage.Layer, stdin io.Reader) error {
	if f.NullScores == "" {
		return nil
	}
	reader := cli.Records([]string{f.NullScores}, stdin)
	defer reader.Close()
	d, _, err := reader.Header()
	if err != nil {
		return err
	}
	where := cli.DisplayName(f.NullScores)
	layer, err := d.Scalar("layer", "SU")
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	null, err := d.Scalar("null", "SU")
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	unit, err := d.Scalar("unit", "iu")
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	scores := scoreFields(d)
	if len(scores) == 0 {
		return fmt.Errorf("%s: no field score_60: this is not what gridscore --null-scores writes", where)
	}
	type key struct {
		layer, null, score string
		unit               int
	}
	all := map[key]webpage.Floats{}
	var names []string // of nulls, in the order of the file
	err = eachRow(ctx, reader, func(row []byte) {
		k := key{layer: layer.String(row), null: null.String(row), unit: unit.Int(row)}
		if !slices.Contains(names, k.null) {
			names = append(names, k.null)
		}
		for _, c := range scores {
			k.score = c.Name
			all[k] = append(all[k], scalar(&c, row))
		}
	})
	if err != nil {
		return err
	}
	for i := range layers {
		l := &layers[i]
		for _, name := range names {
			for _, c := range scores {
				n := webpage.Null{Name: name, Score: c.Name, Draws: []int{}}
				n.Common = all[key{l.Name, name, c.Name, noUnit}]
				for u := range l.Units {
					own := all[key{l.Name, name, c.Name, l.Number(u)}]
					n.Draws = append(n.Draws, len(own))
					n.Own = append(n.Own, own...)
				}
				if len(n.Own)+len(n.Common) > 0 {
					l.Nulls = append(l.Nulls, n)
				}
			}
		}
	}
	return nil
}

// noUnit is the number of null maps that belong to no unit.
const noUnit = -1

// scoreFields are the fields of gridness scores: score_60 and those of further
// definitions.
func scoreFields(d *npy.DType) []npy.Column {
	var list []npy.Column
	for _, field := range d.Fields() {
		if (field.Name == "score_60" || strings.HasPrefix(field.Name, "score_60_")) && field.Type.Kind == 'f' && len(field.Shape) == 0 {
			list = append(list, npy.Column{Field: field})
		}
	}
	return list
}

// addControls adds the scores of the untrained network and the summaries of
// gridscore to the layers.
func (f *flags) addControls(ctx context.Context, layers []webpage.Layer, stdin io.Reader) error {
	if f.Population != "" {
		p, err := readFrom(f.Population, stdin, results.ReadPopulation)
		if err != nil {
			return err
		}
		for i := range layers {
			layers[i].Summary = p.Layer(layers[i].Name)
		}
	}
	if f.UntrainedScores == "" {
		return nil
	}
	reader := cli.Records([]string{f.UntrainedScores}, stdin)
	defer reader.Close()
	d, _, err := reader.Header()
	if err != nil {
		return err
	}
	c, err := scoreColumns(d)
	if err != nil {
		return err
	}
	fields := scoreFields(d)
	return eachRow(ctx, reader, func(row []byte) {
		k := slices.IndexFunc(layers, func(l webpage.Layer) bool { return l.Name == c.layerName(row) })
		if k < 0 {
			return
		}
		if layers[k].Untrained == nil {
			for _, field := range fields {
				layers[k].Untrained = append(layers[k].Untrained, webpage.Column{Name: field.Name})
			}
		}
		for i, field := range fields {
			layers[k].Untrained[i].Values = append(layers[k].Untrained[i].Values, scalar(&field, row))
		}
	})
}
