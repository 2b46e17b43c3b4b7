package npy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Type is the type of one element of an array or field.
type Type struct {
	// Kind is NumPy's letter: 'f' float, 'i' integer, 'u' unsigned integer,
	// 'b' boolean, 'c' complex, 'S' bytes, 'U' text, 'M' date, 'm' time span,
	// 'V' raw bytes or a nested structure.
	Kind byte
	Size int // bytes of one element

	// spelled is the type's Python literal without quotes, where Kind and Size
	// do not tell all of it: big-endian types, the unit of a date, the members
	// of a nested structure. It is empty for all other types.
	spelled string
}

// The scalar types that the project's tools write.
var (
	Float32 = Type{Kind: 'f', Size: 4}
	Float64 = Type{Kind: 'f', Size: 8}
	Int32   = Type{Kind: 'i', Size: 4}
	Int64   = Type{Kind: 'i', Size: 8}
)

// Bytes is NumPy's 'S<n>': n bytes, padded with zeros.
func Bytes(n int) Type { return Type{Kind: 'S', Size: n} }

// Unicode is NumPy's '<U<n>': n code points of four bytes, padded with zeros.
func Unicode(n int) Type { return Type{Kind: 'U', Size: 4 * n} }

// String returns the type as NumPy spells it, such as "<f4".
func (t Type) String() string {
	switch {
	case t.spelled != "":
		return t.spelled
	case t.Kind == 'U':
		return fmt.Sprintf("<U%d", t.Size/4)
	case t.Kind == 'S' || t.Kind == 'V' || t.Size == 1:
		return fmt.Sprintf("|%c%d", t.Kind, t.Size)
	default:
		return fmt.Sprintf("<%c%d", t.Kind, t.Size)
	}
}

// literal returns the type as an NPY header writes it.
func (t Type) literal() string {
	if strings.HasPrefix(t.spelled, "[") {
		return t.spelled // the list of a nested structure's members
	}
	return "'" + t.String() + "'"
}

// IsNumber reports whether elements can be read as floats: floats of 2, 4 or 8
// bytes, integers and booleans.
func (t Type) IsNumber() bool {
	switch t.Kind {
	case 'f':
		return t.Size == 2 || t.Size == 4 || t.Size == 8
	case 'i', 'u', 'b':
		return true
	}
	return false
}

func (t Type) bigEndian() bool { return strings.HasPrefix(t.spelled, ">") }

// maxItemSize bounds the bytes of one element. It is large enough for a row of
// any plausible table, and small enough that arithmetic on sizes cannot
// overflow.
const maxItemSize = 1 << 30

