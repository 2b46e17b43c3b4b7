// Package gridscore is the tool gridscore: it measures how much ratemaps look
// like those of grid cells, and tests whether they really are grid cells.
//
// Each input row has a ratemap. The tool adds its spatial autocorrelogram (SAC),
// the gridness scores, the scale and orientation of the lattice, and what else
// the unit may be: a border cell, a head-direction cell.
//
//	gridscore -o mine.npy maps.npy
//	gridscore --score reference,paper --format csv -o scores.csv maps.npy
//
// A high score alone proves nothing: maps of smooth noise reach it too. A null is
// a way to make maps that a unit could have had without being a grid cell. The
// null field, which the paper uses, moves the firing fields of the unit about
// its room. --null scores such maps, and --summary writes how many more units
// than null maps are grid cells:
//
//	gridscore --null field,gaussian --shuffles 1000 --summary population.json -o tested.npy maps.npy
//
// --null-scores writes the score of each null map. The same seed gives the same
// null maps at any number of threads. Package population does the work, package
// nulls has the nulls, and this package has the flags, the columns and the
// summary.
package gridscore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/agreement"
	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/population"
	"gridcells/pkg/preset"
	"gridcells/pkg/printable"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/results"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("gridscore", description, &f, args, stdin, stdout, stderr, cli.Preset(preset.Of("gridscore"))); err != nil {
		return err
	}
	out, err := f.create(stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	reader := cli.Records(f.Files, stdin)
	dtype, provenance, err := reader.Header()
	if err != nil {
		return err
	}
	doubt, err := agreement.Doubt(f.Preset, provenance)
	if err != nil {
		return err
	}
	f.Remark(stderr, "gridscore", doubt)
	in, err := f.findInput(dtype)
	if err != nil {
		return err
	}
	room, err := f.fit(provenance, in)
	if err != nil {
		return err
	}
	rows, err := f.read(ctx, reader, in, stdin)
	if err != nil {
		return err
	}
	defer rows.close()
	settings, remark, err := f.settings(room, rows)
	if err != nil {
		return err
	}
	columns, err := newOutput(in, settings, f.Drop)
	if err != nil {
		return err
	}
	f.Remark(stderr, "gridscore", append(rows.doubts.remarks(), columns.rescored(dtype))...)
	untrained, err := f.readUntrained(ctx, rows, in.bins, stdin)
	if err != nil {
		return err
	}
	large, err := f.keepLarge(&settings, columns, rows.maps())
	if err != nil {
		return err
	}
	defer large.close()
	measured, err := f.measure(ctx, rows, settings, stdout, stderr)
	if err != nil {
		return err
	}
	stage, err := npy.NewStage("gridscore", cli.Version, f.recorded(room.session), derived{settings.Grid.Rule(), untrained})
	if err != nil {
		return err
	}
	provenance = provenance.Append(stage)
	if err := columns.write(newWriter(f.Format, out, columns.dtype, provenance), rows, large.sacs, measured); err != nil {
		return err
	}
	if err := f.writeTables(ctx, measured, large.scores, in.sides(), provenance, stdout); err != nil {
		return err
	}
	if err := f.summarize(ctx, measured, remark, provenance, stdout, stderr); err != nil {
		return err
	}
	return out.Commit()
}

// summarize writes the summary and says what it found, where one of them is wanted. The
// last stage is gridscore's own.
func (f *flags) summarize(ctx context.Context, p *population.Population, remark string, provenance npy.Provenance, stdout, stderr io.Writer) error {
	if f.Summary == "" && f.Quiet {
		return nil
	}
	summary, err := p.Summary(ctx, func(k population.Key) string { return "score_60" + suffix(p.Settings, k) })
	if err != nil {
		return err
	}
	summary.Parameters, summary.Provenance = provenance[len(provenance)-1].Parameters, provenance
	if f.Summary != "" {
		if err := cli.WriteFile(f.Summary, stdout, summary.Write); err != nil {
			return err
		}
	}
	f.Remark(stderr, "gridscore", append([]string{remark}, headlines(p, summary)...)...)
	return nil
}

// create prepares the output: a record stream or a table.
func (f *flags) create(stdout io.Writer) (*cli.Sink, error) {
	if f.Format == "npy" {
		return f.CreateStream(stdout)
	}
	return f.Create(stdout, false)
}

// measure measures the population and shows its progress.
func (f *flags) measure(ctx context.Context, rows *rows, s population.Settings, stdout, stderr io.Writer) (*population.Population, error) {
	maps := rows.maps()
	progress := f.NewProgress(stdout, stderr, int64(s.Work(maps)), "gridscore", "maps")
	defer progress.Done()
	s.Progress = progress.Add
	p, err := population.Measure(ctx, maps, s)
	if unit := (*population.UnitError)(nil); errors.As(err, &unit) {
		return nil, fmt.Errorf("record %d: %w", rows.record(unit.Layer, unit.Unit), unit.Err)
	}
	return p, err
}

// writeTables writes the sensitivity and the null scores.
func (f *flags) writeTables(ctx context.Context, p *population.Population, scores *ownScores, sides []ratemap.Size[int], provenance npy.Provenance, stdout io.Writer) error {
	if f.Sensitivity != "" {
		if err := cli.WriteFile(f.Sensitivity, stdout, func(w io.Writer) error { return f.writeSensitivity(ctx, w, p, sides) }); err != nil {
			return err
		}
	}
	if f.NullScores != "" {
		return cli.WriteFile(f.NullScores, stdout, func(w io.Writer) error { return writeNullScores(w, p, scores, provenance) })
	}
	return nil
}

// headlines are the headline of each layer, and warnings about doubtful shares.
func headlines(p *population.Population, s *results.Population) (lines []string) {
	for i := range s.Layers {
		l := &s.Layers[i]
		name := printable.Short(l.Name, 60)
		for _, line := range l.Headline {
			lines = append(lines, name+": "+line)
		}
		if text := p.UnvisitedWarning(l); text != "" {
			lines = append(lines, name+": warning: "+text)
		}
	}
	return lines
}

// rowWriter is the output in any format.
type rowWriter interface {
	// Chunk begins a chunk of some rows, which the next calls of Write fill.
	Chunk(rows int) error
	Write(npy.Rows) error
	Close() error
}

func newWriter(format string, w io.Writer, d *npy.DType, p npy.Provenance) rowWriter {
	if format == "npy" {
		return npy.NewWriter(w, d, p)
	}
	return newTextWriter(w, d, format == "jsonl")
}
