// Package gridscore is the body of the tool `gridscore`: it adds
// autocorrelograms and gridness scores to rows with a ratemap.
package gridscore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"gridcells/pkg/cli"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
)

const description = `Score how much ratemaps look like those of grid cells.

Reads rows, of any origin, with ratemap [n, n] (NaN: never visited). Adds sac [2n−1, 2n−1] (the spatial autocorrelogram),
score_60 and score_90 (gridness for hexagonal and for square lattices), mask_60 and mask_90 [2] (inner and outer radius
of the ring that gave them, in units of n bins), and passes all other fields through. The first of --score is named
so; further ones get their name appended, as in score_60_paper. Definitions:

reference: (c60+c120)/2 − (c30+c90+c150)/3, best of 10 rings from 0.2 n to 0.4…1.0 n, as in the released program.

minmax: min(c60, c120) − max(c30, c90, c150) over the same rings.

paper: the same formula over rings from --paper-inner to 8, 10, … 20 of 32 bins, as in the paper's text.

    ratemaps < activities.npy | gridscore --score reference,paper | report -o run.pdf

    ratemaps < activities.npy | gridscore --format csv > scores.csv`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	Format     string   `help:"Output: ${enum}; csv and jsonl hold the scores and the other scalars, but no maps." enum:"npy,csv,jsonl" default:"npy" group:"Output"`
	Drop       []string `help:"Fields to leave out of the output." placeholder:"FIELD" group:"Output"`
	Score      []string `help:"Definitions to score by: reference, minmax, paper." default:"reference" group:"Scores"`
	PaperInner float64  `help:"Inner radius of the paper's rings, in units of n bins; the paper gives none." default:"0.125" group:"Scores"`
	Unvisited  string   `help:"What becomes of bins never visited: ${enum}. The released program counts them as zero." enum:"zero,omit" default:"zero" group:"Scores"`
}

// parameters are this stage's in the provenance.
type parameters struct {
	Score      []string `json:"score"`
	PaperInner *float64 `json:"paper_inner,omitempty"`
	Unvisited  string   `json:"unvisited"`
}

func (f *flags) parameters() parameters {
	p := parameters{Score: f.Score, Unvisited: f.Unvisited}
	if slices.Contains(f.Score, "paper") {
		p.PaperInner = &f.PaperInner
	}
	return p
}

// definitions of the scores that were asked for.
func (f *flags) definitions() ([]gridscore.Definition, error) {
	var definitions []gridscore.Definition
	seen := map[string]bool{}
	for _, name := range f.Score {
		d, err := gridscore.Named(name)
		if err != nil {
			return nil, cli.Usagef("--score: %w", err)
		}
		if seen[name] {
			return nil, cli.Usagef("--score: %s is listed twice", name)
		}
		seen[name] = true
		if name == "paper" {
			d = gridscore.Paper(f.PaperInner)
		}
		definitions = append(definitions, d)
	}
	return definitions, nil
}

func (f *flags) unvisited() gridscore.Unvisited {
	if f.Unvisited == "omit" {
		return gridscore.LeftOut
	}
	return gridscore.ZeroFilled
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("gridscore", description, &f, args, stdout, stderr); err != nil {
		return err
	}
	definitions, err := f.definitions()
	if err != nil {
		return err
	}
	stopProfile, err := f.Profile()
	if err != nil {
		return err
	}
	defer stopProfile()
	out, err := f.Create(stdout, f.Format == "npy")
	if err != nil {
		return err
	}
	defer out.Discard()

	reader := cli.Records(f.Files, stdin)
	in, provenance, err := reader.Header()
	if err != nil {
		return err
	}
	table, err := newTable(in, definitions, f.unvisited(), f.Drop)
	if err != nil {
		return err
	}
	stage, err := npy.NewStage("gridscore", cli.Version, f.parameters())
	if err != nil {
		return err
	}
	w := newWriter(f.Format, out, table.out, provenance.Append(stage))
	progress := f.NewProgress(stdout, stderr, -1, "gridscore", "units")
	defer progress.Done()
	if err := table.run(ctx, reader, w, f.Workers(), progress); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return out.Commit()
}

// table is where the fields are in the rows read and written.
type table struct {
	in      *npy.DType
	out     *npy.DType
	copy    func(dst, src []byte)
	ratemap npy.Column
	sac     npy.Column
	keepSAC bool
	scores  []scoreColumns
	scorer  *gridscore.Scorer
}

// scoreColumns are one definition's; those dropped have no size.
type scoreColumns struct {
	score60, score90, mask60, mask90 npy.Column
}

