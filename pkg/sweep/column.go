package sweep

import "slices"

// Column is a value that runs have.
type Column struct {
	Name string
	Bins int    // along a side of the ratemaps; 0 if the value is not of ratemaps
	Unit string // cm, %, points, nats; empty for counts and scores
	// Definition says what the value is. If runs define it differently, all of their
	// definitions stand here.
	Definition string
}

// find returns the place of a column, or -1.
func (t *Table) find(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// merge adds the columns of a run that are new, each after the one before it in the
// run. It returns the columns that the run defines differently.
func (t *Table) merge(columns []Column) (different []string) {
	at := 0
	for _, c := range columns {
		i := t.find(c.Name)
		if i < 0 {
			t.Columns = slices.Insert(t.Columns, at, c)
			at++
			continue
		}
		if known := &t.Columns[i]; known.Definition != c.Definition {
			different = append(different, c.Name)
			if !slices.Contains(t.definitions[c.Name], c.Definition) {
				t.definitions[c.Name] = append(t.definitions[c.Name], c.Definition)
			}
		}
		at = i + 1
	}
	return different
}
