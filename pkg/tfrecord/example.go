package tfrecord

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field is a feature of an Example that holds a known number of floats.
type Field struct {
	Key string
	Len int
}

// Fields describes a row. A row holds the values of all fields as little-endian
// float32, one after the other and without padding.
type Fields []Field

// Size is the length of a row in bytes.
func (f Fields) Size() int {
	n := 0
	for _, field := range f {
		n += 4 * field.Len
	}
	return n
}

// Kind is the type of the list that a feature holds.
type Kind int

// The kinds of a tf.train.Feature. An empty feature has none.
const (
	None Kind = iota
	Bytes
	Float
	Int64
)

func (k Kind) String() string {
	switch k {
	case Bytes:
		return "bytes"
	case Float:
		return "float"
	case Int64:
		return "int64"
	}
	return "empty"
}

// Decoder takes fields out of Examples. It follows protobuf's rules. Fields may
// come in any order. If two entries have one key, the last one counts. A list may
// come in pieces, packed or not; they are joined. Unknown fields are ignored. A
// Decoder does not allocate. It is not safe for concurrent use.
type Decoder struct {
	fields  Fields
	index   map[string]int // of a field by its key
	offsets []int
	counts  []int // number of values found; -1 for a missing feature
}

// NewDecoder returns a decoder for rows of the fields.
func NewDecoder(fields Fields) *Decoder {
	d := &Decoder{fields: fields, index: map[string]int{}, offsets: make([]int, len(fields)), counts: make([]int, len(fields))}
	at := 0
	for i, f := range fields {
		d.index[f.Key] = i
		d.offsets[i] = at
		at += 4 * f.Len
	}
	return d
}

// Decode decodes an Example into a row of fields.Size() bytes. It is an error
// if a field is missing, is no float list or differs in length.
func (d *Decoder) Decode(row, example []byte) error {
	for i := range d.counts {
		d.counts[i] = -1
	}
	if err := eachEntry(example, func(entry []byte) error { return d.entry(row, entry) }); err != nil {
		return err
	}
	for i, f := range d.fields {
		switch n := d.counts[i]; {
		case n < 0:
			return fmt.Errorf("feature %q is missing", f.Key)
		case n != f.Len:
			return fmt.Errorf("feature %q has %d values, not %d", f.Key, n, f.Len)
		}
	}
	return nil
}

func (d *Decoder) entry(row, entry []byte) error {
	key, err := entryKey(entry)
	if err != nil {
		return err
	}
	i, wanted := d.index[string(key)]
	if !wanted {
		return nil
	}
	if err := d.value(row, entry, i); err != nil {
		return fmt.Errorf("feature %q: %w", key, err)
	}
	return nil
}

// value decodes the values of a map entry into field i of the row.
func (d *Decoder) value(row, entry []byte, i int) error {
	list := floatList{dst: row[d.offsets[i] : d.offsets[i]+4*d.fields[i].Len]}
	kind := None
	err := eachList(entry, func(k Kind, b []byte) error {
		if k != kind { // if a oneof has several members, the last one counts
			list.n = 0
		}
		kind = k
		if k != Float {
			return nil
		}
		return list.decode(b)
	})
	if err != nil {
		return err
	}
	if kind == Bytes || kind == Int64 {
		return fmt.Errorf("is a list of %v, not float", kind)
	}
	d.counts[i] = list.n
	return nil
}

// floatList gathers the pieces of a FloatList. It counts values for which there is
// no room, but does not store them.
type floatList struct {
	dst []byte
	n   int
}

func (l *floatList) put(values []byte) {
	if at := 4 * l.n; at < len(l.dst) {
		copy(l.dst[at:], values)
	}
	l.n += len(values) / 4
}

func (l *floatList) decode(b []byte) error {
	for len(b) > 0 {
		if len(b) >= 5 && b[0] == 1<<3|byte(protowire.Fixed32Type) {
			l.put(b[1:5])
			b = b[5:]
			continue
		}
		num, typ, value, rest, err := consumeField(b)
		if err != nil {
			return err
		}
		if num == 1 && typ == protowire.BytesType {
			if len(value)%4 != 0 {
				return fmt.Errorf("packed floats of %d bytes, not a multiple of 4", len(value))
			}
			l.put(value)
		}
		b = rest
	}
	return nil
}

// Feature describes one feature of an Example.
type Feature struct {
	Key  string
	Kind Kind
	Len  int // number of values
}

// Features lists the features of an Example in the order in which they are stored.
// If two have one key, it lists the last one in the place of the first.
func Features(example []byte) ([]Feature, error) {
	var features []Feature
	index := map[string]int{}
	err := eachEntry(example, func(entry []byte) error {
		key, err := entryKey(entry)
		if err != nil {
			return err
		}
		f := Feature{Key: string(key)}
		if err := eachList(entry, f.count); err != nil {
			return fmt.Errorf("feature %q: %w", key, err)
		}
		if i, ok := index[f.Key]; ok {
			features[i] = f
			return nil
		}
		index[f.Key] = len(features)
		features = append(features, f)
		return nil
	})
	return features, err
}

