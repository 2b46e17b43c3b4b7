// Package feed reads encoded trajectories from a record stream and lays them out
// as the batches of a network.
package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/kernel"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
	"gridcells/pkg/pipeline"
)

// Feed reads batches. Its exported fields describe the stream.
type Feed struct {
	DType      *npy.DType
	Provenance npy.Provenance
	// Ensembles are those whose codes the stream holds. They are not known
	// (see [ensemble.Config.Known]) if the provenance does not state them.
	Ensembles ensemble.Config
	// Centres are those of the first ensemble of place cells, if the provenance says
	// that another program than targets has made the codes, and where its cells lie.
	// The Ensembles are not known then.
	Centres ensemble.Centres
	Steps   int            // T, the steps of a trajectory
	Heads   []network.Head // one for each ensemble, place cells first

	reader  *npy.Reader
	egoVel  npy.Column
	codes   []fields     // of each ensemble, in the order of Heads
	checked []npy.Column // other fields whose values must be finite

	rows   *npy.Prefetcher
	team   *parallel.Team
	first  int64 // number of the first loaded row in the stream
	next   int64 // number of the row after the loaded ones
	blind  bool
	x      []float32 // a trajectory's values, for each thread
	work   func(member int)
	loaded npy.Rows
	into   *network.Batch

	mu  sync.Mutex
	bad *npy.RecordError // the first value of the loaded batch that is not finite
}

// fields hold the codes of one ensemble.
type fields struct{ init, target npy.Column }

// kinds are the kinds of ensembles, in the order of the heads.
var kinds = []string{"place", "head_direction"}

// Open reads the header of the stream and finds the fields. It returns a
// [*npy.FieldError] if a field is missing, and an error if the provenance states
// other ensembles than the fields can hold.
func Open(r *npy.Reader) (*Feed, error) {
	f := &Feed{reader: r}
	var err error
	if f.DType, f.Provenance, err = r.Header(); err != nil {
		return nil, err
	}
	if f.Centres, err = ensemble.CentresFromProvenance(f.Provenance); err != nil {
		return nil, err
	}
	if f.Centres == nil {
		if f.Ensembles, err = ensemble.FromProvenance(f.Provenance); err != nil {
			return nil, err
		}
	}
	counts, err := f.findFields()
	if err != nil {
		return nil, pipeline.Explain(err, f.DType, pipeline.Codes)
	}
	return f, f.checkEnsembles(counts)
}

// findFields finds the fields. It returns the number of ensembles of each kind.
func (f *Feed) findFields() (map[string]int, error) {
	var err error
	if f.egoVel, err = f.DType.Floats("ego_vel", -1, network.Inputs); err != nil {
		return nil, err
	}
	f.Steps = f.egoVel.Shape[0]
	counts := map[string]int{}
	for _, kind := range kinds {
		if counts[kind], err = f.findEnsembles(kind); err != nil {
			return nil, err
		}
	}
	if len(f.Heads) == 0 {
		return nil, &npy.FieldError{Name: "place_target", Found: "no ensemble's codes", Wanted: "those that targets adds"}
	}
	return counts, nil
}

// findEnsembles finds the fields of all ensembles of a kind and returns their
// number.
func (f *Feed) findEnsembles(kind string) (int, error) {
	for i := 0; ; i++ {
		e := ensemble.Named{Kind: kind, Index: i}
		if _, ok := f.DType.Field(e.Field("target")); !ok {
			return i, nil
		}
		target, err := f.DType.Floats(e.Field("target"), f.Steps, -1)
		if err != nil {
			return i, err
		}
		init, err := f.DType.Floats(e.Field("init"), -1)
		if err != nil {
			return i, err
		}
		head := network.Head{Name: e.Field("logits"), Cells: target.Shape[1]}
		if init.Len() != head.Cells {
			head.Init = init.Len()
		}
		f.Heads = append(f.Heads, head)
		f.codes = append(f.codes, fields{init, target})
	}
}

