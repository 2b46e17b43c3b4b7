package tfrecord

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// exampleType is tf.train.Example for the official protobuf implementation,
// against which the decoder is checked.
var exampleType = func() protoreflect.MessageDescriptor {
	label := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
	repeated := descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	field := func(name string, n int32, l descriptorpb.FieldDescriptorProto_Label, typ descriptorpb.FieldDescriptorProto_Type, message string) *descriptorpb.FieldDescriptorProto {
		f := &descriptorpb.FieldDescriptorProto{Name: &name, Number: &n, Label: &l, Type: &typ}
		if message != "" {
			f.TypeName = &message
		}
		return f
	}
	const (
		message = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
		str     = descriptorpb.FieldDescriptorProto_TYPE_STRING
		byts    = descriptorpb.FieldDescriptorProto_TYPE_BYTES
		float   = descriptorpb.FieldDescriptorProto_TYPE_FLOAT
		int64s  = descriptorpb.FieldDescriptorProto_TYPE_INT64
	)
	list := func(name string, typ descriptorpb.FieldDescriptorProto_Type) *descriptorpb.DescriptorProto {
		return &descriptorpb.DescriptorProto{Name: &name, Field: []*descriptorpb.FieldDescriptorProto{field("value", 1, repeated, typ, "")}}
	}
	feature := &descriptorpb.DescriptorProto{
		Name: proto.String("Feature"),
		Field: []*descriptorpb.FieldDescriptorProto{
			field("bytes_list", 1, label, message, ".t.BytesList"),
			field("float_list", 2, label, message, ".t.FloatList"),
			field("int64_list", 3, label, message, ".t.Int64List"),
		},
		OneofDecl: []*descriptorpb.OneofDescriptorProto{{Name: proto.String("kind")}},
	}
	for _, f := range feature.Field {
		f.OneofIndex = proto.Int32(0)
	}
	file := &descriptorpb.FileDescriptorProto{
		Name: proto.String("t.proto"), Package: proto.String("t"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			list("BytesList", byts), list("FloatList", float), list("Int64List", int64s), feature,
			{
				Name:  proto.String("Features"),
				Field: []*descriptorpb.FieldDescriptorProto{field("feature", 1, repeated, message, ".t.Features.FeatureEntry")},
				NestedType: []*descriptorpb.DescriptorProto{{
					Name:    proto.String("FeatureEntry"),
					Field:   []*descriptorpb.FieldDescriptorProto{field("key", 1, label, str, ""), field("value", 2, label, message, ".t.Feature")},
					Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)},
				}},
			},
			{Name: proto.String("Example"), Field: []*descriptorpb.FieldDescriptorProto{field("features", 1, label, message, ".t.Features")}},
		},
	}
	fd, err := protodesc.NewFile(file, nil)
	if err != nil {
		panic(err)
	}
	return fd.Messages().ByName("Example")
}()

// official decodes an Example with the official implementation: the floats of each
// feature, or the name of another kind. It also fails on map entries without a key, on
// which dynamicpb panics.
func official(example []byte) (_ map[string][]float32, _ map[string]string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	m := dynamicpb.NewMessage(exampleType)
	if err := proto.Unmarshal(example, m); err != nil {
		return nil, nil, err
	}
	floats, kinds := map[string][]float32{}, map[string]string{}
	features := m.Get(exampleType.Fields().ByName("features")).Message()
	features.Get(features.Descriptor().Fields().ByName("feature")).Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		feature := v.Message()
		which := feature.WhichOneof(feature.Descriptor().Oneofs().ByName("kind"))
		if which == nil {
			floats[k.String()] = nil
			return true
		}
		kinds[k.String()] = string(which.Name())
		if which.Name() == "float_list" {
			list := feature.Get(which).Message()
			values := list.Get(list.Descriptor().Fields().ByName("value")).List()
			for i := range values.Len() {
				floats[k.String()] = append(floats[k.String()], float32(values.Get(i).Float()))
			}
		}
		return true
	})
	return floats, kinds, nil
}

// Pieces of messages for the tests.
func tagged(num protowire.Number, parts ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), bytes.Join(parts, nil))
}

func packed(values ...float32) []byte {
	row := make([]byte, 4*len(values))
	putFloats(row, values...)
	return tagged(1, row)
}

func unpacked(values ...float32) (b []byte) {
	for _, v := range values {
		b = protowire.AppendFixed32(protowire.AppendTag(b, 1, protowire.Fixed32Type), math.Float32bits(v))
	}
	return b
}

func key(s string) []byte              { return tagged(1, []byte(s)) }
func value(lists ...[]byte) []byte     { return tagged(2, lists...) }
func floats(pieces ...[]byte) []byte   { return tagged(2, pieces...) }
func entry(parts ...[]byte) []byte     { return tagged(1, parts...) }
func example(entries ...[]byte) []byte { return tagged(1, entries...) }

