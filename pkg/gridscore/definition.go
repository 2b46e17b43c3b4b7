package gridscore

import (
	"fmt"
	"math"
	"strings"
)

// Correlations of the SAC in one ring with itself rotated, in the order of
// [Angles]. They are not Pearson correlations: numerator and denominator use
// the mean and variance of the unrotated ring (and the variance is raised by
// 1e-5), so they can leave [−1, 1].
type Correlations [7]float64

// Angles by which the SAC is rotated, in degrees.
var Angles = [7]float64{30, 45, 60, 90, 120, 135, 150}

// Indices into Correlations.
const (
	c30 = iota
	c45
	c60
	c90
	c120
	c135
	c150
)

// MeanDifference is the six-fold score of the released program:
// (c60+c120)/2 − (c30+c90+c150)/3.
func (c *Correlations) MeanDifference() float64 {
	return (c[c60]+c[c120])/2 - (c[c30]+c[c90]+c[c150])/3
}

// MinMax is the six-fold score of the paper (Methods, "Gridness score"):
// min(c60, c120) − max(c30, c90, c150).
func (c *Correlations) MinMax() float64 {
	return min(c[c60], c[c120]) - max(c[c30], c[c90], c[c150])
}

// FourFold is the score for square lattices: c90 − (c45+c135)/2.
func (c *Correlations) FourFold() float64 {
	return c[c90] - (c[c45]+c[c135])/2
}

// Ring of the SAC: the lags farther from the centre than Inner·n bins and not
// farther than Outer·n bins, n being the bins along a side of the ratemap.
type Ring struct {
	Inner, Outer float64
}

// Definition of a pair of gridness scores: each is the maximum of its formula
// over the rings.
type Definition struct {
	// Name under which the score appears in tables.
	Name string
	// Rings that are tried; of equally good ones the first counts.
	Rings []Ring
	// Sixty and Ninety turn the correlations in a ring into the score for
	// hexagonal and for square lattices.
	Sixty, Ninety func(*Correlations) float64
}

// Reference is the released program's definition: mean differences, inner
// radius 0.2·n, ten outer radii from 0.4·n to n.
func Reference() Definition {
	return Definition{"reference", referenceRings(), (*Correlations).MeanDifference, (*Correlations).FourFold}
}

// ReferenceMinMax is the paper's formula over the released program's rings.
func ReferenceMinMax() Definition {
	return Definition{"minmax", referenceRings(), (*Correlations).MinMax, (*Correlations).FourFold}
}

// PaperInner is the inner radius of [Paper]'s rings that this project chose:
// 4 of 32 bins. The paper only says that the central peak is excluded. Scores
// depend on it: reports should say which radius was used.
const PaperInner = 4.0 / 32

// Paper is the definition in the paper's text: min − max over rings whose outer
// radii are 8, 10, … 20 of 32 bins. The paper gives no inner radius; inner is
// a fraction of n, see [PaperInner]. For the 4-fold score, which the paper does
// not define, the released program's formula is used.
func Paper(inner float64) Definition {
	var rings []Ring
	for bins := 8; bins <= 20; bins += 2 {
		rings = append(rings, Ring{inner, float64(bins) / 32})
	}
	return Definition{"paper", rings, (*Correlations).MinMax, (*Correlations).FourFold}
}

// referenceRings are zip([0.2]*10, numpy.linspace(0.4, 1.0, num=10)), to the bit.
func referenceRings() []Ring {
	const first, last, count = 0.4, 1.0, 10
	lo, hi := first, last // variables, so that the step is rounded as NumPy rounds it
	step := (hi - lo) / (count - 1)
	rings := make([]Ring, count)
	for i := range rings {
		rings[i] = Ring{0.2, float64(i)*step + lo}
	}
	rings[count-1].Outer = last
	return rings
}

// Names of the definitions that [Named] knows.
func Names() []string {
	return []string{"reference", "minmax", "paper"}
}

// Named returns the definition of that name, the paper's with [PaperInner].
func Named(name string) (Definition, error) {
	switch name {
	case "reference":
		return Reference(), nil
	case "minmax":
		return ReferenceMinMax(), nil
	case "paper":
		return Paper(PaperInner), nil
	}
	return Definition{}, fmt.Errorf("no gridness score is called %q: known are %s", name, strings.Join(Names(), ", "))
}

// validate reports what makes a definition unusable.
func (d *Definition) validate() error {
	if len(d.Rings) == 0 {
		return fmt.Errorf("score %q: no rings", d.Name)
	}
	if d.Sixty == nil || d.Ninety == nil {
		return fmt.Errorf("score %q: a formula is missing", d.Name)
	}
	for _, r := range d.Rings {
		if !(r.Inner >= 0 && r.Inner < r.Outer) || math.IsInf(r.Outer, 0) {
			return fmt.Errorf("score %q: ring from %v to %v: radii must be 0 ≤ inner < outer", d.Name, r.Inner, r.Outer)
		}
	}
	return nil
}
