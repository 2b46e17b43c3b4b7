package gridscore

import (
	"fmt"
	"math"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
)

// table is where the fields are in the rows read and written.
type table struct {
	in, out *npy.DType
	copy    func(dst, src []byte)
	bins    int

	layer, unit *npy.Column // nil: not there
	ratemap     npy.Column
	optional    map[string]npy.Column // by name, those that are there
	finer       []npy.Column          // ratemaps at other numbers of bins

	definitions []gridscore.Definition
	policies    []gridscore.Unvisited
	added       []addition
}

// addition is a field that is added to the rows; those dropped have no size.
type addition struct {
	npy.Field
	column npy.Column
	put    func(c npy.Column, row []byte, u *unit)
}

// Fields that ratemaps makes for gridscore, of n bins and d directions; −1
// matches any number.
func optionalFields(n int) map[string][]int {
	return map[string][]int{
		"direction_tuning": {-1}, "direction_tuning_shifted": {-1, -1}, "occupancy": {n, n},
		"ratemap_half_1": {n, n}, "ratemap_half_2": {n, n}, "ratemap_shifted": {-1, n, n},
	}
}

func newTable(in *npy.DType, f *flags) (*table, error) {
	t := &table{in: in, optional: map[string]npy.Column{}}
	if err := t.findInputs(in); err != nil {
		return nil, err
	}
	var err error
	if t.definitions, err = f.definitions(t.bins); err != nil {
		return nil, err
	}
	if t.policies, err = f.policies(); err != nil {
		return nil, err
	}
	if _, ok := t.optional["ratemap_shifted"]; !ok && contains(f.Null, "shift") {
		return nil, fmt.Errorf("the null shift: %w", &npy.FieldError{Name: "ratemap_shifted", Found: "no such field", Wanted: "what ratemaps --shifts N adds"})
	}
	t.added = t.additions(f)
	return t, t.layout(f.Drop)
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return false
}

// findInputs finds the ratemap and what is there of the rest.
func (t *table) findInputs(in *npy.DType) (err error) {
	if t.ratemap, err = squareMap(in, "ratemap"); err != nil {
		return err
	}
	t.bins = t.ratemap.Shape[0]
	for name, shape := range optionalFields(t.bins) {
		if _, ok := in.Field(name); !ok {
			continue
		}
		if t.optional[name], err = in.Floats(name, shape...); err != nil {
			return err
		}
	}
	for _, field := range in.Fields() {
		digits, ok := strings.CutPrefix(field.Name, "ratemap_")
		if !ok || strings.Trim(digits, "0123456789") != "" || digits == "" {
			continue
		}
		c, err := squareMap(in, field.Name)
		if err != nil {
			return err
		}
		t.finer = append(t.finer, c)
	}
	t.layer = scalar(in, "layer", "SU")
	t.unit = scalar(in, "unit", "iu")
	return nil
}

func squareMap(in *npy.DType, name string) (npy.Column, error) {
	c, err := in.Floats(name, -1, -1)
	if err != nil {
		return c, err
	}
	n := c.Shape[0]
	if c.Shape[1] != n {
		return c, &npy.FieldError{Name: name, Found: c.Describe(), Wanted: "f4 or f8 (n, n), a square map"}
	}
	if n < 2 || n > gridscore.MaxBins {
		return c, &npy.FieldError{Name: name, Found: c.Describe(), Wanted: fmt.Sprintf("2 to %d bins a side", gridscore.MaxBins)}
	}
	return c, nil
}

func scalar(in *npy.DType, name, kinds string) *npy.Column {
	c, err := in.Scalar(name, kinds)
	if err != nil {
		return nil
	}
	return &c
}

// layout plans the rows written.
func (t *table) layout(drop cli.Drop) error {
	var fields []npy.Field
	for _, a := range t.added {
		fields = append(fields, a.Field)
	}
	all, err := t.in.With(fields...)
	if err != nil {
		return err
	}
	kept, err := drop.From(all)
	if err != nil {
		return err
	}
	t.out = kept.Without("ratemap_shifted", "direction_tuning_shifted")
	t.copy = t.in.Copier(t.out)
	for i := range t.added {
		f, _ := t.out.Field(t.added[i].Name)
		t.added[i].column = npy.Column{Field: f}
	}
	return nil
}

// fill writes a unit's row.
func (t *table) fill(dst []byte, u *unit) {
	t.copy(dst, u.row)
	for i := range t.added {
		if a := &t.added[i]; a.column.Type.Size > 0 {
			a.put(a.column, dst, u)
		}
	}
}

// suffix of the fields of the i-th definition and p-th policy.
func (t *table) suffix(p, i int) string {
	s := ""
	if i > 0 {
		s = "_" + t.definitions[i].Name
	}
	if p > 0 {
		s += "_" + map[gridscore.Unvisited]string{gridscore.ZeroFilled: "zero", gridscore.LeftOut: "omit"}[t.policies[p]]
	}
	return s
}

// buffers hold one unit's optional fields, by name; one set for each goroutine.
type buffers map[string][]float64

// values are those of a field that need not be there, valid until the same
// field's of another unit are asked for; nil if it is not there.
func (b buffers) values(t *table, name string, u *unit) []float64 {
	c, ok := t.optional[name]
	if !ok {
		return nil
	}
	if b[name] == nil {
		b[name] = make([]float64, c.Len())
	}
	c.Float64(b[name], u.row)
	return b[name]
}

