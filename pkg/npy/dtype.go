package npy

import (
	"fmt"
	"slices"
	"strings"
)

// Type is the scalar type of an array or field: NumPy's kind letter ('f', 'i',
// 'u', 'b', 'S', 'U', 'V') and the size of one element in bytes.
type Type struct {
	Kind byte
	Size int
}

// The scalar types that the project's tools write.
var (
	Float32 = Type{'f', 4}
	Float64 = Type{'f', 8}
	Int32   = Type{'i', 4}
	Int64   = Type{'i', 8}
)

// Bytes is NumPy's 'S<n>': n bytes, padded with zeros.
func Bytes(n int) Type { return Type{'S', n} }

// Unicode is NumPy's '<U<n>': n code points of four bytes, padded with zeros.
func Unicode(n int) Type { return Type{'U', 4 * n} }

// String returns the type as NumPy's array-protocol string, such as "<f4".
func (t Type) String() string {
	switch {
	case t.Kind == 'U':
		return fmt.Sprintf("<U%d", t.Size/4)
	case t.Kind == 'S' || t.Kind == 'V' || t.Size == 1:
		return fmt.Sprintf("|%c%d", t.Kind, t.Size)
	default:
		return fmt.Sprintf("<%c%d", t.Kind, t.Size)
	}
}

// maxItemSize bounds the bytes of one element: large enough for a row of any
// plausible table, small enough that arithmetic on sizes cannot overflow.
const maxItemSize = 1 << 30

// parseType reads an array-protocol string. Big-endian types are refused: the
// streams are little-endian by contract.
func parseType(s string) (Type, error) {
	order, rest := byte(0), s
	if s != "" && strings.IndexByte("<>|", s[0]) >= 0 {
		order, rest = s[0], s[1:]
	}
	if len(rest) < 2 {
		return Type{}, fmt.Errorf("dtype %q: unknown type", s)
	}
	n := 0
	for _, c := range rest[1:] {
		if c < '0' || c > '9' || n > maxItemSize {
			return Type{}, fmt.Errorf("dtype %q: unknown type", s)
		}
		n = 10*n + int(c-'0')
	}
	t := Type{Kind: rest[0], Size: n}
	valid := false
	switch t.Kind {
	case 'f':
		valid = n == 2 || n == 4 || n == 8
	case 'i', 'u':
		valid = n == 1 || n == 2 || n == 4 || n == 8
	case 'b':
		valid = n == 1
	case 'c':
		valid = n == 8 || n == 16
	case 'S', 'V':
		valid = n <= maxItemSize
	case 'U':
		t.Size, valid = 4*n, 4*n <= maxItemSize
	}
	if !valid {
		return Type{}, fmt.Errorf("dtype %q: unknown type", s)
	}
	if ordered := t.Size > 1 && t.Kind != 'S' && t.Kind != 'V'; ordered && order == '>' {
		return Type{}, fmt.Errorf("dtype %q is big-endian; convert with a.astype(a.dtype.newbyteorder('<'))", s)
	} else if ordered && order == '|' || (t.Kind == 'S' || t.Kind == 'V') && order != '|' && order != 0 {
		return Type{}, fmt.Errorf("dtype %q: a byte order that its type cannot have", s)
	}
	return t, nil
}

// Field is a named member of a structured dtype. Shape is empty for a scalar;
// elements are row-major.
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

// Describe names type and shape as a person would: "<f4 (100, 2)".
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

// NewDType lays the fields out one behind the other.
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
		return fmt.Errorf("field %q: a row of more than %d bytes", f.Name, maxItemSize)
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

// Fields returns the named fields in order; padding is left out.
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

// With returns the dtype with fields added at the end; a field of a name that
// exists already is replaced.
func (d *DType) With(fields ...Field) (*DType, error) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return NewDType(append(d.Without(names...).Fields(), fields...)...)
}

// Without returns the dtype without the named fields; names that it lacks are
// no error.
func (d *DType) Without(names ...string) *DType {
	kept := &DType{}
	for _, f := range d.Fields() {
		if !slices.Contains(names, f.Name) {
			kept.add(f) // a subset of a valid dtype is valid
		}
	}
	return kept
}

// Equal reports whether rows of the two dtypes have the same fields at the
// same places.
func (d *DType) Equal(e *DType) bool {
	return d.size == e.size && slices.EqualFunc(d.fields, e.fields, func(a, b Field) bool {
		return a.Name == b.Name && a.Type == b.Type && slices.Equal(a.Shape, b.Shape)
	})
}

// String returns the dtype as a Python literal, as the NPY header has it.
func (d *DType) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, f := range d.fields {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "(%s, '%s'", quote(f.Name), f.Type)
		if len(f.Shape) > 0 {
			fmt.Fprintf(&b, ", %s", shapeLiteral(f.Shape))
		}
		b.WriteByte(')')
	}
	b.WriteByte(']')
	return b.String()
}

// Copier returns a function that copies, from a row of d into a row of to,
// every field that both have with the same type and shape.
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

// quote writes a Python string literal.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(s) + "'"
}
