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
	rows := csv.NewReader(r)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("no table: the file is empty")
	}
	if err != nil {
		return nil, err
	}
	header = slices.Clone(header)
	name, seed := slices.Index(header, "name"), slices.Index(header, "seed")
	if name < 0 || seed < 0 {
		return nil, errors.New("no columns \"name\" and \"seed\": this is not a table of runs as compare writes it")
	}
	t := &Table{}
	for i, column := range header {
		if i == name || i == seed {
			continue
		}
		if t.find(column) >= 0 {
			return nil, fmt.Errorf("two columns %q", printable.Short(column, 100))
		}
		t.Columns = append(t.Columns, Column{Name: column})
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		run := Run{Name: row[name], Values: map[string]float64{}}
		if run.Seed, err = strconv.Atoi(row[seed]); err != nil {
			line, _ := rows.FieldPos(seed)
			return nil, fmt.Errorf("line %d: %q is no seed", line, printable.Short(row[seed], 100))
		}
		for i, text := range row {
			if i == name || i == seed || text == "" {
				continue
			}
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				line, _ := rows.FieldPos(i)
				return nil, fmt.Errorf("line %d: %s: %q is no number", line, printable.Short(header[i], 100), printable.Short(text, 100))
			}
			run.Values[header[i]] = v
		}
		t.Runs = append(t.Runs, run)
	}
}
