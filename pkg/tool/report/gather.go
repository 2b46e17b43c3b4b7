package report

import (
	"context"
	"fmt"
	"io"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/nulls"
	"gridcells/pkg/pages"
	"gridcells/pkg/printable"
	"gridcells/pkg/results"
)

// gather reads all inputs. If page is not nil, it gets what only a page for a browser
// shows.
func (f *flags) gather(ctx context.Context, stdin io.Reader, page *pageRows) (*pages.Report, error) {
	r := &pages.Report{Title: f.Title, Run: figure.Run{Criterion: f.Criterion}}
	if f.unitless() {
		return r, f.gatherResults(ctx, r, &origins{}, stdin)
	}
	units, err := f.gatherUnits(ctx, r, stdin, page)
	if err != nil {
		return nil, err
	}
	if r.Layers, err = selectLayers(units.layers, f.Layers); err != nil {
		return nil, err
	}
	if r.Selected, err = f.selectUnits(r.Layers); err != nil {
		return nil, err
	}
	if r.Colormap, err = f.colormap(); err != nil {
		return nil, err
	}
	if err := describeRoom(&r.Run, units); err != nil {
		return nil, err
	}
	o := &origins{units: units.provenance, checkpoints: units.checkpoints}
	if err := f.gatherControls(ctx, r, o, stdin, page); err != nil {
		return nil, err
	}
	if o.population, err = f.gatherPopulation(r, stdin); err != nil {
		return nil, err
	}
	if err := completeNulls(r.Layers, units.provenance); err != nil {
		return nil, err
	}
	if err := f.gatherResults(ctx, r, o, stdin); err != nil {
		return nil, err
	}
	r.Subtitle = subtitle(units.provenance, r.Layers)
	own, err := f.stage(r)
	if err != nil {
		return nil, err
	}
	r.Stages = append(o.stages(), stages(npy.Provenance{own})...)
	r.Script, err = f.script(r, o, own)
	return r, err
}

// gatherUnits reads the scored units. Of several checkpoints it returns the units of
// the last.
func (f *flags) gatherUnits(ctx context.Context, r *pages.Report, stdin io.Reader, page *pageRows) (*scored, error) {
	if !f.OverTraining {
		units, err := readScored(ctx, f.inputName(), cli.Records(f.Files, stdin), page)
		if err == nil && len(f.Files) == 0 {
			// Wait for the writer of the pipe to end: only then its other files, such as
			// --population, are complete.
			_, err = io.Copy(io.Discard, stdin)
		}
		return units, err
	}
	units, checkpoints, err := f.readCheckpoints(ctx, stdin, page)
	r.Checkpoints = checkpoints
	return units, err
}

// describeRoom adds what the provenance says about the room, the targets and the
// treatment of negative activities.
func describeRoom(r *figure.Run, s *scored) error {
	var baseline, arena string
	var directions []int
	if _, err := s.provenance.Parameter("baseline", &baseline); err != nil {
		return err
	}
	r.Rectified = s.directed && baseline == "rectify"
	if _, err := s.provenance.Parameter("arena", &arena); err != nil {
		return err
	}
	r.Round = arena == "circle"
	if r.Layers[0].Name == linearLayer {
		r.Paper = results.PaperShareOf(arena)
	}
	known, err := s.provenance.Parameter("n_hdc", &directions)
	if err != nil {
		return err
	}
	r.Undirected = known && len(directions) == 0
	if _, err := s.provenance.Parameter("env_size", &r.Side); err != nil {
		return err
	}
	return shapeBins(r.Layers, s.provenance)
}

// shapeBins says of all maps how long their bins are along y, where they are not
// square.
func shapeBins(layers []figure.Layer, p npy.Provenance) error {
	for _, l := range layers {
		for i := range l.Units {
			u := &l.Units[i]
			at, err := placeOf(p, u.Ratemap.Rows, u.Ratemap.Columns)
			if err != nil {
				return err
			}
			aspect := at.aspect(u.Ratemap.Rows, u.Ratemap.Columns)
			u.Ratemap.Aspect, u.SAC.Aspect, u.Occupancy.Aspect = aspect, aspect, aspect
		}
	}
	return nil
}