func TestDecode(t *testing.T) {
	fields := Fields{{"pos", 2}, {"hd", 1}}
	pos := entry(key("pos"), value(floats(packed(1, 2))))
	hd := entry(key("hd"), value(floats(packed(3))))
	ints := tagged(3, protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 7))
	unknown := protowire.AppendVarint(protowire.AppendTag(nil, 9, protowire.VarintType), 300)
	tests := []struct {
		name string
		in   []byte
		err  string
	}{
		{name: "packed", in: example(pos, hd)},
		{name: "other order", in: example(hd, pos)},
		{name: "unpacked", in: example(entry(key("pos"), value(floats(unpacked(1, 2)))), hd)},
		{name: "packed and unpacked", in: example(entry(key("pos"), value(floats(unpacked(1), packed(2)))), hd)},
		{name: "packed in pieces", in: example(entry(key("pos"), value(floats(packed(1), packed(), packed(2)))), hd)},
		{name: "two float lists are merged", in: example(entry(key("pos"), value(floats(packed(1)), floats(packed(2)))), hd)},
		{name: "two values are merged", in: example(entry(key("pos"), value(floats(packed(1))), value(floats(packed(2)))), hd)},
		{name: "two feature maps are merged", in: append(example(pos), example(hd)...)},
		{name: "value before key", in: example(entry(value(floats(packed(1, 2))), key("pos")), hd)},
		{name: "last key counts", in: example(entry(key("other"), value(floats(packed(1, 2))), key("pos")), hd)},
		{name: "last entry counts", in: example(entry(key("pos"), value(floats(packed(8, 9, 10)))), hd, pos)},
		{name: "last kind counts", in: example(entry(key("pos"), value(floats(packed(5)), ints, floats(packed(1, 2)))), hd)},
		{name: "unknown features", in: example(entry(key("image"), value(ints)), pos, entry(key("x"), value(tagged(1, tagged(1, []byte("abc"))))), hd)},
		{name: "unknown fields", in: append(unknown, example(unknown, pos, entry(unknown, key("hd"), unknown, value(unknown, floats(unknown, packed(3)))))...)},
		{name: "missing", in: example(pos), err: `feature "hd" is missing`},
		{name: "empty message", err: `feature "pos" is missing`},
		{name: "no value", in: example(pos, entry(key("hd"))), err: `feature "hd" has 0 values, not 1`},
		{name: "empty list", in: example(pos, entry(key("hd"), value(floats()))), err: `feature "hd" has 0 values, not 1`},
		{name: "too long", in: example(pos, entry(key("hd"), value(floats(packed(3, 4))))), err: `feature "hd" has 2 values, not 1`},
		{name: "too long, unpacked", in: example(pos, entry(key("hd"), value(floats(unpacked(3, 4))))), err: `feature "hd" has 2 values, not 1`},
		{name: "ints", in: example(pos, entry(key("hd"), value(ints))), err: `feature "hd": is a list of int64, not float`},
		{name: "bytes", in: example(pos, entry(key("hd"), value(tagged(1, tagged(1, []byte("abc")))))), err: `feature "hd": is a list of bytes, not float`},
		{name: "ragged", in: example(pos, entry(key("hd"), value(floats(tagged(1, []byte("abc")))))), err: `feature "hd": packed floats of 3 bytes`},
		{name: "cut", in: example(pos, hd)[:20], err: "not a tf.train.Example"},
		{name: "text", in: []byte("hello, world"), err: "not a tf.train.Example"},
	}
	want := make([]byte, 12)
	putFloats(want, 1, 2, 3)
	for _, test := range tests {
		row := make([]byte, fields.Size())
		err := NewDecoder(fields).Decode(row, test.in)
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %s", test.name, err, test.err)
			}
		case err != nil:
			t.Errorf("%s: %v", test.name, err)
		case !bytes.Equal(row, want):
			t.Errorf("%s: row % x", test.name, row)
		}
		checkAgainstOfficial(t, fields, test.in)
	}
}

// checkAgainstOfficial demands that what the official implementation accepts
// is decoded to the same.
func checkAgainstOfficial(t *testing.T, fields Fields, in []byte) {
	t.Helper()
	values, kinds, err := official(in)
	row := make([]byte, fields.Size())
	gotErr := NewDecoder(fields).Decode(row, in)
	features, featuresErr := Features(in)
	if err != nil {
		return // stricter, on features that the decoder does not look at
	}
	if featuresErr != nil || len(features) != len(keys(values, kinds)) {
		t.Errorf("% x: features %v, %v; the official decoder has %v", in, features, featuresErr, keys(values, kinds))
	}
	wantErr := false
	want := make([]byte, 0, len(row))
	for _, f := range fields {
		v := values[f.Key]
		if kind := kinds[f.Key]; len(v) != f.Len || kind != "float_list" {
			wantErr = true
			break
		}
		piece := make([]byte, 4*f.Len)
		putFloats(piece, v...)
		want = append(want, piece...)
	}
	if (gotErr != nil) != wantErr {
		t.Errorf("% x: error %v; the official decoder has %v %v", in, gotErr, values, kinds)
	} else if !wantErr && !bytes.Equal(row, want) {
		t.Errorf("% x: row % x, the official decoder has %v", in, row, values)
	}
}

