package gridscore

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"

	"gridcells/pkg/npy"
)

// textWriter writes the scalars of rows, as CSV with a header line or as JSON lines.
// A pair mask_… becomes two scalars, mask_…_inner and mask_…_outer. An undefined
// number is NaN in CSV and null in JSON.
type textWriter struct {
	buffer  *bufio.Writer
	csv     *csv.Writer // nil for JSON
	columns []textColumn
	started bool
	cells   []string
}

// textColumn is one column of text, made of one element of a field.
type textColumn struct {
	name string
	text func(row []byte, json bool) string
}

func newTextWriter(w io.Writer, d *npy.DType, jsonLines bool) *textWriter {
	t := &textWriter{buffer: bufio.NewWriterSize(w, 1<<16)}
	if !jsonLines {
		t.csv = csv.NewWriter(t.buffer)
	}
	for _, f := range d.Fields() {
		t.columns = append(t.columns, textColumns(npy.Column{Field: f})...)
	}
	t.cells = make([]string, len(t.columns))
	return t
}

// textColumns returns the text columns of a field. Maps have none.
func textColumns(c npy.Column) []textColumn {
	numeric := c.Type.IsNumber()
	switch {
	case len(c.Shape) == 0 && numeric && c.Type.Kind == 'f':
		return []textColumn{{c.Name, func(row []byte, json bool) string {
			return formatNumber(element(c, row, 0), c.Type, json)
		}}}
	case len(c.Shape) == 0 && numeric:
		return []textColumn{{c.Name, func(row []byte, _ bool) string { return strconv.Itoa(c.Int(row)) }}}
	case len(c.Shape) == 0 && (c.Type.Kind == 'S' || c.Type.Kind == 'U'):
		return []textColumn{{c.Name, func(row []byte, json bool) string { return quoted(c.String(row), json) }}}
	case strings.HasPrefix(c.Name, "mask_") && c.Type.Kind == 'f' && len(c.Shape) == 1 && c.Shape[0] == 2:
		return []textColumn{
			{c.Name + "_inner", func(row []byte, json bool) string { return formatNumber(element(c, row, 0), c.Type, json) }},
			{c.Name + "_outer", func(row []byte, json bool) string { return formatNumber(element(c, row, 1), c.Type, json) }},
		}
	}
	return nil
}

// element returns one of the at most two numbers of a field.
func element(c npy.Column, row []byte, i int) float64 {
	var v [2]float64
	c.Float64(v[:], row)
	return v[i]
}

// formatNumber writes the shortest text that reads back to the same number.
func formatNumber(v float64, t npy.Type, json bool) string {
	if json && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return "null"
	}
	bits := 64
	if t == npy.Float32 {
		bits = 32
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}

func quoted(s string, asJSON bool) string {
	if !asJSON {
		return s
	}
	q, _ := json.Marshal(s) // a string always encodes
	return string(q)
}

// Chunk writes nothing: a table has no chunks.
func (t *textWriter) Chunk(int) error { return nil }

// Write writes one line for each row.
func (t *textWriter) Write(rows npy.Rows) error {
	if err := t.header(); err != nil {
		return err
	}
	for i := range rows.Len() {
		for k, c := range t.columns {
			t.cells[k] = c.text(rows.Row(i), t.csv == nil)
		}
		if err := t.line(t.cells); err != nil {
			return err
		}
	}
	return t.flush()
}

// Close finishes the table. A table without rows has a header too.
func (t *textWriter) Close() error {
	if err := t.header(); err != nil {
		return err
	}
	return t.flush()
}

func (t *textWriter) flush() error {
	if t.csv != nil {
		t.csv.Flush()
		if err := t.csv.Error(); err != nil {
			return err
		}
	}
	return t.buffer.Flush()
}

// header writes CSV's first line, once.
func (t *textWriter) header() error {
	if t.started || t.csv == nil {
		return nil
	}
	t.started = true
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return t.csv.Write(names)
}

func (t *textWriter) line(cells []string) error {
	if t.csv != nil {
		return t.csv.Write(cells)
	}
	for i, cell := range cells {
		lead := ","
		if i == 0 {
			lead = "{"
		}
		t.buffer.WriteString(lead + quoted(t.columns[i].name, true) + ":" + cell)
	}
	_, err := t.buffer.WriteString("}\n")
	return err
}