// gatherResults reads the loss, the errors of path integration and the example
// path.
func (f *flags) gatherResults(ctx context.Context, r *pages.Report, o *origins, stdin io.Reader) (err error) {
	if f.Session != "" {
		if r.Session, o.session, err = readSession(ctx, f.Session, stdin, r.Layers); err != nil {
			return err
		}
	}
	if f.Log != "" {
		if r.Log, err = readFrom(f.Log, stdin, readLog); err != nil {
			return err
		}
	}
	if f.Runs != "" {
		if r.Seeds, err = f.seeds(stdin); err != nil {
			return err
		}
	}
	if r.PathIntegration, o.path, err = readErrors(f.PathIntegration, stdin); err != nil {
		return err
	}
	if r.UntrainedPathIntegration, o.untrainedPath, err = readErrors(f.UntrainedPathIntegration, stdin); err != nil || f.Trajectory == "" {
		return err
	}
	r.Trajectory, o.trajectory, err = readTrajectory(ctx, f.Trajectory, stdin, f.TrajectoryRecord)
	return err
}

// completeNulls counts the units above their own thresholds. Where neither the rows nor
// a summary told how many null maps a unit has, it takes the number from the provenance.
func completeNulls(layers []figure.Layer, p npy.Provenance) (err error) {
	for i := range layers {
		l := &layers[i]
		l.CountOwn()
		for k := range l.Nulls {
			if n := &l.Nulls[k]; n.Draws <= 0 {
				if n.Draws, err = drawsOf(n.Name, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// drawsOf returns the number of null maps of each unit, as far as the provenance tells
// it; else 0, and also for a null of another program.
func drawsOf(name string, p npy.Provenance) (int, error) {
	var shuffles, shifts int
	if _, err := p.Parameter("shuffles", &shuffles); err != nil {
		return 0, err
	}
	if _, err := p.Parameter("shifts", &shifts); err != nil {
		return 0, err
	}
	null, err := nulls.Named(name)
	switch {
	case err != nil:
		return 0, nil
	case null.Needs.Shifted:
		return shifts, nil
	case null.Draws != nil:
		return shuffles, nil
	}
	return 0, nil
}

// stage describes the report in its own pages.
func (f *flags) stage(r *pages.Report) (npy.Stage, error) {
	if len(r.Checkpoints) == 0 {
		return npy.NewStage("report", cli.Version, f.Parameters, nil)
	}
	var derived struct {
		Updates []float64 `json:"over_training_updates"`
	}
	for _, c := range r.Checkpoints {
		derived.Updates = append(derived.Updates, c.Update)
	}
	return npy.NewStage("report", cli.Version, f.Parameters, derived)
}

// subtitle gives the size of the maps and the tools that the data went through.
func subtitle(p npy.Provenance, layers []figure.Layer) string {
	m := layers[0].Units[0].Ratemap
	text := fmt.Sprintf("Ratemaps of %d × %d bins", m.Rows, m.Columns)
	if len(p) > 0 {
		text += ", from " + strings.Join(toolsOf(p), " | ")
	}
	return text
}

// maxTools is the number of tools that the subtitle names, at its ends each half.
const maxTools = 12

// toolsOf names the tools of a provenance. Those in the middle of a long one are
// counted.
func toolsOf(p npy.Provenance) []string {
	var tools []string
	left := len(p) - maxTools
	for i, s := range p {
		switch {
		case left <= 0 || i < maxTools/2 || i >= len(p)-maxTools/2:
			tools = append(tools, printable.Short(s.Tool, 40))
		case i == maxTools/2:
			tools = append(tools, fmt.Sprintf("%d more", left))
		}
	}
	return tools
}
