// Package targets is the tool targets: it adds the codes of place cells and
// head-direction cells to trajectories.
//
// An ensemble is a population of such cells. Its code of a position or direction
// is what the network learns to predict. The tool reads records as simulate
// writes them, and adds place_init [n], place_target [T, n], head_direction_init
// [m] and head_direction_target [T, m]:
//
//	targets -o encoded.npy trajectories.npy
//
// Several ensembles of a kind are a list; the fields of the second end in _2:
//
//	targets --n-pc 256,64 --pc-scale 0.01,0.1 -o two.npy trajectories.npy
//
// --targets-type sets what a code is. dog gives place fields with an inhibitory
// surround, as Sorscher et al. (2019) use them:
//
//	targets --n-pc 512 --pc-scale 0.12 --n-hdc 0 --targets-type dog --init-type dog -o dog.npy trajectories.npy
//
// The provenance records the cells, so that activations and report know them.
// Package ensemble has the codes, and this package has the flags and the fields.
package targets

import (
	"context"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"

	"gridcells/pkg/agreement"
	"gridcells/pkg/cli"
	"gridcells/pkg/ensemble"
	"gridcells/pkg/npy"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/preset"
	"gridcells/pkg/random"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("targets", description, &f, args, stdin, stdout, stderr, cli.Preset(preset.Of("targets")), dogFields); err != nil {
		return err
	}
	out, err := f.CreateStream(stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	reader := cli.Records(f.Files, stdin)
	in, provenance, err := reader.Header()
	if err != nil {
		return err
	}
	accepted, err := f.compare(provenance)
	if err != nil {
		return err
	}
	config, err := f.config(provenance)
	if err != nil {
		return err
	}
	t, err := newTransform(in, config, f.Seed, f.Drop)
	if err != nil {
		return err
	}
	f.remarkReplaced(stderr, t.replaced)
	survey, err := f.newSurvey(t, provenance, stderr)
	if err != nil {
		return err
	}
	stage, err := npy.NewStage("targets", cli.Version, f.Parameters, derivedFrom(config, accepted))
	if err != nil {
		return err
	}
	progress := f.NewProgress(stdout, stderr, -1, "targets", "trajectories")
	defer progress.Done()
	writer := npy.NewWriter(out, t.out, provenance.Append(stage))
	if err := t.run(ctx, reader, writer, f.Workers(), survey, progress); err != nil {
		return err
	}
	if err := survey.judge(); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	return out.Commit()
}

// compare finds out whether the trajectories were made for the preset. It returns
// the differences that were accepted.
func (f *flags) compare(p npy.Provenance) ([]agreement.Difference, error) {
	differences, err := agreement.Preset(f.Preset, p, false)
	if err != nil {
		return nil, err
	}
	return differences, agreement.Check("--preset "+f.Preset, differences, f.AllowMismatch)
}

// derived is what the provenance records beside the flags.
type derived struct {
	Periodic bool                   `json:"periodic,omitempty"` // whether the room is a torus
	Accepted []agreement.Difference `json:"accepted,omitempty"` // between the preset and the input
}

// derivedFrom returns nil if there is nothing to record.
func derivedFrom(c ensemble.Config, accepted []agreement.Difference) any {
	if !c.Periodic && len(accepted) == 0 {
		return nil
	}
	return derived{c.Periodic, accepted}
}

// transform is what all workers share: the ensembles and where the fields are.
type transform struct {
	config    ensemble.Config
	seed      uint64
	ensembles []encoded
	replaced  []string // the codes of the input, which are left out
	out       *npy.DType
	copy      func(dst, src []byte)
}

// encoded is one ensemble and the fields it reads and writes.
type encoded struct {
	ensemble.Named
	initIn, pathIn       npy.Column // the quantity at the start [Dim] and along the path [T, Dim]
	initOut, targetOut   npy.Column
	keepInit, keepTarget bool
}

func newTransform(in *npy.DType, config ensemble.Config, seed uint64, drop cli.Drop) (*transform, error) {
	named, err := config.Build()
	if err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	t := &transform{config: config, seed: seed, replaced: codesIn(in)}
	var added []npy.Field
	for _, n := range named {
		e := encoded{Named: n}
		initField, pathField := "init_pos", "target_pos"
		if n.Kind == "head_direction" {
			initField, pathField = "init_hd", "target_hd"
		}
		if e.initIn, err = in.Floats(initField, n.Dim()); err != nil {
			return nil, pipeline.Explain(err, in, pipeline.Trajectories)
		}
		if e.pathIn, err = in.Floats(pathField, -1, n.Dim()); err != nil {
			return nil, pipeline.Explain(err, in, pipeline.Trajectories)
		}
		added = append(added,
			npy.Field{Name: n.Field("init"), Type: npy.Float32, Shape: []int{config.InitConditionType.Width(n)}},
			npy.Field{Name: n.Field("target"), Type: npy.Float32, Shape: []int{e.pathIn.Shape[0], config.TargetsType.Width(n)}})
		t.ensembles = append(t.ensembles, e)
	}
	all, err := in.Without(t.replaced...).With(added...)
	if err != nil {
		return nil, err
	}
	if t.out, err = drop.From(all); err != nil {
		return nil, err
	}
	t.copy = in.Copier(t.out)
	for i := range t.ensembles {
		e := &t.ensembles[i]
		e.initOut, e.keepInit = column(t.out, e.Field("init"))
		e.targetOut, e.keepTarget = column(t.out, e.Field("target"))
	}
	return t, nil
}

// codeField matches the fields of codes, those of all ensembles.
var codeField = regexp.MustCompile(`^(place|head_direction)_(init|target)(_[0-9]+)?$`)

// codesIn names the codes that a stream holds already. They go: a stream with the
// codes of two encodings would be taken for one of several ensembles.
func codesIn(d *npy.DType) []string {
	var names []string
	for _, f := range d.Fields() {
		if codeField.MatchString(f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// remarkReplaced says which codes of the input are replaced.
func (f *flags) remarkReplaced(stderr io.Writer, replaced []string) {
	if len(replaced) > 0 {
		f.Remark(stderr, "targets", "the input holds codes already: "+strings.Join(replaced, ", ")+"; they are replaced")
	}
}

// run encodes all records of the reader.
func (t *transform) run(ctx context.Context, r *npy.Reader, w *npy.Writer, workers int, s *survey, progress *cli.Progress) error {
	return npy.Transform(ctx, r, w, t.out.Batch(npy.PipeBatch, 1024), workers, s.add, func() npy.RowFunc {
		encode := t.worker()
		return func(dst, src npy.Rows, first int64) error {
			defer progress.Add(src.Len())
			return encode(dst, src, first)
		}
	})
}

func column(d *npy.DType, name string) (npy.Column, bool) {
	f, ok := d.Field(name)
	return npy.Column{Field: f}, ok
}

// worker returns a function that encodes batches; each goroutine needs its own.
func (t *transform) worker() npy.RowFunc {
	stream := random.New(t.seed, "targets sample")
	var ensembles []encoding
	var pathLen, codeLen int
	for _, e := range t.ensembles {
		ensembles = append(ensembles, encoding{e, t.config.Encoder(e.Ensemble)})
		pathLen = max(pathLen, e.pathIn.Len(), e.Dim())
		codeLen = max(codeLen, e.pathIn.Shape[0]*t.config.TargetsType.Width(e), t.config.InitConditionType.Width(e))
	}
	path, code := make([]float64, pathLen), make([]float32, codeLen)
	return func(dst, src npy.Rows, first int64) error {
		for i := range src.Len() {
			in, out := src.Row(i), dst.Row(i)
			t.copy(out, in)
			stream.Seek(uint64(first) + uint64(i))
			for _, e := range ensembles {
				if err := t.encode(e, out, in, path, code, stream); err != nil {
					return &npy.RecordError{Record: first + int64(i), Err: err}
				}
			}
		}
		return nil
	}
}

// encoding is an ensemble with the encoder of one worker.
type encoding struct {
	encoded
	encoder *ensemble.Encoder
}

// encode writes the codes of one ensemble for the row in to the row out. path and code
// are working memory.
func (t *transform) encode(e encoding, out, in []byte, path []float64, code []float32, s *random.Stream) error {
	start := path[:e.Dim()]
	if err := read(start, e.initIn, in); err != nil {
		return err
	}
	if e.keepInit {
		init, inPlace := place(e.initOut, out, code)
		e.encoder.Encode(init, start, t.config.InitConditionType, s)
		if !inPlace {
			e.initOut.PutFloat32(out, init)
		}
	}
	if !e.keepTarget {
		return nil
	}
	path = path[:e.pathIn.Len()]
	if err := read(path, e.pathIn, in); err != nil {
		return err
	}
	targets, inPlace := place(e.targetOut, out, code)
	e.encoder.Encode(targets, path, t.config.TargetsType, s)
	if !inPlace {
		e.targetOut.PutFloat32(out, targets)
	}
	return nil
}

// place is where the values of a field are put: in the row itself where that is
// possible, and else in scratch.
func place(c npy.Column, row []byte, scratch []float32) (values []float32, inPlace bool) {
	if values, inPlace = c.View(row); inPlace {
		return values, true
	}
	return scratch[:c.Len()], false
}

// largest bounds positions (m) and directions (rad), whose squares are then finite
// in single precision.
const largest = 1e18

// read copies a field of a row to dst. A value that is not finite is an error.
func read(dst []float64, c npy.Column, row []byte) error {
	if err := c.CheckRow(row); err != nil {
		return err
	}
	c.Float64(dst, row)
	for _, v := range dst {
		if math.Abs(v) > largest {
			return fmt.Errorf("%s has the value %v; at most %v is accepted", c.Name, v, largest)
		}
	}
	return nil
}
