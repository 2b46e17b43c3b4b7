package gridscore

import (
	"math"

	"gridcells/pkg/celltype"
	"gridcells/pkg/geometry"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/nulls"
	"gridcells/pkg/random"
	"gridcells/pkg/significance"
)

// cellMeasures are a unit's apart from gridness.
type cellMeasures struct {
	border, solstad              float64
	direction, angle, directionP float64
	information, informationRate float64
	informationP                 float64
	sparsity, coherence          float64
	stability                    float64
}

// worker measures units in one goroutine.
type worker struct {
	*population
	scorers  []*gridscore.Scorer // by policy
	rule     geometry.Rule
	baseline celltype.Baseline
	strip    int

	buffers buffers
	scores  []gridscore.Score
	values  []float64   // a null map
	raised  []float64   // a map above its baseline
	own     []nulls.Own // in the order of --null; nil for nulls that units have in common
	stream  *random.Stream
}

func (p *population) newWorkers() ([]*worker, error) {
	baseline, err := celltype.ParseBaseline(p.flags.Baseline)
	if err != nil {
		return nil, err
	}
	workers := make([]*worker, p.pool.workers)
	for i := range workers {
		n := p.bins
		workers[i] = &worker{
			population: p, rule: p.flags.rule(), baseline: baseline,
			strip:   max(1, int(math.Round(p.flags.BorderStrip*float64(n)))),
			buffers: buffers{}, scores: make([]gridscore.Score, len(p.definitions)),
			values: make([]float64, n*n), raised: make([]float64, n*n),
			stream: random.New(p.flags.Seed, ""),
		}
		for _, null := range p.flags.nulls() {
			var own nulls.Own
			if null.NewOwn != nil {
				own = null.NewOwn(n, p.flags.options())
			}
			workers[i].own = append(workers[i].own, own)
		}
	}
	for _, policy := range p.policies {
		s, err := p.newScorer(policy)
		if err != nil {
			return nil, err
		}
		for k, w := range workers {
			w.scorers = append(w.scorers, s)
			if k+1 < len(workers) {
				s = s.Clone()
			}
		}
	}
	return workers, nil
}

// measure measures a unit, but for its nulls.
func (w *worker) measure(u *unit) error {
	u.scores = make([][]gridscore.Score, len(w.policies))
	for i, s := range w.scorers {
		u.scores[i] = make([]gridscore.Score, len(w.definitions))
		if err := s.Score(u.scores[i], u.ratemap); err != nil {
			return err
		}
		if i == 0 {
			u.sac = append([]float64(nil), s.SAC()...)
		}
	}
	u.lattice = geometry.Measure(u.sac, w.bins, w.rule)
	w.measureCell(u)
	w.progress.Add(1)
	return nil
}

func (w *worker) measureCell(u *unit) {
	c := &u.cell
	rates := w.raised
	w.baseline.Apply(rates, u.ratemap, u.layer.low)
	occupancy := w.buffers.values(w.table, "occupancy", u)
	c.border = celltype.Border(rates, w.bins, w.strip)
	c.solstad = celltype.BorderSolstad(rates, w.bins, w.flags.EnvSize/float64(w.bins))
	c.information, c.informationRate = celltype.Information(rates, occupancy)
	c.sparsity = celltype.Sparsity(rates, occupancy)
	c.coherence = celltype.Coherence(u.ratemap, w.bins)
	c.stability, c.informationP = math.NaN(), math.NaN()
	if first := w.buffers.values(w.table, "ratemap_half_1", u); first != nil {
		if second := w.buffers.values(w.table, "ratemap_half_2", u); second != nil {
			c.stability = celltype.Stability(first, second)
		}
	}
	w.measureDirection(u)
	if shifted := w.buffers.values(w.table, "ratemap_shifted", u); shifted != nil {
		c.informationP = significance.PValue(c.information, w.overMaps(shifted, w.bins*w.bins, u.layer.low, func(m []float64) float64 {
			content, _ := celltype.Information(m, occupancy)
			return content
		}))
	}
}

// overMaps measures each of several maps or tunings, raised above the baseline.
func (w *worker) overMaps(values []float64, size int, population float64, measure func([]float64) float64) []float64 {
	var results []float64
	raised := make([]float64, size)
	for ; len(values) >= size && size > 0; values = values[size:] {
		w.baseline.Apply(raised, values[:size], population)
		results = append(results, measure(raised))
	}
	return results
}

func (w *worker) measureDirection(u *unit) {
	c := &u.cell
	c.direction, c.angle, c.directionP = math.NaN(), math.NaN(), math.NaN()
	tuning := w.buffers.values(w.table, "direction_tuning", u)
	if tuning == nil {
		return
	}
	raised := make([]float64, len(tuning))
	w.baseline.Apply(raised, tuning, u.layer.least)
	c.direction, c.angle = celltype.Direction(raised)
	if shifted := w.buffers.values(w.table, "direction_tuning_shifted", u); shifted != nil {
		c.directionP = significance.PValue(c.direction, w.overMaps(shifted, len(tuning), u.layer.least, func(t []float64) float64 {
			length, _ := celltype.Direction(t)
			return length
		}))
	}
}
