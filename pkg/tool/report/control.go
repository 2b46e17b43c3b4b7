package report

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/pages"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/results"
)

// gatherControls adds the scores of the untrained network and of the nulls to the
// layers.
func (f *flags) gatherControls(ctx context.Context, r *pages.Report, o *origins, stdin io.Reader, page *pageRows) (err error) {
	var untrained, null rowTaker = noRows{}, noRows{}
	if page != nil {
		untrained, null = &page.untrained, &page.nulls
	}
	o.untrained, err = gatherControl(ctx, r, f.UntrainedScores, stdin, untrained, addUntrained)
	if err != nil {
		return err
	}
	o.nulls, err = gatherControl(ctx, r, f.NullScores, stdin, null, func(l *figure.Layer, c controlScores) { l.AddNull(c.null).Scores = c.scores })
	return err
}

// gatherControl reads the scores of a control, if a file is named, and adds to each
// layer those of the same layer.
func gatherControl(ctx context.Context, r *pages.Report, file string, stdin io.Reader, also rowTaker, add func(*figure.Layer, controlScores)) (npy.Provenance, error) {
	if file == "" {
		return nil, nil
	}
	controls, provenance, err := readControl(ctx, cli.DisplayName(file), cli.Records([]string{file}, stdin), also)
	if err != nil {
		return nil, err
	}
	for i := range r.Layers {
		for _, c := range controls {
			if c.layer == r.Layers[i].Name {
				add(&r.Layers[i], c)
			}
		}
	}
	return provenance, nil
}

// addUntrained adds the scores of the untrained network to a layer.
func addUntrained(l *figure.Layer, c controlScores) {
	l.Untrained = append(l.Untrained, c.scores...)
	l.UntrainedCells = c.cells.result()
	c.own.CountOwn()
	for _, n := range c.own.Nulls {
		l.UntrainedOwn = append(l.UntrainedOwn, n.Null)
	}
}

// unnamedNull is the null of control scores whose rows name none.
const unnamedNull = "null"

// controlScores are the scores of one control of one layer.
type controlScores struct {
	layer, null string
	scores      []float64
	own         figure.Layer // the scores as units, where their own null maps are known
	cells       cellCounts
}

// readControl reads the scores of a stream by layer and, if its rows have a field null,
// by null. also gets all rows.
func readControl(ctx context.Context, name string, reader *npy.Reader, also rowTaker) ([]controlScores, npy.Provenance, error) {
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, nil, err
	}
	c, err := controlColumns(d)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, pipeline.Explain(err, d, pipeline.Scores))
	}
	if err := also.header(name, d); err != nil {
		return nil, nil, err
	}
	null, err := d.Scalar("null", "SU")
	hasNull := err == nil
	var list []controlScores
	last := -1 // index of the last row's list, because rows of a kind stand together
	err = eachRow(ctx, reader, func(row []byte) {
		also.take(row)
		layer, kind := c.layerName(row), unnamedNull
		if hasNull {
			kind = null.String(row)
		}
		if last < 0 || list[last].layer != layer || list[last].null != kind {
			last = slices.IndexFunc(list, func(s controlScores) bool { return s.layer == layer && s.null == kind })
		}
		if last < 0 {
			last = len(list)
			list = append(list, controlScores{layer: layer, null: kind, cells: cellCounts{columns: c}})
		}
		score := scalar(c.score60, row)
		list[last].scores = append(list[last].scores, score)
		list[last].cells.add(row)
		if len(c.nulls) > 0 {
			list[last].own.Units = append(list[last].own.Units, figure.Unit{Score60: score, Own: c.own(row)})
		}
	})
	if err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("%s: no units: the input has no rows", name)
	}
	return list, provenance, nil
}

// A rowTaker takes from the rows of a control what only a page for a browser shows.
type rowTaker interface {
	// header is called once, before the rows. The name is for messages.
	header(name string, d *npy.DType) error
	take(row []byte)
}

// noRows takes nothing.
type noRows struct{}

func (noRows) header(string, *npy.DType) error { return nil }

func (noRows) take([]byte) {}

// cellCounts counts the types of cells among units as their rows are read.
type cellCounts struct {
	columns                      *columns // that tell the types
	units, border, headDirection int
	scales                       []float64 // of the grid cells (m)
}

// add counts the unit of a row.
func (n *cellCounts) add(row []byte) {
	c := n.columns
	n.units++
	if scalar(c.isBorder, row) > 0 {
		n.border++
	}
	if scalar(c.isHeadDirection, row) > 0 {
		n.headDirection++
	}
	if scale := scalar(c.scale, row); scalar(c.isGrid, row) > 0 && !math.IsNaN(scale) {
		n.scales = append(n.scales, scale)
	}
}

// result returns the counts of the types that the rows tell of. It is nil if they
// tell of none.
func (n *cellCounts) result() *results.ReportCells {
	c, cells := n.columns, &results.ReportCells{}
	if c.isBorder != nil {
		count := results.CountOf(n.border, n.units)
		cells.Border = &count
	}
	if c.isHeadDirection != nil {
		count := results.CountOf(n.headDirection, n.units)
		cells.HeadDirection = &count
	}
	if len(n.scales) > 0 {
		cells.Scale = &results.Range{
			Mean:  results.Of(stat.Mean(n.scales, nil)),
			Least: results.Of(slices.Min(n.scales)), Greatest: results.Of(slices.Max(n.scales)),
		}
	}
	if *cells == (results.ReportCells{}) {
		return nil
	}
	return cells
}
