package population

import (
	"context"
	"fmt"

	"gridcells/pkg/gridscore"
	"gridcells/pkg/nulls"
	"gridcells/pkg/parallel"
	"gridcells/pkg/random"
	"gridcells/pkg/significance"
)

// Sensitivity says how the share of units above the cut is measured by inner
// radius and number of bins.
type Sensitivity struct {
	// Bins are the numbers of bins: that of the ratemaps, or one of those of
	// [Maps.Rebinned].
	Bins []int
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
	Bins              int
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
	definitions := make([]gridscore.Definition, len(variants))
	for i, v := range variants {
		definitions[i] = v.Definition
	}
	for _, n := range how.Bins {
		scorer, err := gridscore.NewScorer(n, p.Settings.Unvisited[0], definitions...)
		if err != nil {
			return nil, err
		}
		for _, l := range p.Layers {
			units, err := p.scoreVariants(ctx, scorer, l, how)
			if err != nil {
				return nil, err
			}
			for i, v := range variants {
				var observed, null []float64
				for _, u := range units {
					observed = append(observed, u.observed[i])
					for _, scores := range u.null {
						null = append(null, scores[i])
					}
				}
				lines = append(lines, SensitivityLine{l.Name, v.Name, n, v.inner, len(l.Units),
					significance.Share(observed, p.Settings.Grid.Cut), significance.Share(null, p.Settings.Grid.Cut)})
			}
		}
	}
	return lines, nil
}

// variantScores are a unit's scores, one for each variant, and those of its null
// maps.
type variantScores struct {
	observed []float64
	null     [][]float64
}

// scoreVariants scores a layer's units and their Gaussian fields.
func (p *Population) scoreVariants(ctx context.Context, scorer *gridscore.Scorer, l *Layer, how Sensitivity) ([]variantScores, error) {
	n := scorer.Bins()
	scorers := make([]*gridscore.Scorer, p.Settings.Threads)
	for i := range scorers {
		scorers[i] = scorer.Clone()
	}
	units := make([]variantScores, len(l.Units))
	err := parallel.Each(ctx, len(scorers), len(units), func(worker, i int) (err error) {
		ratemap := l.Units[i].Maps.Ratemap
		if n != p.Settings.Bins {
			ratemap = l.Units[i].Maps.Rebinned[n]
		}
		if units[i].observed, err = sixties(scorers[worker], ratemap); err != nil {
			return fmt.Errorf("%d bins: %w", n, &UnitError{l.Name, i, err})
		}
		field, drawn := nulls.NewGaussianField(n, how.Padding), make([]float64, n*n)
		field.Prepare(ratemap)
		s := random.New(p.Settings.Seed, "sensitivity "+l.Name)
		s.Seek(uint64(l.Units[i].Maps.Number))
		for range how.Draws {
			field.Draw(drawn, s)
			scores, err := sixties(scorers[worker], drawn)
			if err != nil {
				return fmt.Errorf("%d bins: %w", n, &UnitError{l.Name, i, err})
			}
			units[i].null = append(units[i].null, scores)
		}
		return nil
	})
	return units, err
}

// sixties returns the scores of a map for hexagonal lattices, by definition.
func sixties(s *gridscore.Scorer, ratemap []float64) ([]float64, error) {
	scores := make([]gridscore.Score, len(s.Definitions()))
	if err := s.Score(scores, ratemap); err != nil {
		return nil, err
	}
	sixty := make([]float64, len(scores))
	for i, v := range scores {
		sixty[i] = v.Sixty
	}
	return sixty, nil
}
