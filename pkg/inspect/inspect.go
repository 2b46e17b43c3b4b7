// Package inspect describes the files of the project: record streams, TFRecord
// files and checkpoints. It reads each file to its end, so that counts and ranges
// are those of the whole file.
package inspect

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"gridcells/pkg/foreign"
	"gridcells/pkg/npy"
	"gridcells/pkg/printable"
	"gridcells/pkg/safetensors"
	"gridcells/pkg/tfrecord"
)

// Summary describes a file.
type Summary struct {
	Name       string                     `json:"name"`
	Format     string                     `json:"format"` // record stream, TFRecord, safetensors; or that of a file that Unread tells about
	Rows       int64                      `json:"rows,omitempty"`
	Bytes      int64                      `json:"bytes"` // decompressed
	EndMark    bool                       `json:"end_mark,omitempty"`
	Provenance npy.Provenance             `json:"provenance,omitempty"`
	Metadata   map[string]json.RawMessage `json:"metadata,omitempty"` // of a checkpoint
	Fields     []Field                    `json:"fields"`
	Damaged    string                     `json:"damaged,omitempty"` // the error that ended the reading
	Unread     string                     `json:"unread,omitempty"`  // why a file of another format was not read
}

// Field is a column of a stream, a feature of TFRecords or a tensor. Least,
// Greatest and Mean are of the finite values; they are null where there are none.
type Field struct {
	Name      string   `json:"name"`
	Type      string   `json:"type"`
	Shape     []int    `json:"shape"`
	Least     *float64 `json:"min"`
	Greatest  *float64 `json:"max"`
	Mean      *float64 `json:"mean"`
	NaN       int64    `json:"nan"`
	Infinite  int64    `json:"infinite"`
	Elements  int64    `json:"elements"`
	numerical bool
	sum       float64
}

