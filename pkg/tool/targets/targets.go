// Package targets is the body of the tool `targets`: it adds the place-cell
// and head-direction codes to trajectories.
package targets

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"gridcells/pkg/cli"
	"gridcells/pkg/ensemble"
	"gridcells/pkg/npy"
	"gridcells/pkg/random"
)

const description = `Encode trajectories in the activities of place cells and head-direction cells.

Reads records with init_pos [2] (m), init_hd [1] (rad), target_pos [T, 2] and target_hd [T, 1]; writes the same records
with place_init [n], place_target [T, n], head_direction_init and head_direction_target added (_2, _3, … for further
ensembles). Codes of type cartesian have 2 values for n: x and y (m), cosine and sine. docs/science.md defines all types.

    simulate -n 1000 | targets | train --steps 100 --checkpoint run.safetensors`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	cli.Drop
	Seed             uint64    `help:"Seed of the draws of --targets-type sample." default:"1" group:"Common"`
	Preset           string    `help:"Settings of the quick experiment, which train --preset quick learns; other flags override them." enum:",quick" default:"" placeholder:"quick" group:"Ensembles"`
	EnvSize          float64   `help:"Side of the room (m); default: what the input's provenance says, else 2.2." placeholder:"2.2" group:"Ensembles"`
	NPC              []int     `help:"Place cells; a list makes several ensembles, 0 none." default:"256" name:"n-pc" group:"Ensembles"`
	PCScale          []float64 `help:"Standard deviation of the place fields (m), one for each ensemble; default for targets of type dog: 0.12." default:"0.01" name:"pc-scale" group:"Ensembles"`
	NHDC             []int     `help:"Head-direction cells; a list makes several ensembles, 0 none." default:"12" name:"n-hdc" group:"Ensembles"`
	HDCConcentration []float64 `help:"Concentration of the head-direction tuning, one for each ensemble." default:"20" name:"hdc-concentration" group:"Ensembles"`
	NeuronsSeed      uint32    `help:"Seed of the cells' centres, as NumPy's RandomState takes it." default:"8341" group:"Ensembles"`
	TargetsType      string    `help:"Code of the targets: ${enum}." enum:"softmax,voronoi,sample,normalized,dog,cartesian" default:"softmax" group:"Ensembles"`
	InitType         string    `help:"Code of the initial conditions: ${enum}." enum:"softmax,voronoi,sample,normalized,dog,cartesian,zeros" default:"softmax" aliases:"lstm-init-type" group:"Ensembles"`
	SurroundScale    float64   `help:"Variance of the surround of dog codes, in units of the centre's." default:"2" group:"Ensembles"`
}

// presets are the place cells of Sorscher et al. 2019, with a centre alone in
// the initial condition.
var presets = map[string]map[string]string{
	"quick": {"targets-type": "dog", "n-pc": "512", "pc-scale": "0.12", "n-hdc": "0"},
}

// config is the ensembles' configuration for an input of this provenance.
func (f *flags) config(p npy.Provenance) (ensemble.Config, error) {
	c := ensemble.Config{
		EnvSize: f.EnvSize, NeuronsSeed: f.NeuronsSeed,
		TargetsType: ensemble.Code(f.TargetsType), InitConditionType: ensemble.Code(f.InitType),
	}
	if c.TargetsType == ensemble.DoG || c.InitConditionType == ensemble.DoG {
		c.SurroundScale = f.SurroundScale
	}
	if c.EnvSize == 0 {
		c.EnvSize = 2.2
		if _, err := p.Parameter("env_size", &c.EnvSize); err != nil {
			return c, err
		}
	}
	// 0 stands for no ensemble of a kind.
	c.NPC, c.PCScale = ensembles(f.NPC, f.PCScale)
	c.NHDC, c.HDCConcentration = ensembles(f.NHDC, f.HDCConcentration)
	// The arena of simulated trajectories says whether the room is a torus.
	var arena string
	if _, err := p.Parameter("arena", &arena); err != nil {
		return c, err
	}
	c.Periodic = arena == "periodic"
	return c, nil
}

// dogFields are what differences of Gaussians need: fields that overlap, here
// those of Sorscher et al. 2019.
func dogFields(given func(string) string) (map[string]string, error) {
	if given("targets-type") == string(ensemble.DoG) {
		return map[string]string{"pc-scale": "0.12"}, nil
	}
	return nil, nil
}