// checkEnsembles compares the ensembles that the provenance states with the fields
// of the stream. It runs before memory of these sizes is allocated. It removes
// ensembles whose fields were dropped from the configuration.
func (f *Feed) checkEnsembles(counts map[string]int) error {
	c := &f.Ensembles
	if !c.Known() {
		return nil
	}
	head := 0
	for _, e := range []struct {
		kind, flag string
		cells      *[]int
		widths     *[]float64
	}{{kinds[0], "n_pc", &c.NPC, &c.PCScale}, {kinds[1], "n_hdc", &c.NHDC, &c.HDCConcentration}} {
		n := counts[e.kind]
		if n > len(*e.cells) || n > len(*e.widths) {
			return fmt.Errorf("the provenance states %d ensembles in %s, but the stream has the codes of %d", len(*e.cells), e.flag, n)
		}
		*e.cells, *e.widths = (*e.cells)[:n], (*e.widths)[:n]
		for i, cells := range *e.cells {
			name := ensemble.Named{Kind: e.kind, Index: i}.Field("target")
			if width := c.TargetsType.Width(cellCount(cells)); width != f.Heads[head].Cells {
				return fmt.Errorf("the provenance states %d cells in %s with targets of type %s, but %s has %d values a step; make the codes with targets",
					cells, e.flag, c.TargetsType, name, f.Heads[head].Cells)
			}
			head++
		}
	}
	if err := c.Validate(); err != nil {
		return fmt.Errorf("the provenance of targets: %w", err)
	}
	return nil
}

// cellCount is an ensemble that knows only its number of cells.
type cellCount int

func (n cellCount) Cells() int                                   { return int(n) }
func (n cellCount) Dim() int                                     { return 0 }
func (n cellCount) Near([]float64) []int32                       { return nil }
func (n cellCount) LogDensity(_, _ []float64, _ []int32) float64 { return 0 }
func (n cellCount) Cartesian([]float32, []float64)               {}

// Loss is the loss that suits the targets. It is the softmax loss if their type is
// not known.
func (f *Feed) Loss() network.Loss {
	if loss := f.Ensembles.TargetsType.Loss(); loss != "" {
		return network.Loss(loss)
	}
	return network.SoftmaxLoss
}

// ReleasedLoss is the loss that the released program takes. Its train.py knows
// only the softmax loss, and TensorFlow's gradient of it differs from the true
// one for normalized targets, which do not sum to 1.
func (f *Feed) ReleasedLoss() network.Loss {
	if f.Ensembles.TargetsType == ensemble.Normalized {
		return network.SoftmaxTFLoss
	}
	return network.SoftmaxLoss
}

// CheckHeads returns an error if a network of these heads does not predict the
// codes of the stream.
func (f *Feed) CheckHeads(heads []network.Head) error {
	if slices.Equal(heads, f.Heads) {
		return nil
	}
	return fmt.Errorf("the network predicts %s, but the input has codes for %s", describe(heads), describe(f.Heads))
}

