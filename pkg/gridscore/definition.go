package gridscore

import (
	"fmt"
	"math"
	"strings"

	"gridcells/pkg/ratemap"
)

// Correlations of the SAC in one ring with itself rotated, in the order of
// [Angles]. They are not Pearson correlations: numerator and denominator use the
// mean and variance of the unrotated ring, and 1e-5 is added to the variance. They
// can therefore lie outside [−1, 1].
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

// Ring is a ring of the SAC: the lags farther from the centre than Inner·n bins and
// not farther than Outer·n bins. n bins are the shorter side of the ratemap; see
// [ratemap.Layout.Shorter].
type Ring struct {
	Inner, Outer float64
}

// Definition of a pair of gridness scores: each is the maximum of its formula
// over the rings.
type Definition struct {
	// Name under which the score appears in tables.
	Name string
	// Rings that are tried. Of equally good rings the first counts.
	Rings []Ring
	// Sixty and Ninety turn the correlations in a ring into the score for
	// hexagonal and for square lattices.
	Sixty, Ninety func(*Correlations) float64
	// Pearson says that the correlations are Pearson's, within [−1, 1].
	Pearson bool
	// Linear says that the SAC is rotated by linear interpolation, as scikit-image
	// does by default, and not by cubic splines.
	Linear bool
	// AroundCentre says that rings begin at the edge of the SAC's central field and
	// grow by a bin, as [Opexebo] has it; Rings are then those it may need. Where the
	// central field has a radius of less than a bin the scores are NaN.
	AroundCentre bool
	// Window is the number of neighbouring rings over which scores are averaged
	// before the best is taken. For definitions around the centre only.
	Window int
}

// Reference is the released program's definition: mean differences, inner
// radius 0.2·n, ten outer radii from 0.4·n to n.
func Reference() Definition {
	return Definition{Name: "reference", Rings: referenceRings(), Sixty: (*Correlations).MeanDifference, Ninety: (*Correlations).FourFold}
}

// ReferenceMinMax is the paper's formula over the released program's rings.
func ReferenceMinMax() Definition {
	return Definition{Name: "minmax", Rings: referenceRings(), Sixty: (*Correlations).MinMax, Ninety: (*Correlations).FourFold}
}

// NoFreeLunch is the definition of Schaeffer, Khona & Fiete, "No Free Lunch from
// Deep Learning in Neuroscience" (2022), whose program has the released
// program's rings and by default the formula min − max, at 20, 32 and 44 bins:
// [ReferenceMinMax] under the name that people look for.
func NoFreeLunch() Definition {
	d := ReferenceMinMax()
	d.Name = "nfl"
	return d
}

// leastOpexeboRadius is the outer radius (bins) of opexebo's narrowest ring.
const leastOpexeboRadius = 3

// opexeboRadius is the k-th of the outer radii that opexebo tries around a
// central field: numpy.linspace(max(3, centre+1), outer, outer−centre) without
// fractions, so that around the smallest field some radii count twice.
func opexeboRadius(k, centre, outer int) int {
	first, steps := max(leastOpexeboRadius, centre+1), outer-centre-1
	if steps == 0 {
		return first
	}
	return first + k*(outer-first)/steps
}

// opexeboSize is the side of the SAC that opexebo keeps, for a map of n bins a
// side: 1.8 n rounded, or one less where that is even.
func opexeboSize(n int) int {
	size := int(math.RoundToEven(float64(n) + float64(n)*0.8))
	if size%2 == 0 {
		size--
	}
	return size
}

// Opexebo is the definition of the package opexebo (Kavli Institute, Trondheim),
// grid_score: Pearson correlations, min − max, rings from the edge of the SAC's
// central field to every whole number of bins within the cropped SAC
// ([opexeboSize]), the best mean over three neighbouring rings. The SAC is
// rotated by linear interpolation. A perfect lattice scores about 1.3. The
// number of rings depends on the number of bins, which must be given. opexebo has
// no score for square lattices; score_90 is the released program's formula of its
// correlations. opexebo knows no bins with unequal sides. Here radii are lengths
// then, and the central field's radius is that of a disc of its area.
func Opexebo(layout ratemap.Layout) Definition {
	d := Definition{Name: "opexebo", Sixty: (*Correlations).MinMax, Ninety: (*Correlations).FourFold,
		Pearson: true, Linear: true, AroundCentre: true, Window: 3}
	// The farthest ring lies within the cropped SAC along both axes.
	farthest := min(opexeboSize(layout.X)/2, int(float64(opexeboSize(layout.Y)/2)*layout.Aspect))
	for radius := leastOpexeboRadius; radius <= max(leastOpexeboRadius, farthest); radius++ {
		// Its discs are open: points at this radius do not belong.
		d.Rings = append(d.Rings, Ring{0, (float64(radius) - 1e-6) / layout.Shorter()})
	}
	return d
}