func ensembles(n []int, width []float64) ([]int, []float64) {
	if slices.Equal(n, []int{0}) {
		return []int{}, []float64{}
	}
	return n, width
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("targets", description, &f, args, stdin, stdout, stderr, cli.Preset(presets), dogFields); err != nil {
		return err
	}
	out, err := f.Create(stdout, true)
	if err != nil {
		return err
	}
	defer out.Discard()

	reader := cli.Records(f.Files, stdin)
	in, provenance, err := reader.Header()
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
	stage, err := npy.NewStage("targets", cli.Version, struct {
		ensemble.Config
		Seed uint64 `json:"seed"`
		cli.Drop
	}{config, f.Seed, f.Drop}, nil)
	if err != nil {
		return err
	}
	progress := f.NewProgress(stdout, stderr, -1, "targets", "trajectories")
	defer progress.Done()
	writer := npy.NewWriter(out, t.out, provenance.Append(stage))
	// A batch of about 1 MB keeps the pipe busy and the memory small.
	batch := max(1, min(1024, (1<<20)/t.out.Size()))
	if err := npy.Transform(ctx, reader, writer, batch, f.Workers(), func() npy.RowFunc {
		encode := t.worker()
		return func(dst, src npy.Rows, first int64) error {
			defer progress.Add(src.Len())
			return encode(dst, src, first)
		}
	}); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	return out.Commit()
}

// transform is what all workers share: where the fields are.
type transform struct {
	config    ensemble.Config
	seed      uint64
	ensembles []encoded
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
	t := &transform{config: config, seed: seed}
	var added []npy.Field
	for _, n := range named {
		e := encoded{Named: n}
		initField, pathField := "init_pos", "target_pos"
		if n.Kind == "head_direction" {
			initField, pathField = "init_hd", "target_hd"
		}
		if e.initIn, err = in.Floats(initField, n.Dim()); err != nil {
			return nil, err
		}
		if e.pathIn, err = in.Floats(pathField, -1, n.Dim()); err != nil {
			return nil, err
		}
		added = append(added,
			npy.Field{Name: n.Field("init"), Type: npy.Float32, Shape: []int{config.InitConditionType.Width(n)}},
			npy.Field{Name: n.Field("target"), Type: npy.Float32, Shape: []int{e.pathIn.Shape[0], config.TargetsType.Width(n)}})
		t.ensembles = append(t.ensembles, e)
	}
	all, err := in.With(added...)
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

func column(d *npy.DType, name string) (npy.Column, bool) {
	f, ok := d.Field(name)
	return npy.Column{Field: f}, ok
}

// worker returns a function that encodes batches; each goroutine needs its own.
func (t *transform) worker() npy.RowFunc {
	stream := random.New(t.seed, "targets sample")
	encoders := make([]*ensemble.Encoder, len(t.ensembles))
	var pathLen, codeLen int
	for i, e := range t.ensembles {
		encoders[i] = t.config.Encoder(e.Ensemble)
		pathLen = max(pathLen, e.pathIn.Len(), e.Dim())
		codeLen = max(codeLen, e.pathIn.Shape[0]*t.config.TargetsType.Width(e), t.config.InitConditionType.Width(e))
	}
	path, code := make([]float64, pathLen), make([]float32, codeLen)
	return func(dst, src npy.Rows, first int64) error {
		for i := range src.Len() {
			in, out := src.Row(i), dst.Row(i)
			t.copy(out, in)
			stream.Seek(uint64(first) + uint64(i))
			for k, e := range t.ensembles {
				if err := t.encode(e, encoders[k], out, in, path, code, stream); err != nil {
					return fmt.Errorf("record %d: %w", first+int64(i), err)
				}
			}
		}
		return nil
	}
}

func (t *transform) encode(e encoded, encoder *ensemble.Encoder, out, in []byte, path []float64, code []float32, s *random.Stream) error {
	dim, n := e.Dim(), t.config.TargetsType.Width(e)
	start := path[:dim]
	e.initIn.Float64(start, in)
	if !finite(start) {
		return fmt.Errorf("%s is not finite: %v", e.initIn.Name, start)
	}
	if e.keepInit {
		init, inPlace := place(e.initOut, out, code)
		encoder.Encode(init, start, t.config.InitConditionType, s)
		if !inPlace {
			e.initOut.PutFloat32(out, init)
		}
	}
	if !e.keepTarget {
		return nil
	}
	path = path[:e.pathIn.Len()]
	e.pathIn.Float64(path, in)
	targets, inPlace := place(e.targetOut, out, code)
	for step := range e.pathIn.Shape[0] {
		x := path[step*dim : (step+1)*dim]
		if !finite(x) {
			return fmt.Errorf("%s[%d] is not finite: %v", e.pathIn.Name, step, x)
		}
		encoder.Encode(targets[step*n:(step+1)*n], x, t.config.TargetsType, s)
	}
	if !inPlace {
		e.targetOut.PutFloat32(out, targets)
	}
	return nil
}

// place is where a field's values are put: in the row itself, if that is
// possible, else in scratch.
func place(c npy.Column, row []byte, scratch []float32) (values []float32, inPlace bool) {
	if values, inPlace = c.View(row); inPlace {
		return values, true
	}
	return scratch[:c.Len()], false
}

func finite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