func (f *Feature) count(kind Kind, b []byte) error {
	if kind != f.Kind {
		f.Kind, f.Len = kind, 0
	}
	if kind == Float {
		var list floatList
		err := list.decode(b)
		f.Len += list.n
		return err
	}
	for len(b) > 0 {
		num, typ, value, rest, err := consumeField(b)
		if err != nil {
			return err
		}
		switch {
		case num == 1 && kind == Int64 && typ == protowire.BytesType: // packed: a varint ends at a byte below 0x80
			for _, c := range value {
				if c < 0x80 {
					f.Len++
				}
			}
		case num == 1 && kind == Int64 && typ == protowire.VarintType, num == 1 && kind == Bytes && typ == protowire.BytesType:
			f.Len++
		}
		b = rest
	}
	return nil
}

// eachEntry calls f with the entries of the feature map of an Example:
//
//	message Example  { Features features = 1; }
//	message Features { map<string, Feature> feature = 1; }
func eachEntry(example []byte, f func(entry []byte) error) error {
	return eachMessage(example, 1, func(features []byte) error { return eachMessage(features, 1, f) })
}

// eachMessage calls f with the length-delimited fields of one number in b.
func eachMessage(b []byte, number protowire.Number, f func([]byte) error) error {
	for len(b) > 0 {
		num, typ, value, rest, err := consumeField(b)
		if err != nil {
			return err
		}
		if num == number && typ == protowire.BytesType {
			if err := f(value); err != nil {
				return err
			}
		}
		b = rest
	}
	return nil
}

// entryKey returns the key of a map entry { string key = 1; Feature value = 2; }.
// The key may come after the value.
func entryKey(entry []byte) (key []byte, err error) {
	err = eachMessage(entry, 1, func(b []byte) error {
		key = b
		return nil
	})
	return key, err
}

// eachList calls f with the lists in the value of a map entry:
//
//	message Feature {
//	  oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3; }
//	}
func eachList(entry []byte, f func(Kind, []byte) error) error {
	return eachMessage(entry, 2, func(feature []byte) error {
		for len(feature) > 0 {
			num, typ, value, rest, err := consumeField(feature)
			if err != nil {
				return err
			}
			if num >= 1 && num <= 3 && typ == protowire.BytesType {
				if err := f(Kind(num), value); err != nil {
					return err
				}
			}
			feature = rest
		}
		return nil
	})
}

// consumeField splits the first field off b. value is set for
// length-delimited fields only.
func consumeField(b []byte) (num protowire.Number, typ protowire.Type, value, rest []byte, err error) {
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 {
		return 0, 0, nil, nil, malformed(n)
	}
	b = b[n:]
	if typ == protowire.BytesType {
		value, n = protowire.ConsumeBytes(b)
	} else {
		n = protowire.ConsumeFieldValue(num, typ, b)
	}
	if n < 0 {
		return 0, 0, nil, nil, malformed(n)
	}
	return num, typ, value, b[n:], nil
}

func malformed(n int) error {
	return fmt.Errorf("not a tf.train.Example: %w", protowire.ParseError(n))
}

// Encoder makes Examples from rows. It writes the fields in their order, each as a
// packed float list. All its Examples have the same length.
type Encoder struct {
	size   int
	pieces []piece
}

// piece is what stands in front of a field's values, and their place in a row.
type piece struct {
	head   []byte
	lo, hi int
}

// NewEncoder returns an encoder for rows of the fields.
func NewEncoder(fields Fields) *Encoder {
	e := &Encoder{size: fields.Size()}
	heads := make([][]byte, len(fields))
	total := 0
	for i, f := range fields {
		heads[i] = entryHead(f)
		total += len(heads[i]) + 4*f.Len
	}
	example := lengthHead(1, total)
	at := 0
	for i, f := range fields {
		head := heads[i]
		if i == 0 {
			head = append(example, head...)
		}
		e.pieces = append(e.pieces, piece{head, at, at + 4*f.Len})
		at += 4 * f.Len
	}
	if len(fields) == 0 {
		e.pieces = []piece{{head: example}}
	}
	return e
}

// Append appends the Example of a row to dst. The row must have the fields'
// Size.
func (e *Encoder) Append(dst, row []byte) []byte {
	row = row[:e.size:e.size]
	for _, p := range e.pieces {
		dst = append(dst, p.head...)
		dst = append(dst, row[p.lo:p.hi]...)
	}
	return dst
}

// entryHead is a map entry up to its values. It is built from the inside out,
// because each message begins with the length of what it holds.
func entryHead(f Field) []byte {
	n := 4 * f.Len
	list := lengthHead(1, n)
	feature := append(lengthHead(2, len(list)+n), list...)
	value := append(lengthHead(2, len(feature)+n), feature...)
	key := append(lengthHead(1, len(f.Key)), f.Key...)
	return append(append(lengthHead(1, len(key)+len(value)+n), key...), value...)
}

// lengthHead is what stands before a field of n bytes.
func lengthHead(num protowire.Number, n int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.BytesType), uint64(n))
}

// GetFloats fills values from the front of a row and returns the rest of the row.
func GetFloats(values []float32, src []byte) []byte {
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
	return src[4*len(values):]
}