// Read describes a file of any of the three formats. A damaged file is no error:
// the summary describes what came before the damage and names it in Damaged. A file
// of another format is no error either: Unread says that it was not read.
func Read(r io.Reader, name string) (*Summary, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	start, err := b.Peek(512)
	if len(start) == 0 {
		if err == io.EOF {
			return nil, fmt.Errorf("%s: empty", name)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &Summary{Name: name, Fields: []Field{}}
	counted := &counter{r: b}
	switch {
	case bytes.HasPrefix(start, []byte("\x93NUMPY")):
		s.Format = "record stream"
		err = s.readStream(counted)
	case looksLikeSafetensors(start):
		s.Format = "safetensors"
		err = s.readSafetensors(counted)
	case foreign.Format(start) != "":
		s.Format, s.Unread = foreign.Format(start), readable
	case foreign.IsText(start):
		s.Format, s.Unread = "text", readable
	default:
		s.Format = "TFRecord"
		err = s.readTFRecord(counted)
	}
	var plain *npy.PlainArrayError
	if errors.As(err, &plain) {
		s.Format, s.Unread = "a NumPy array", plain.Error()
	}
	if s.Unread != "" {
		_, err = io.Copy(io.Discard, counted)
	}
	if err != nil {
		s.Damaged = err.Error()
		io.Copy(io.Discard, counted) // only the size is wanted: Damaged has the first error
	}
	s.Bytes = counted.n
	for i := range s.Fields {
		s.Fields[i].finish()
	}
	return s, nil
}

// readable is why files of other formats are not read.
const readable = "inspect reads record streams, TFRecord files and checkpoints (safetensors)"

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// looksLikeSafetensors reports whether a file begins like safetensors: 8 bytes of
// length, then the brace of a JSON header. A TFRecord begins with a length and the
// checksum of the length, whose first byte may be a brace.
func looksLikeSafetensors(start []byte) bool {
	if len(start) < 9 || start[8] != '{' {
		return false
	}
	return len(start) < 12 || tfrecord.Checksum(start[:8]) != binary.LittleEndian.Uint32(start[8:])
}

func (s *Summary) readStream(r io.Reader) error {
	reader := npy.NewReader(r, s.Name)
	d, provenance, err := reader.Header()
	if err != nil {
		return err
	}
	s.Provenance = provenance
	var columns []npy.Column
	for _, f := range d.Fields() {
		s.Fields = append(s.Fields, Field{
			Name: f.Name, Type: f.Type.String(), Shape: shape(f.Shape), numerical: f.Type.IsNumber(),
		})
		columns = append(columns, npy.Column{Field: f})
	}
	var x []float64
	var buf []byte
	for {
		rows, err := reader.Next(buf, d.Batch(npy.PipeBatch, npy.PipeBatch))
		if err == io.EOF {
			s.EndMark = provenance != nil
			return nil
		}
		if err != nil {
			return err
		}
		for i := range rows.Len() {
			for k, c := range columns {
				f := &s.Fields[k]
				if !f.numerical {
					f.Elements += int64(c.Len())
					continue
				}
				x = slices.Grow(x[:0], c.Len())[:c.Len()]
				c.Float64(x, rows.Row(i))
				f.add(x)
			}
		}
		s.Rows += int64(rows.Len())
		buf = rows.Data
	}
}

func (s *Summary) readSafetensors(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	f, err := safetensors.Parse(data)
	if err != nil {
		return err
	}
	for key, text := range f.Metadata {
		if s.Metadata == nil {
			s.Metadata = map[string]json.RawMessage{}
		}
		raw := json.RawMessage(text)
		if !json.Valid(raw) {
			raw, _ = json.Marshal(text)
		}
		s.Metadata[key] = raw
	}
	if text, ok := f.Metadata["provenance"]; ok && json.Unmarshal([]byte(text), &s.Provenance) == nil {
		delete(s.Metadata, "provenance")
	}
	for _, t := range f.Tensors {
		field := Field{Name: t.Name, Type: t.DType, Shape: shape(t.Shape), numerical: t.IsFloat()}
		if field.numerical {
			x := make([]float32, field.elements())
			if err := t.Float32(x); err != nil {
				return err
			}
			field.add32(x)
		}
		s.Fields = append(s.Fields, field)
	}
	return nil
}

func (s *Summary) readTFRecord(r io.Reader) error {
	reader := tfrecord.NewReader(r, s.Name, tfrecord.Options{})
	var decoder *tfrecord.Decoder
	var row []byte
	var x []float32
	for reader.Next() {
		if s.Rows == 0 {
			fields := s.features(reader.Record())
			if fields != nil {
				decoder, row = tfrecord.NewDecoder(fields), make([]byte, fields.Size())
			}
		}
		s.Rows++
		if decoder == nil {
			continue
		}
		if err := decoder.Decode(row, reader.Record()); err != nil {
			return reader.Locate(err)
		}
		rest := row
		for i := range s.Fields {
			f := &s.Fields[i]
			if !f.numerical {
				continue
			}
			n := f.Shape[0]
			x = slices.Grow(x[:0], n)[:n]
			rest = tfrecord.GetFloats(x, rest)
			f.add32(x)
		}
	}
	return reader.Err()
}

// features lists the features of the first record and returns those that hold
// floats. It returns none if the record is not a tf.train.Example.
func (s *Summary) features(record []byte) tfrecord.Fields {
	features, err := tfrecord.Features(record)
	if err != nil {
		return nil
	}
	var floats tfrecord.Fields
	for _, f := range features {
		s.Fields = append(s.Fields, Field{Name: f.Key, Type: f.Kind.String(), Shape: []int{f.Len}, numerical: f.Kind == tfrecord.Float})
		if f.Kind == tfrecord.Float {
			floats = append(floats, tfrecord.Field{Key: f.Key, Len: f.Len})
		}
	}
	return floats
}

func shape(s []int) []int {
	if s == nil {
		return []int{}
	}
	return s
}

func (f Field) elements() int { return npy.Field{Shape: f.Shape}.Len() }

func (f *Field) add32(x []float32) {
	for _, v := range x {
		f.addOne(float64(v))
	}
}

func (f *Field) add(x []float64) {
	for _, v := range x {
		f.addOne(v)
	}
}

func (f *Field) addOne(v float64) {
	f.Elements++
	switch {
	case math.IsNaN(v):
		f.NaN++
		return
	case math.IsInf(v, 0):
		f.Infinite++
		return
	}
	f.sum += v
	if f.Least == nil {
		f.Least, f.Greatest = new(v), new(v)
	}
	*f.Least, *f.Greatest = min(*f.Least, v), max(*f.Greatest, v)
}

func (f *Field) finish() {
	if n := f.Elements - f.NaN - f.Infinite; f.numerical && n > 0 {
		f.Mean = new(f.sum / float64(n))
	}
}

// Text writes the summary for people. Names and parameters come from the file;
// characters in them that a terminal would obey are escaped.
func (s *Summary) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", printable.Text(s.Name), s.Format)
	if s.Format != "safetensors" && s.Unread == "" {
		fmt.Fprintf(&b, ", %d records", s.Rows)
	}
	fmt.Fprintf(&b, ", %d bytes", s.Bytes)
	if s.EndMark {
		b.WriteString(", whole")
	}
	b.WriteByte('\n')
	for _, stage := range s.Provenance {
		made := fmt.Sprintf("made by %s %s %s", stage.Tool, stage.Version, stage.Parameters)
		fmt.Fprintf(&b, "  %s\n", printable.Text(made))
		if len(stage.Derived) > 0 {
			fmt.Fprintf(&b, "    derived %s\n", printable.Text(string(stage.Derived)))
		}
	}
	keys := make([]string, 0, len(s.Metadata))
	for k := range s.Metadata {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, "  %s %s\n", printable.Text(k), printable.Text(string(s.Metadata[k])))
	}
	names := make([]string, len(s.Fields))
	width := len("field")
	for i, f := range s.Fields {
		names[i] = printable.Short(f.Name, maxName)
		width = max(width, utf8.RuneCountInString(names[i]))
	}
	if len(s.Fields) > 0 {
		fmt.Fprintf(&b, "  %-*s  %-6s %-14s %12s %12s %12s %8s\n", width, "field", "type", "shape", "min", "max", "mean", "NaN")
	}
	for i, f := range s.Fields {
		fmt.Fprintf(&b, "  %-*s  %-6s %-14s %12s %12s %12s %8s\n", width, names[i], printable.Short(f.Type, maxName), fmt.Sprint(f.Shape),
			number(f.Least), number(f.Greatest), number(f.Mean), f.missing())
	}
	if s.Damaged != "" {
		fmt.Fprintf(&b, "  damaged: %s\n", printable.Text(s.Damaged))
	}
	if s.Unread != "" {
		fmt.Fprintf(&b, "  not read: %s\n", printable.Text(s.Unread))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// maxName is the number of characters that are shown of a field's name.
const maxName = 60

func number(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.5g", *x)
}

func (f *Field) missing() string {
	if !f.numerical {
		return "-"
	}
	text := fmt.Sprint(f.NaN)
	if f.Infinite > 0 {
		text += fmt.Sprintf("+%d∞", f.Infinite)
	}
	return text
}
