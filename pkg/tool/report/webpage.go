package report

import (
	"cmp"
	"context"
	"io"
	"slices"

	"gridcells/pkg/canvas"
	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
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
	rows := &pageRows{}
	r, err := f.gather(ctx, stdin, rows)
	if err != nil {
		return nil, nil, err
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
	for k, t := range rows.tables {
		name := ""
		if f.OverTraining {
			name = f.Files[k]
		}
		frame, at, err := f.pageFrame(t, name)
		if err != nil {
			return nil, nil, err
		}
		run.Room, run.Recorded = at.room, at.frameSeconds > 0
		run.Frames = append(run.Frames, *frame)
	}
	slices.SortStableFunc(run.Frames, func(a, b webpage.Frame) int { return cmp.Compare(a.Update.Float(), b.Update.Float()) })
	last := run.Frames[len(run.Frames)-1].Layers
	rows.nulls.addTo(last)
	rows.untrained.addTo(last)
	return run, r, f.addSummaries(last, stdin)
}

func flat(path [][2]float64) webpage.Floats {
	var all webpage.Floats
	for _, p := range path {
		all = append(all, p[0], p[1])
	}
	return all
}

// pageFrame is what the page shows of one time of a training, and where the units
// were recorded. name is the file of a checkpoint among several, else "".
func (f *flags) pageFrame(t *unitTable, name string) (frame *webpage.Frame, at place, err error) {
	if at, err = placeOf(t.provenance, t.bins[0], t.bins[1]); err != nil {
		return nil, at, err
	}
	frame = &webpage.Frame{Layers: t.pageLayers(at)}
	if frame.Layers, err = selectPageLayers(frame.Layers, f.Layers); err != nil {
		return nil, at, err
	}
	draws := map[string]int{}
	for _, null := range nulls.Names() {
		if draws[null], err = drawsOf(null, t.provenance); err != nil {
			return nil, at, err
		}
	}
	for i := range frame.Layers {
		frame.Layers[i].Draws = draws
	}
	var update float64
	if found, err := t.provenance.Parameter("checkpoint_update", &update); err != nil {
		return nil, at, err
	} else if found {
		frame.Update = results.Of(update)
	} else if name != "" {
		if update, err = updatesOf(name, t.provenance); err != nil {
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

// addSummaries adds what gridscore --summary found to the layers.
func (f *flags) addSummaries(layers []webpage.Layer, stdin io.Reader) error {
	if f.Population == "" {
		return nil
	}
	p, err := readFrom(f.Population, stdin, results.ReadPopulation)
	if err != nil {
		return err
	}
	for i := range layers {
		layers[i].Summary = p.Layer(layers[i].Name)
	}
	return nil
}