// number is a field of one float64.
func number(name string, value func(u *unit) float64) addition {
	return addition{Field: npy.Field{Name: name, Type: npy.Float64}, put: func(c npy.Column, row []byte, u *unit) {
		c.PutFloat64(row, []float64{value(u)})
	}}
}

// integer is a field of one int32.
func integer(name string, value func(u *unit) int) addition {
	return addition{Field: npy.Field{Name: name, Type: npy.Int32}, put: func(c npy.Column, row []byte, u *unit) {
		c.PutInt(row, value(u))
	}}
}

// floats is a field of several float64.
func floatsField(name string, value func(u *unit) []float64, shape ...int) addition {
	return addition{Field: npy.Field{Name: name, Type: npy.Float64, Shape: shape}, put: func(c npy.Column, row []byte, u *unit) {
		c.PutFloat64(row, value(u))
	}}
}

func (t *table) additions(f *flags) []addition {
	size := 2*t.bins - 1
	added := []addition{floatsField("sac", func(u *unit) []float64 { return u.sac }, size, size)}
	for p := range t.policies {
		for i := range t.definitions {
			added = append(added, scoreAdditions(t.suffix(p, i), p, i)...)
		}
	}
	added = append(added, geometryAdditions(f.EnvSize/float64(t.bins))...)
	added = append(added, cellAdditions()...)
	for k, null := range f.Null {
		for i := range t.definitions {
			added = append(added, nullAdditions(null+t.suffix(0, i), k, i)...)
		}
	}
	return append(added, classAdditions()...)
}

func scoreAdditions(suffix string, p, i int) []addition {
	return []addition{
		number("score_60"+suffix, func(u *unit) float64 { return u.scores[p][i].Sixty }),
		number("score_90"+suffix, func(u *unit) float64 { return u.scores[p][i].Ninety }),
		floatsField("mask_60"+suffix, func(u *unit) []float64 { return radii(u.scores[p][i].Ring60) }, 2),
		floatsField("mask_90"+suffix, func(u *unit) []float64 { return radii(u.scores[p][i].Ring90) }, 2),
	}
}

func radii(r gridscore.Ring) []float64 { return []float64{r.Inner, r.Outer} }

func geometryAdditions(binSize float64) []addition {
	return []addition{
		number("grid_scale_m", func(u *unit) float64 { return u.lattice.Scale * binSize }),
		number("grid_orientation_deg", func(u *unit) float64 { return u.lattice.Orientation }),
		number("grid_ellipticity", func(u *unit) float64 { return u.lattice.Ellipticity }),
		number("grid_ellipse_angle_deg", func(u *unit) float64 { return u.lattice.EllipseAngle }),
		number("grid_spacing_cv", func(u *unit) float64 { return u.lattice.SpacingCV }),
		number("grid_angle_sd_deg", func(u *unit) float64 { return u.lattice.AngleSD }),
		number("grid_peak_correlation", func(u *unit) float64 { return u.lattice.PeakCorrelation }),
		integer("grid_peaks", func(u *unit) int { return u.lattice.Peaks }),
	}
}

func cellAdditions() []addition {
	return []addition{
		number("border_score", func(u *unit) float64 { return u.cell.border }),
		number("border_score_solstad", func(u *unit) float64 { return u.cell.solstad }),
		number("head_direction_length", func(u *unit) float64 { return u.cell.direction }),
		number("head_direction_deg", func(u *unit) float64 { return u.cell.angle * 180 / math.Pi }),
		number("head_direction_p_shift", func(u *unit) float64 { return u.cell.directionP }),
		number("spatial_information_bits_per_spike", func(u *unit) float64 { return u.cell.information }),
		number("spatial_information_bits_per_s", func(u *unit) float64 { return u.cell.informationRate }),
		number("spatial_information_p_shift", func(u *unit) float64 { return u.cell.informationP }),
		number("sparsity", func(u *unit) float64 { return u.cell.sparsity }),
		number("coherence", func(u *unit) float64 { return u.cell.coherence }),
		number("split_half_r", func(u *unit) float64 { return u.cell.stability }),
	}
}

func nullAdditions(suffix string, k, i int) []addition {
	return []addition{
		number("p_"+suffix, func(u *unit) float64 { return u.nulls[k][i].p }),
		number("q_"+suffix, func(u *unit) float64 { return u.nulls[k][i].q }),
		number("threshold_95_"+suffix, func(u *unit) float64 { return u.nulls[k][i].threshold95 }),
		number("threshold_99_"+suffix, func(u *unit) float64 { return u.nulls[k][i].threshold99 }),
	}
}

// widestClass is the length of the longest class name.
const widestClass = 16

func classAdditions() []addition {
	flag := func(name string, value func(u *unit) bool) addition {
		return integer(name, func(u *unit) int {
			if value(u) {
				return 1
			}
			return 0
		})
	}
	return []addition{
		flag("is_grid", func(u *unit) bool { return u.isGrid }),
		flag("is_border", func(u *unit) bool { return u.isBorder }),
		flag("is_head_direction", func(u *unit) bool { return u.isDirection }),
		{Field: npy.Field{Name: "class", Type: npy.Unicode(widestClass)}, put: func(c npy.Column, row []byte, u *unit) {
			c.PutString(row, u.class())
		}},
	}
}