func describe(heads []network.Head) string {
	var parts []string
	for _, h := range heads {
		text := fmt.Sprintf("%s (%d)", h.Name, h.Cells)
		if h.Init > 0 {
			text = fmt.Sprintf("%s (%d from %d)", h.Name, h.Cells, h.Init)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// First is the number of the first trajectory of the stream. The program that made
// the stream skipped the trajectories before it.
func (f *Feed) First() (int64, error) {
	var skip int64
	_, err := f.Provenance.Parameter("skip", &skip)
	return skip, err
}

// CheckFinite makes [Feed.Load] look for values that are not finite in further
// fields, beside those that it loads. It ignores fields that the stream does not
// have or that are not f4 or f8. Call it before Start.
func (f *Feed) CheckFinite(names ...string) {
	for _, name := range names {
		field, ok := f.DType.Field(name)
		if !ok {
			continue
		}
		if c, err := f.DType.Floats(name, field.Shape...); err == nil {
			f.checked = append(f.checked, c)
		}
	}
}

// Start begins to read batches of size trajectories, ahead of their use. A blind
// network gets zeros for its self-motion. The reading stops with ctx.
func (f *Feed) Start(ctx context.Context, size int, blind bool, team *parallel.Team) {
	f.rows = npy.Prefetch(ctx, f.reader, size, 2)
	f.team, f.blind = team, blind
	longest := f.Steps * network.Inputs
	for _, c := range f.codes {
		longest = max(longest, c.init.Len(), c.target.Len())
	}
	for _, c := range f.checked {
		longest = max(longest, c.Len())
	}
	f.x = make([]float32, longest*team.Size())
	f.work = f.load
}

// Next reads the rows of the next batch. Only the last batch may have fewer rows
// than were asked for; after it Next returns io.EOF. The rows are valid until the
// next call.
func (f *Feed) Next() (npy.Rows, error) {
	var err error
	f.loaded, err = f.rows.Next()
	if err == nil {
		f.first, f.next = f.next, f.next+int64(f.loaded.Len())
	}
	return f.loaded, err
}

// Load copies the rows that Next returned into a batch, which must have the same
// number of trajectories. If a value is not finite, it returns an
// [*npy.RecordError] about the first one, with the name of the input.
func (f *Feed) Load(batch *network.Batch) error {
	f.into, f.bad = batch, nil
	f.team.Run(f.work)
	if f.bad == nil {
		return nil
	}
	return f.rows.Locate(f.bad)
}

// Record is the number of row b of the current batch in the whole stream, counted
// from 0.
func (f *Feed) Record(b int) int64 { return f.first + int64(b) }

// Locate adds the name of the input to a [*npy.RecordError]; see [npy.Reader.Locate].
func (f *Feed) Locate(err error) error { return f.rows.Locate(err) }

// load copies a member's share of the trajectories. In the batch, the values of all
// trajectories at one step lie side by side.
func (f *Feed) load(member int) {
	size := f.loaded.Len()
	from, to := parallel.Share(size, member, f.team.Size())
	longest := len(f.x) / f.team.Size()
	x := f.x[member*longest : (member+1)*longest]
	for b := from; b < to; b++ {
		row := f.loaded.Row(b)
		if f.blind {
			clear(x[:f.egoVel.Len()])
			f.scatter(f.into.EgoVel, x[:f.egoVel.Len()], b, 0, network.Inputs)
		} else {
			f.path(f.into.EgoVel, f.egoVel, b, x)
		}
		init := f.into.Init[b*len(f.into.Init)/size:]
		for i, c := range f.codes {
			c.init.Float32(init, row)
			f.check(c.init, b, init[:c.init.Len()])
			init = init[c.init.Len():]
			f.path(f.into.Targets[i], c.target, b, x)
		}
		for _, c := range f.checked {
			f.check(c, b, f.values(c, b, x))
		}
	}
}

// piece is the number of values that are checked and then copied. They are still in the
// nearest cache when they are copied.
const piece = 4096

// path checks and copies a field [T, width] of row b into dst [T, B, width].
func (f *Feed) path(dst []float32, c npy.Column, b int, scratch []float32) {
	values, width := f.values(c, b, scratch), c.Shape[1]
	steps := max(1, piece/max(1, width))
	for t := 0; t < f.Steps; t += steps {
		some := values[t*width : min(t+steps, f.Steps)*width]
		f.check(c, b, some)
		f.scatter(dst, some, b, t, width)
	}
}

// values returns the elements of a field of row b. If possible it returns a view of the
// row; otherwise it copies the elements to scratch.
func (f *Feed) values(c npy.Column, b int, scratch []float32) []float32 {
	v, ok := c.View(f.loaded.Row(b))
	if !ok {
		v = scratch[:c.Len()]
		c.Float32(v, f.loaded.Row(b))
	}
	return v
}

// check remembers the first record of the batch with a value that is not finite. x holds
// values of the field.
func (f *Feed) check(c npy.Column, b int, x []float32) {
	if kernel.FirstNonFinite(x) < 0 {
		return
	}
	err := c.CheckRow(f.loaded.Row(b))
	if err == nil {
		err = fmt.Errorf("%s has a value beyond single precision", c.Name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if record := f.Record(b); f.bad == nil || record < f.bad.Record {
		f.bad = &npy.RecordError{Record: record, Err: err}
	}
}

// scatter copies the steps from t of trajectory b into dst [T, B, width].
func (f *Feed) scatter(dst, src []float32, b, t, width int) {
	size := f.loaded.Len()
	for ; len(src) > 0; t++ {
		copy(dst[(t*size+b)*width:][:width], src)
		src = src[width:]
	}
}

// Skip passes over n trajectories. Call it before Start.
func (f *Feed) Skip(ctx context.Context, n int64) error {
	var buf []byte
	for n > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rows, err := f.reader.Next(buf, int(min(n, 64)))
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the data end %d trajectories before the place where the run stopped", n)
		}
		if err != nil {
			return err
		}
		n -= int64(rows.Len())
		f.next += int64(rows.Len())
		buf = rows.Data
	}
	return nil
}
