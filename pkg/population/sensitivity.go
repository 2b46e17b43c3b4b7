package population

import (
	"context"
	"fmt"

	"gridcells/pkg/gridscore"
	"gridcells/pkg/nulls"
	"gridcells/pkg/parallel"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/significance"
)

// Sensitivity says how the share of units above the cut is measured by inner
// radius and number of bins.
type Sensitivity struct {
	// Bins are the numbers of bins: that of the ratemaps, or one of those of
	// [Maps.Rebinned].
	Bins []ratemap.Size[int]
	// Inner are the inner radii of the rings, in units of n bins.
	Inner []float64
	// Draws is the number of Gaussian random fields for each unit.
	Draws int
	// Padding is that of the Gaussian fields; see [nulls.GaussianField].
	Padding int
}

// SensitivityLine is the share of a layer's units above the cut by one
// definition, inner radius and number of bins.
type SensitivityLine struct {
	Layer, Definition string
	Bins              ratemap.Size[int]
	Inner             float64 // in units of n bins
	Units             int
	Share             float64
	NullShare         float64 // of Gaussian fields; NaN without draws
}

// variant is a definition with another inner radius.
type variant struct {
	gridscore.Definition
	inner float64
}

// variants are the definitions with every inner radius. Definitions that find
// their own radius, and radii at which no ring is left, are left out.
func (p *Population) variants(inner []float64) (variants []variant) {
	for _, d := range p.Settings.Definitions {
		if d.AroundCentre {
			continue
		}
		for _, radius := range inner {
			if v := d.WithInner(radius); len(v.Rings) > 0 {
				variants = append(variants, variant{v, radius})
			}
		}
	}
	return variants
}

// Sensitivity measures the share of units above the cut for all layers,
// definitions, inner radii and numbers of bins, in the order bins, layer,
// definition, radius.
func (p *Population) Sensitivity(ctx context.Context, how Sensitivity) ([]SensitivityLine, error) {
	var lines []SensitivityLine
	variants := p.variants(how.Inner)
	if len(variants) == 0 {
		return nil, nil
	}
	for _, n := range how.Bins {
		scorer, err := newVariantScorer(ratemap.NewLayout(n, p.Settings.Room), p.Settings.Unvisited[0], variants)
		if err != nil {
			return nil, err
		}
		for _, l := range p.Layers {
			units, err := p.scoreVariants(ctx, scorer, l, how)
			if err != nil {
				return nil, err
			}
			for _, v := range variants {
				var observed, null []float64
				for _, u := range units {
					observed = append(observed, u[v.key()].observed)
					null = append(null, u[v.key()].null...)
				}
				lines = append(lines, SensitivityLine{
					Layer: l.Name, Definition: v.Name, Bins: n, Inner: v.inner, Units: len(l.Units),
					Share:     significance.Share(observed, p.Settings.Grid.Cut),
					NullShare: significance.Share(null, p.Settings.Grid.Cut),
				})
			}
		}
	}
	return lines, nil
}

// variantKey names a variant.
type variantKey struct {
	definition string
	inner      float64
}

func (v variant) key() variantKey { return variantKey{v.Name, v.inner} }

// variantScores are a unit's scores by variant.
type variantScores map[variantKey]*unitScores

type unitScores struct {
	observed float64
	null     []float64 // those of the unit's Gaussian fields
}

// variantScorer scores ratemaps by all variants.
type variantScorer struct {
	*gridscore.Scorer
	variants []variant
}

func newVariantScorer(layout ratemap.Layout, unvisited gridscore.Unvisited, variants []variant) (*variantScorer, error) {
	var definitions []gridscore.Definition
	for _, v := range variants {
		definitions = append(definitions, v.Definition)
	}
	scorer, err := gridscore.NewScorer(layout, unvisited, definitions...)
	if err != nil {
		return nil, err
	}
	return &variantScorer{scorer, variants}, nil
}

// clone returns a scorer for another goroutine.
func (s *variantScorer) clone() *variantScorer {
	return &variantScorer{s.Clone(), s.variants}
}

// score calls put with the scores of maps for hexagonal lattices, by each variant.
func (s *variantScorer) score(ratemaps [][]float64, put func(key variantKey, sixty float64)) error {
	return s.ScoreAll(ratemaps, func(_ int, scores []gridscore.Score) error {
		for i, v := range s.variants {
			put(v.key(), scores[i].Sixty)
		}
		return nil
	})
}

// scoreVariants scores a layer's units and their Gaussian fields.
func (p *Population) scoreVariants(ctx context.Context, scorer *variantScorer, l *Layer, how Sensitivity) ([]variantScores, error) {
	layout := scorer.Layout()
	scorers, maps := make([]*variantScorer, p.Settings.Threads), make([]Maps, p.Settings.Threads)
	for i := range scorers {
		scorers[i] = scorer.clone()
	}
	units := make([]variantScores, len(l.Units))
	err := parallel.Each(ctx, len(scorers), len(units), func(worker, i int) error {
		err := l.maps.Read(i, &maps[worker])
		if err == nil {
			units[i], err = scorers[worker].scoreUnit(ctx, p.Settings, l.Name, &maps[worker], how)
		}
		if cause := context.Cause(ctx); cause != nil {
			return cause // nothing is wrong with the unit
		}
		if err != nil {
			return fmt.Errorf("%d×%d bins: %w", layout.X, layout.Y, &UnitError{l.Name, i, err})
		}
		return nil
	})
	return units, err
}

// scoreUnit scores a unit and its Gaussian fields.
func (s *variantScorer) scoreUnit(ctx context.Context, settings Settings, layer string, m *Maps, how Sensitivity) (variantScores, error) {
	layout := s.Layout()
	rates := m.Ratemap
	if layout != settings.Layout {
		rates = m.Rebinned[ratemap.Size[int]{X: layout.X, Y: layout.Y}]
	}
	found := variantScores{}
	for _, v := range s.variants {
		found[v.key()] = &unitScores{}
	}
	if err := s.score([][]float64{rates}, func(key variantKey, sixty float64) { found[key].observed = sixty }); err != nil {
		return nil, err
	}
	field, drawn := nulls.NewGaussianField(layout, how.Padding), make([][]float64, min(drawnAtOnce, how.Draws))
	for i := range drawn {
		drawn[i] = make([]float64, layout.Cells())
	}
	field.Prepare(rates)
	stream := random.New(settings.Seed, "sensitivity "+layer)
	stream.Seek(uint64(m.Number))
	for done := 0; done < how.Draws; done += len(drawn) {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		drawn := drawn[:min(len(drawn), how.Draws-done)]
		for _, dst := range drawn {
			field.Draw(dst, stream)
		}
		err := s.score(drawn, func(key variantKey, sixty float64) { found[key].null = append(found[key].null, sixty) })
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