func newTable(in *npy.DType, definitions []gridscore.Definition, u gridscore.Unvisited, drop []string) (*table, error) {
	t := &table{in: in}
	var err error
	if t.ratemap, err = in.Floats("ratemap", -1, -1); err != nil {
		return nil, err
	}
	n := t.ratemap.Shape[0]
	if t.ratemap.Shape[1] != n {
		return nil, &npy.FieldError{Name: "ratemap", Found: t.ratemap.Describe(), Wanted: "f4 or f8 (n, n), a square map"}
	}
	if n < 2 || n > gridscore.MaxBins {
		return nil, &npy.FieldError{Name: "ratemap", Found: t.ratemap.Describe(), Wanted: fmt.Sprintf("2 to %d bins a side", gridscore.MaxBins)}
	}
	if t.scorer, err = gridscore.NewScorer(n, u, definitions...); err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	added := []npy.Field{{Name: "sac", Type: npy.Float64, Shape: []int{2*n - 1, 2*n - 1}}}
	for i, d := range definitions {
		for _, name := range []string{"score_60", "score_90"} {
			added = append(added, npy.Field{Name: name + suffix(i, d), Type: npy.Float64})
		}
		for _, name := range []string{"mask_60", "mask_90"} {
			added = append(added, npy.Field{Name: name + suffix(i, d), Type: npy.Float64, Shape: []int{2}})
		}
	}
	all, err := in.With(added...)
	if err != nil {
		return nil, err
	}
	for _, name := range drop {
		if _, ok := all.Field(name); !ok {
			return nil, cli.Usagef("--drop %s: there is no such field", name)
		}
	}
	t.out = all.Without(drop...)
	t.copy = in.Copier(t.out)
	t.findColumns(definitions)
	return t, nil
}

// suffix of the fields of the i-th definition.
func suffix(i int, d gridscore.Definition) string {
	if i == 0 {
		return ""
	}
	return "_" + d.Name
}

func (t *table) findColumns(definitions []gridscore.Definition) {
	column := func(name string) npy.Column {
		f, _ := t.out.Field(name)
		return npy.Column{Field: f}
	}
	_, t.keepSAC = t.out.Field("sac")
	t.sac = column("sac")
	for i, d := range definitions {
		s := suffix(i, d)
		t.scores = append(t.scores, scoreColumns{
			column("score_60" + s), column("score_90" + s), column("mask_60" + s), column("mask_90" + s),
		})
	}
}

// run scores all rows of the input. Batches are divided between the workers and
// written in order.
func (t *table) run(ctx context.Context, r *npy.Reader, w rowWriter, workers int, progress *cli.Progress) error {
	// A chunk of output is a batch, so its size must not depend on the workers.
	batch := max(1, min(256, (8<<20)/t.out.Size()))
	rows := npy.Prefetch(ctx, r, batch, 2)
	scorers := make([]*worker, workers)
	var dst npy.Rows
	for first := int64(0); ; {
		src, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if dst.DType == nil { // not before there is data: a header may claim anything
			dst = npy.MakeRows(t.out, batch)
		}
		for i := range scorers {
			if scorers[i] == nil {
				scorers[i] = t.newWorker()
			}
		}
		done := dst.Slice(0, src.Len())
		if err := score(scorers, done, src, first); err != nil {
			return err
		}
		if err := w.Write(done); err != nil {
			return err
		}
		first += int64(src.Len())
		progress.Add(src.Len())
	}
}

// score divides the rows between the workers. Of several errors the first row's
// is returned.
func score(workers []*worker, dst, src npy.Rows, first int64) error {
	errs := make([]error, len(workers))
	var wg sync.WaitGroup
	for k, w := range workers {
		from, to := k*src.Len()/len(workers), (k+1)*src.Len()/len(workers)
		wg.Go(func() {
			for i := from; i < to; i++ {
				if err := w.score(dst.Row(i), src.Row(i)); err != nil {
					errs[k] = fmt.Errorf("record %d: %w", first+int64(i), err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// worker scores rows in one goroutine.
type worker struct {
	*table
	scorer  *gridscore.Scorer
	ratemap []float64
	scores  []gridscore.Score
}

func (t *table) newWorker() *worker {
	return &worker{
		table:   t,
		scorer:  t.scorer.Clone(),
		ratemap: make([]float64, t.ratemap.Len()),
		scores:  make([]gridscore.Score, len(t.scores)),
	}
}

func (w *worker) score(dst, src []byte) error {
	w.table.ratemap.Float64(w.ratemap, src)
	if err := w.scorer.Score(w.scores, w.ratemap); err != nil {
		return err
	}
	w.copy(dst, src)
	if w.keepSAC {
		w.sac.PutFloat64(dst, w.scorer.SAC())
	}
	for i, s := range w.scores {
		c := &w.table.scores[i]
		put(c.score60, dst, s.Sixty)
		put(c.score90, dst, s.Ninety)
		put(c.mask60, dst, s.Ring60.Inner, s.Ring60.Outer)
		put(c.mask90, dst, s.Ring90.Inner, s.Ring90.Outer)
	}
	return nil
}

// put stores values in a column, unless it was dropped.
func put(c npy.Column, row []byte, values ...float64) {
	if c.Type.Size > 0 {
		c.PutFloat64(row, values)
	}
}

// rowWriter is the output of any format.
type rowWriter interface {
	Write(npy.Rows) error
	Close() error
}

func newWriter(format string, w io.Writer, d *npy.DType, p npy.Provenance) rowWriter {
	if format == "npy" {
		return npy.NewWriter(w, d, p)
	}
	return newTextWriter(w, d, format == "jsonl")
}