// PaperInner is the inner radius of [Paper]'s rings that this project chose:
// 4 of 32 bins. The paper only says that the central peak is excluded. Scores
// depend on it: reports should say which radius was used.
const PaperInner = 4.0 / 32

// Paper is the definition in the paper's text: min − max over rings whose outer
// radii are 8, 10, … 20 of 32 bins. The paper gives no inner radius; inner is
// a fraction of n, see [PaperInner]. Rings whose outer radius is not above the inner
// one are left out. The paper does not define the 4-fold score; the formula of the
// released program is used.
func Paper(inner float64) Definition {
	var rings []Ring
	for bins := 8; bins <= 20; bins += 2 {
		if outer := float64(bins) / 32; outer > inner {
			rings = append(rings, Ring{inner, outer})
		}
	}
	return Definition{Name: "paper", Rings: rings, Sixty: (*Correlations).MinMax, Ninety: (*Correlations).FourFold}
}

// referenceRings are zip([0.2]*10, numpy.linspace(0.4, 1.0, num=10)), to the bit.
func referenceRings() []Ring {
	const first, last, count = 0.4, 1.0, 10
	lo, hi := first, last // variables, so that the step is rounded as NumPy rounds it
	step := (hi - lo) / (count - 1)
	rings := make([]Ring, count)
	for i := range rings {
		rings[i] = Ring{0.2, float64(float64(i)*step) + lo} // rounded twice, on every machine
	}
	rings[count-1].Outer = last
	return rings
}

// Entry is one definition in the [Registry].
type Entry struct {
	// Name on the command line and at the end of the names of columns.
	Name string
	// Help is one sentence that says what the definition is.
	Help string
	// New returns the definition for ratemaps of a layout.
	New func(layout ratemap.Layout) Definition
}

// Registry lists the definitions. To add one, write a function that returns it and
// add an entry: flags, help and columns of the tools follow from here.
var Registry = []Entry{
	{"reference", "Take (c60+c120)/2 − (c30+c90+c150)/3, best of 10 rings from 0.2 n to 0.4…1.0 n, as the released program does.",
		func(ratemap.Layout) Definition { return Reference() }},
	{"minmax", "Take min(c60, c120) − max(c30, c90, c150) over the rings of reference.",
		func(ratemap.Layout) Definition { return ReferenceMinMax() }},
	{"paper", "Take the formula of minmax over rings from --paper-inner to 8, 10, … 20 of 32 bins, as the paper's text says.",
		func(ratemap.Layout) Definition { return Paper(PaperInner) }},
	{"nfl", "Do the same as minmax; this is the name for the program of \"No Free Lunch from Deep Learning in Neuroscience\".",
		func(ratemap.Layout) Definition { return NoFreeLunch() }},
	{"opexebo", "Take min − max of Pearson correlations over rings from the central field outwards, the best mean of three.",
		Opexebo},
}

// Names of the definitions in the [Registry].
func Names() []string {
	names := make([]string, len(Registry))
	for i, e := range Registry {
		names[i] = e.Name
	}
	return names
}

// Named returns the definition of that name for ratemaps of a layout, the paper's
// with [PaperInner].
func Named(name string, layout ratemap.Layout) (Definition, error) {
	for _, e := range Registry {
		if e.Name == name {
			return e.New(layout), nil
		}
	}
	return Definition{}, fmt.Errorf("no gridness score is called %q: known are %s", name, strings.Join(Names(), ", "))
}

// WithInner returns the definition with another inner radius, a fraction of n, for
// all of its rings. Rings that would be empty are left out. With it one can measure
// how much a share of grid cells depends on this radius.
func (d Definition) WithInner(inner float64) Definition {
	rings := d.Rings
	d.Rings = nil
	for _, r := range rings {
		if r.Outer > inner {
			d.Rings = append(d.Rings, Ring{inner, r.Outer})
		}
	}
	return d
}

// Validate reports what makes a definition unusable.
func (d *Definition) Validate() error {
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
