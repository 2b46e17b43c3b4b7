package sweep

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"gridcells/pkg/printable"
)

// ReadCSV reads a table of runs, as the tool compare writes it: a header with
// the columns name and seed and others, and a row for each run. Fields that are
// empty are missing. The rows keep their order. Columns have names only.
func ReadCSV(r io.Reader) (*Table, error) {
	c := csvTable{rows: csv.NewReader(r)}
	c.rows.ReuseRecord = true
	t, err := c.header()
	if err != nil {
		return nil, err
	}
	for {
		run, err := c.run()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		t.Runs = append(t.Runs, run)
	}
}

// csvTable is a table that is being read.
type csvTable struct {
	rows       *csv.Reader
	columns    []string
	name, seed int // places of these columns
}

// header reads the names of the columns. It returns the table without runs.
func (c *csvTable) header() (*Table, error) {
	header, err := c.rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("no table: the file is empty")
	}
	if err != nil {
		return nil, err
	}
	c.columns = slices.Clone(header)
	c.name, c.seed = slices.Index(header, "name"), slices.Index(header, "seed")
	if c.name < 0 || c.seed < 0 {
		return nil, errors.New("no columns \"name\" and \"seed\": this is not a table of runs as compare writes it")
	}
	t := &Table{}
	for i, column := range c.columns {
		if i == c.name || i == c.seed {
			continue
		}
		if t.find(column) >= 0 {
			return nil, fmt.Errorf("two columns %q", printable.Short(column, 100))
		}
		t.Columns = append(t.Columns, Column{Name: column})
	}
	return t, nil
}

// run reads a row. The error is io.EOF after the last one.
func (c *csvTable) run() (Run, error) {
	row, err := c.rows.Read()
	if err != nil {
		return Run{}, err
	}
	run := Run{Name: row[c.name], Values: map[string]float64{}}
	if run.Seed, err = strconv.Atoi(row[c.seed]); err != nil {
		return run, c.at(c.seed, "%q is no seed", printable.Short(row[c.seed], 100))
	}
	for i, text := range row {
		if i == c.name || i == c.seed || text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return run, c.at(i, "%s: %q is no number", printable.Short(c.columns[i], 100), printable.Short(text, 100))
		}
		run.Values[c.columns[i]] = v
	}
	return run, nil
}

// at makes an error about a field of the row that was read last.
func (c *csvTable) at(field int, format string, args ...any) error {
	line, _ := c.rows.FieldPos(field)
	return fmt.Errorf("line %d: "+format, append([]any{line}, args...)...)
}
