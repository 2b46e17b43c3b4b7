package activations

import (
	"bufio"
	"fmt"
	"math"
	"os"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/namedpipe"
	"gridcells/pkg/npy"
	"gridcells/pkg/pathintegration"
)

// decoder reads positions from the logits of place cells.
type decoder struct {
	cells     *ensemble.PlaceCells
	ensembles ensemble.Config
	how       ensemble.Decoding
	members   []*pathintegration.Decoder // for each member of the team
}

// floor is ½√(A/N), the mean distance to the nearest of N cells in the area A;
// nothing where the position itself is predicted.
func (d *decoder) floor() float64 {
	if d.how == ensemble.Direct {
		return 0
	}
	size := d.ensembles.EnvSize
	return 0.5 * math.Sqrt(size*size/float64(d.cells.Cells()))
}

// path decodes the positions [T, 2] (m) of one trajectory. The team's members have
// a working memory each.
func (d *decoder) path(dst []float32, member, steps int, logits func(t int) []float32) {
	for t := range steps {
		x, y := d.members[member].Position(logits(t), d.how)
		dst[2*t], dst[2*t+1] = float32(x), float32(y)
	}
}

// centres are those of --centres, or else those that the input states. They are nil
// if there are none, as for codes that targets made.
func (r *run) centres() (ensemble.Centres, error) {
	if r.flags.Centres == "" {
		return r.data.Centres, nil
	}
	f, err := namedpipe.OpenFile(r.flags.Centres, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := npy.ReadArray(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.flags.Centres, err)
	}
	c, err := ensemble.CentresOf(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.flags.Centres, err)
	}
	if !r.hasPlaceCells() {
		return nil, fmt.Errorf("--centres: the input has no place cells: no field place_target")
	}
	return c, nil
}

// decodeFrom makes the decoder for place cells at the centres.
func (r *run) decodeFrom(centres ensemble.Centres) (*decoder, error) {
	if n := r.data.Heads[0].Cells; len(centres) != n {
		return nil, fmt.Errorf("%d centres of place cells, but place_target has %d values a step", len(centres), n)
	}
	var c ensemble.Config
	var arena string
	if _, err := r.data.Provenance.Parameter("arena", &arena); err != nil {
		return nil, err
	}
	if _, err := r.data.Provenance.Parameter("env_size", &c.EnvSize); err != nil {
		return nil, err
	}
	c.Periodic = arena == "periodic"
	return &decoder{cells: centres.PlaceCells(c.Period()), ensembles: c, how: r.flags.Decode}, nil
}

// decodeTargets makes the decoder for the place cells that targets encoded by.
func (r *run) decodeTargets() (*decoder, error) {
	named, err := r.data.Ensembles.Build()
	if err != nil {
		return nil, fmt.Errorf("the provenance of the input: %w", err)
	}
	d := &decoder{cells: named[0].Ensemble.(*ensemble.PlaceCells), ensembles: r.data.Ensembles, how: r.flags.Decode}
	if how := pathintegration.Decodings(r.data.Ensembles.TargetsType); len(how) == 1 {
		d.how = how[0] // there is no other way
	}
	return d, nil
}