func keys(values map[string][]float32, kinds map[string]string) map[string]bool {
	all := map[string]bool{}
	for k := range values {
		all[k] = true
	}
	for k := range kinds {
		all[k] = true
	}
	return all
}

func TestFeatures(t *testing.T) {
	int64s := tagged(3, tagged(1, []byte{1, 0x80, 1, 5}))
	in := example(entry(key("a"), value(floats(packed(1, 2), unpacked(3)))), entry(key("b"), value(int64s)),
		entry(key("c"), value(tagged(1, tagged(1, []byte("x")), tagged(1, nil)))), entry(key("d")), entry(key("a"), value(floats(packed(1)))))
	got, err := Features(in)
	want := []Feature{{"a", Float, 1}, {"b", Int64, 3}, {"c", Bytes, 2}, {"d", None, 0}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

var released = Fields{{"init_pos", 2}, {"init_hd", 1}, {"ego_vel", 300}, {"target_pos", 200}, {"target_hd", 100}}

func numbered(n int) []byte {
	row := make([]byte, 4*n)
	for i := range n {
		putFloats(row[4*i:], float32(i))
	}
	return row
}

func TestEncodeRoundTrip(t *testing.T) {
	for _, fields := range []Fields{released, {}, {{"one", 1}}, {{"empty", 0}, {"two", 2}}} {
		row := numbered(fields.Size() / 4)
		e := NewEncoder(fields)
		in := e.Append([]byte("kept"), row)[4:]
		back := make([]byte, len(row))
		if err := NewDecoder(fields).Decode(back, in); err != nil || !bytes.Equal(back, row) {
			t.Errorf("%v: %v", fields, err)
		}
		values, kinds, err := official(in)
		if err != nil || len(values) != len(kinds) && len(fields) != 2 {
			t.Errorf("%v: %v %v", fields, kinds, err)
		}
		if again := e.Append(nil, row); !bytes.Equal(again, in) {
			t.Errorf("%v: encoding twice differs", fields)
		}
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	in := NewEncoder(released).Append(nil, numbered(603))
	row := make([]byte, released.Size())
	d := NewDecoder(released)
	if n := testing.AllocsPerRun(100, func() {
		if err := d.Decode(row, in); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}

func ExampleDecoder() {
	fields := Fields{{"init_pos", 2}, {"init_hd", 1}}
	row := make([]byte, fields.Size())
	putFloats(row, 0.5, -1, 3)
	payload := NewEncoder(fields).Append(nil, row)

	features, _ := Features(payload)
	fmt.Println(features)
	back := make([]byte, fields.Size())
	err := NewDecoder(fields).Decode(back, payload)
	var pos [2]float32
	GetFloats(pos[:], back)
	fmt.Println(pos, err)
	// Output:
	// [{init_pos float 2} {init_hd float 1}]
	// [0.5 -1] <nil>
}

func FuzzDecode(f *testing.F) {
	fields := Fields{{"pos", 2}, {"hd", 1}}
	row := make([]byte, 12)
	putFloats(row, 1, 2, 3)
	f.Add(NewEncoder(fields).Append(nil, row))
	f.Add(example(entry(value(floats(unpacked(1), packed(2))), key("pos")), entry(key("hd"), value(tagged(3, tagged(1, []byte{1}))))))
	f.Fuzz(func(t *testing.T, b []byte) { checkAgainstOfficial(t, fields, b) })
}

func BenchmarkDecode(b *testing.B) {
	in := NewEncoder(released).Append(nil, numbered(603))
	row := make([]byte, released.Size())
	d := NewDecoder(released)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(row, in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeUnpacked(b *testing.B) {
	in := example(entry(key("ego_vel"), value(floats(unpacked(make([]float32, 300)...)))))
	fields := Fields{{"ego_vel", 300}}
	row := make([]byte, fields.Size())
	d := NewDecoder(fields)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if err := d.Decode(row, in); err != nil {
			b.Fatal(err)
		}
	}
}

// putFloats stores values at the front of dst, in the format of a row.
func putFloats(dst []byte, values ...float32) {
	if _, err := binary.Encode(dst, binary.LittleEndian, values); err != nil {
		panic(err)
	}
}