// parseType reads the spelling of a type: a byte order (<, >, | or nothing), a
// kind, a size and, for dates and time spans, a unit in brackets.
func parseType(s string) (Type, error) {
	unknown := fmt.Errorf("type %q is not known", s)
	order, rest := byte(0), s
	if s != "" && strings.IndexByte("<>|", s[0]) >= 0 {
		order, rest = s[0], s[1:]
	}
	if rest == "" {
		return Type{}, unknown
	}
	if rest[0] == 'O' {
		return Type{}, errors.New("type O holds Python objects, which cannot be read because they are stored as a program; convert them to numbers or text, or leave them out")
	}
	digits, unit := rest[1:], ""
	if i := strings.IndexByte(digits, '['); i >= 0 {
		digits, unit = digits[:i], digits[i:]
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n > maxItemSize {
		return Type{}, unknown
	}
	t := Type{Kind: rest[0], Size: int(n)}
	if t.Kind == 'U' {
		t.Size = 4 * int(n)
	}
	if !t.exists() || (unit != "" && t.Kind != 'M' && t.Kind != 'm') {
		return Type{}, unknown
	}
	switch {
	case !t.mayHave(order):
		return Type{}, fmt.Errorf("type %q has a byte order that it cannot have", s)
	case unit != "" && !isUnit(unit):
		return Type{}, unknown
	case order == '>' && t.isOrdered():
		t.spelled = s
	case t.Kind == 'M', t.Kind == 'm':
		t.spelled = "<" + rest
	case t.Kind == 'V' && order == '<': // such as the bfloat16 of ml_dtypes
		t.spelled = s
	}
	return t, nil
}

// isOrdered reports whether the bytes of an element have an order.
func (t Type) isOrdered() bool { return t.Size > 1 && t.Kind != 'S' && t.Kind != 'V' }

// mayHave reports whether NumPy spells the type with this byte order; 0 is none.
func (t Type) mayHave(order byte) bool {
	switch order {
	case '|':
		return !t.isOrdered()
	case '<':
		return t.Kind != 'S'
	case '>':
		return t.Kind != 'S' && t.Kind != 'V'
	}
	return true
}

// exists reports whether NumPy has a type of the kind and size.
func (t Type) exists() bool {
	n := t.Size
	switch t.Kind {
	case 'f':
		return n == 2 || n == 4 || n == 8 || n == 12 || n == 16
	case 'c':
		return n == 8 || n == 16 || n == 24 || n == 32
	case 'i', 'u':
		return n == 1 || n == 2 || n == 4 || n == 8
	case 'b':
		return n == 1
	case 'M', 'm':
		return n == 8
	case 'S', 'V', 'U':
		return n <= maxItemSize
	}
	return false
}

// isUnit recognises the unit of a date: "[ns]", "[25s]".
func isUnit(s string) bool {
	s, whole := strings.CutSuffix(strings.TrimPrefix(s, "["), "]")
	s = strings.TrimLeft(s, "0123456789")
	return whole && slices.Contains([]string{"Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic"}, s)
}

// Field is a named member of a structured dtype. Shape is empty for a scalar.
// The elements of an array are in row-major order.
type Field struct {
	Name  string
	Type  Type
	Shape []int

	offset int
}

// Len is the number of elements in the field.
func (f Field) Len() int {
	n := 1
	for _, d := range f.Shape {
		n *= d
	}
	return n
}

// Size is the number of bytes of the field in a row.
func (f Field) Size() int { return f.Len() * f.Type.Size }

// Describe gives the type and the shape: "<f4 (100, 2)".
func (f Field) Describe() string {
	if len(f.Shape) == 0 {
		return f.Type.String()
	}
	return f.Type.String() + " " + shapeLiteral(f.Shape)
}

// DType is a structured dtype: the fields of one row, packed without padding
// in the order given.
type DType struct {
	fields []Field
	byName map[string]int // index in fields; padding, which has no name, is not there
	size   int
}

// NewDType makes the dtype of rows that hold the fields in this order.
func NewDType(fields ...Field) (*DType, error) {
	d := &DType{}
	for _, f := range fields {
		if err := d.add(f); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *DType) add(f Field) error {
	if _, twice := d.byName[f.Name]; twice {
		return fmt.Errorf("dtype has two fields %q", f.Name)
	}
	count := 1
	for _, n := range f.Shape {
		if n < 0 || (n > 0 && count > maxItemSize/n) {
			return fmt.Errorf("field %q: shape %s is too large", f.Name, shapeLiteral(f.Shape))
		}
		count *= n
	}
	if f.Type.Size > 0 && count > maxItemSize/f.Type.Size || d.size+count*f.Type.Size > maxItemSize {
		return fmt.Errorf("field %q: a row of more than %d bytes; records need fewer steps or fewer values a step", f.Name, maxItemSize)
	}
	f.offset, f.Shape = d.size, slices.Clone(f.Shape)
	if f.Name != "" {
		if d.byName == nil {
			d.byName = map[string]int{}
		}
		d.byName[f.Name] = len(d.fields)
	}
	d.fields = append(d.fields, f)
	d.size += f.Size()
	return nil
}

// Size is the number of bytes in a row.
func (d *DType) Size() int { return d.size }

// Fields returns the named fields in order. Padding is not among them.
func (d *DType) Fields() []Field {
	var named []Field
	for _, f := range d.fields {
		if f.Name != "" {
			named = append(named, f)
		}
	}
	return named
}

// Field finds a field by name.
func (d *DType) Field(name string) (Field, bool) {
	i, ok := d.byName[name]
	if !ok {
		return Field{}, false
	}
	return d.fields[i], true
}

// With returns the dtype with fields added at the end. They replace fields of
// the same names.
func (d *DType) With(fields ...Field) (*DType, error) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return NewDType(append(d.Without(names...).Fields(), fields...)...)
}

// Without returns the dtype without the named fields. A name that the dtype
// lacks is not an error.
func (d *DType) Without(names ...string) *DType {
	kept := &DType{}
	for _, f := range d.Fields() {
		if !slices.Contains(names, f.Name) {
			kept.add(f) // a subset of a valid dtype is valid
		}
	}
	return kept
}

// Equal reports whether the two dtypes have the same fields at the same offsets.
func (d *DType) Equal(e *DType) bool {
	return d.size == e.size && slices.EqualFunc(d.fields, e.fields, func(a, b Field) bool {
		return a.Name == b.Name && a.Type == b.Type && slices.Equal(a.Shape, b.Shape)
	})
}

// String returns the dtype as a Python literal, as an NPY header writes it.
func (d *DType) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, f := range d.fields {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "(%s, %s", quote(f.Name), f.Type.literal())
		if len(f.Shape) > 0 {
			fmt.Fprintf(&b, ", %s", shapeLiteral(f.Shape))
		}
		b.WriteByte(')')
	}
	b.WriteByte(']')
	return b.String()
}

// Copier returns a function that copies fields from a row of d into a row of
// to: every field that both have with the same name, type and shape.
func (d *DType) Copier(to *DType) func(dst, src []byte) {
	type span struct{ dst, src, n int }
	var spans []span
	for _, f := range to.Fields() {
		g, ok := d.Field(f.Name)
		if !ok || g.Type != f.Type || !slices.Equal(g.Shape, f.Shape) {
			continue
		}
		if k := len(spans) - 1; k >= 0 && spans[k].dst+spans[k].n == f.offset && spans[k].src+spans[k].n == g.offset {
			spans[k].n += f.Size()
			continue
		}
		spans = append(spans, span{f.offset, g.offset, f.Size()})
	}
	return func(dst, src []byte) {
		for _, s := range spans {
			copy(dst[s.dst:s.dst+s.n], src[s.src:s.src+s.n])
		}
	}
}

// shapeLiteral writes a shape as Python's tuple.
func shapeLiteral(shape []int) string {
	parts := make([]string, len(shape))
	for i, n := range shape {
		parts[i] = "*"
		if n >= 0 {
			parts[i] = fmt.Sprint(n)
		}
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// quote writes a Python string literal. Control characters are escaped.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch {
		case r == '\\' || r == '\'':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
