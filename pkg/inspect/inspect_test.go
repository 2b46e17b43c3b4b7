package inspect

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/safetensors"
	"gridcells/pkg/tfrecord"
)

func stream(t testing.TB) []byte {
	t.Helper()
	d, err := npy.NewDType(npy.Field{Name: "x", Type: npy.Float32, Shape: []int{2}}, npy.Field{Name: "name", Type: npy.Bytes(3)})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := d.Floats("x", 2)
	rows := npy.MakeRows(d, 2)
	x.PutFloat64(rows.Row(0), []float64{1, math.NaN()})
	x.PutFloat64(rows.Row(1), []float64{-3, math.Inf(1)})
	return npytest.Write(t, rows, npy.Provenance{{Tool: "test", Version: "1"}})
}

func records() []byte {
	fields := tfrecord.Fields{{Key: "a", Len: 1}, {Key: "b", Len: 3}}
	e := tfrecord.NewEncoder(fields)
	var out []byte
	for i := range 4 {
		row, _ := binary.Append(nil, binary.LittleEndian, []float32{float32(i), 1, 2, 3})
		out = tfrecord.AppendRecord(out, e.Append(nil, row))
	}
	return out
}

func tensors(t testing.TB) []byte {
	t.Helper()
	f := &safetensors.File{
		Metadata: map[string]string{"format": "pt", "position": `{"update":3}`},
		Tensors:  []safetensors.Tensor{safetensors.Float32("w", []float32{1, 2, 3, 6}, 2, 2)},
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead(t *testing.T) {
	read := func(data []byte) *Summary {
		t.Helper()
		s, err := Read(bytes.NewReader(data), "x")
		if err != nil || s.Damaged != "" || s.Bytes != int64(len(data)) {
			t.Fatalf("%v, damaged %q, %d of %d bytes", err, s.Damaged, s.Bytes, len(data))
		}
		return s
	}
	s := read(stream(t))
	f := s.Fields[0]
	if s.Format != "record stream" || s.Rows != 2 || !s.EndMark || len(s.Provenance) != 1 ||
		f.NaN != 1 || f.Infinite != 1 || *f.Least != -3 || *f.Greatest != 1 || *f.Mean != -1 || s.Fields[1].Least != nil {
		t.Errorf("stream: %+v, field %+v", s, f)
	}
	s = read(records())
	if s.Format != "TFRecord" || s.Rows != 4 || len(s.Fields) != 2 || *s.Fields[0].Greatest != 3 || *s.Fields[1].Mean != 2 {
		t.Errorf("TFRecord: %+v", s)
	}
	s = read(tensors(t))
	if s.Format != "safetensors" || *s.Fields[0].Mean != 3 || string(s.Metadata["format"]) != `"pt"` || string(s.Metadata["position"]) != `{"update":3}` {
		t.Errorf("safetensors: %+v", s)
	}
}

func TestEveryPrefixIsDamaged(t *testing.T) {
	for name, data := range map[string][]byte{"stream": stream(t), "tensors": tensors(t)} {
		for n := 1; n < len(data); n++ {
			if s, err := Read(bytes.NewReader(data[:n]), "x"); err != nil || s.Damaged == "" && s.Unread == "" {
				t.Fatalf("%s: the first %d bytes pass for whole (%v)", name, n, err)
			}
		}
	}
	if _, err := Read(bytes.NewReader(nil), "x"); err == nil {
		t.Error("an empty file: no error")
	}
}

// Files of other formats are named, not called damaged.
func TestOtherFormats(t *testing.T) {
	header := "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"
	plain := "\x93NUMPY\x01\x00\x76\x00" + header + strings.Repeat(" ", 117-len(header)) + "\n" + strings.Repeat("\x00", 48)
	for content, want := range map[string][2]string{
		"t,x,y\n0,1,2\n": {"text", "inspect reads record streams"},
		"PK\x03\x04" + strings.Repeat("\x00", 99): {"an NPZ archive", "inspect reads record streams"},
		plain: {"a NumPy array", "a plain array of shape"},
	} {
		s, err := Read(strings.NewReader(content), "x")
		if err != nil || s.Damaged != "" || !strings.HasPrefix(s.Format, want[0]) || !strings.Contains(s.Unread, want[1]) || s.Bytes != int64(len(content)) {
			t.Errorf("%.20q: %+v, %v; want %q", content, s, err, want)
		}
		var b strings.Builder
		if err := s.Text(&b); err != nil || !strings.Contains(b.String(), "\n  not read: ") || strings.Contains(b.String(), "records, ") {
			t.Errorf("%.20q: %q, %v", content, b.String(), err)
		}
	}
}

// Names and parameters come from files. Characters that a terminal would obey are
// escaped.
func TestControlCharacters(t *testing.T) {
	const bad = "a\x1b[2J\u009b31m\u202e\xff"
	d, err := npy.NewDType(npy.Field{Name: "x\u009b", Type: npy.Float32})
	if err != nil {
		t.Skip("the reader refuses such names: ", err)
	}
	var b bytes.Buffer
	w := npy.NewWriter(&b, d, npy.Provenance{{Tool: bad, Version: bad, Parameters: []byte(`{"p":"\u009b"}`)}})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := &safetensors.File{Metadata: map[string]string{bad: bad}, Tensors: []safetensors.Tensor{safetensors.Float32(bad, []float32{1}, 1)}}
	var weights bytes.Buffer
	if err := f.Write(&weights); err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{b.Bytes(), weights.Bytes(), tfrecord.AppendRecord(nil, []byte(bad))} {
		s, err := Read(bytes.NewReader(data), bad)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := s.Text(&text); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(text.String(), "\x1b\u009b\u202e") || !utf8.ValidString(text.String()) {
			t.Errorf("%q", text.String())
		}
	}
}

// TensorFlow's own file: the payloads are events, not Examples.
func TestTensorFlowsEventFile(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "tensorboard_events.tfrecord"))
	if err != nil {
		t.Skip("no TensorFlow event file here: ", err)
	}
	defer f.Close()
	s, err := Read(f, "events")
	if err != nil || s.Damaged != "" || s.Rows == 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// A tensor of a type that is not known can claim any shape. Nothing of its size is
// allocated.
func TestClaimsOfUnknownTypes(t *testing.T) {
	header := `{"a":{"dtype":"F9","shape":[70368744177664],"data_offsets":[0,0]}}`
	file := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	s, err := Read(bytes.NewReader(file), "claims.safetensors")
	if err != nil || s.Damaged != "" || len(s.Fields) != 1 || s.Fields[0].Type != "F9" || s.Fields[0].Mean != nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(stream(f))
	f.Add(records())
	f.Add(tensors(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(bytes.NewReader(data), "x")
		if err == nil {
			var b bytes.Buffer
			if err := s.Text(&b); err != nil {
				t.Fatal(err)
			}
		}
	})
}
