package npy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Stage is what one tool did to a stream. It holds no clock time and no host
// name: the same input gives the same bytes.
type Stage struct {
	Tool       string          `json:"tool"`
	Version    string          `json:"version"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
}

// NewStage describes a stage; parameters is anything that encodes as a JSON
// object.
func NewStage(tool, version string, parameters any) (Stage, error) {
	p, err := json.Marshal(parameters)
	return Stage{tool, version, p}, err
}

// UnmarshalJSON takes the white space out of the parameters, so that a stage has
// the same bytes in an indented file as in a stream.
func (s *Stage) UnmarshalJSON(text []byte) error {
	type plain Stage
	if err := json.Unmarshal(text, (*plain)(s)); err != nil {
		return err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, s.Parameters); err != nil && len(s.Parameters) > 0 {
		return err
	}
	s.Parameters = nil
	if compact.Len() > 0 {
		s.Parameters = compact.Bytes()
	}
	return nil
}

// Provenance lists the stages that handled a stream, oldest first.
type Provenance []Stage

// Append returns the provenance with a stage added, leaving p alone.
func (p Provenance) Append(s Stage) Provenance {
	return append(p[:len(p):len(p)], s)
}

// Parameter looks for a named parameter, newest stage first, and decodes it
// into v. It reports whether one was found; a value of another type is an
// error.
func (p Provenance) Parameter(name string, v any) (bool, error) {
	for i := len(p) - 1; i >= 0; i-- {
		var parameters map[string]json.RawMessage
		if json.Unmarshal(p[i].Parameters, &parameters) != nil {
			continue
		}
		if raw, ok := parameters[name]; ok {
			if err := json.Unmarshal(raw, v); err != nil {
				return false, fmt.Errorf("provenance of %s: %s: %w", p[i].Tool, name, err)
			}
			return true, nil
		}
	}
	return false, nil
}

// ProvenanceFile is what a directory of files that cannot hold their provenance,
// such as TFRecord files, holds beside them.
const ProvenanceFile = "provenance.json"

// ReadProvenance reads a directory's [ProvenanceFile]; nil if it has none.
func ReadProvenance(dir string) (Provenance, error) {
	path := filepath.Join(dir, ProvenanceFile)
	text, err := os.ReadFile(path)
	if err != nil {
		if info, statErr := os.Stat(dir); errors.Is(err, fs.ErrNotExist) || statErr == nil && !info.IsDir() {
			return nil, nil
		}
		return nil, err
	}
	var p Provenance
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

const (
	provenanceField = "provenance"
	// maxProvenance bounds its bytes, which are held in memory as a whole.
	maxProvenance = 64 << 20
)

// rows encodes the provenance as its NPY table.
func (p Provenance) rows() (Rows, error) {
	lines := make([][]byte, len(p))
	width := 1
	for i, s := range p {
		var err error
		if lines[i], err = json.Marshal(s); err != nil {
			return Rows{}, fmt.Errorf("provenance of %s: %w", s.Tool, err)
		}
		width = max(width, len(lines[i]))
	}
	d, err := NewDType(Field{Name: provenanceField, Type: Bytes(width)})
	if err != nil {
		return Rows{}, err
	}
	rows := MakeRows(d, len(p))
	for i, line := range lines {
		copy(rows.Row(i), line)
	}
	return rows, nil
}

func isProvenance(d *DType) bool {
	return len(d.fields) == 1 && d.fields[0].Name == provenanceField &&
		d.fields[0].Type.Kind == 'S' && len(d.fields[0].Shape) == 0
}

func parseProvenance(rows Rows) (Provenance, error) {
	p := Provenance{}
	for i := range rows.Len() {
		s, err := parseStage(bytes.TrimRight(rows.Row(i), "\x00"))
		if err != nil {
			return nil, fmt.Errorf("provenance row %d: %w", i, err)
		}
		p = append(p, s)
	}
	return p, nil
}

// parseStage reads a stage. Decoding into a struct would pass over a damaged
// letter: it matches names whatever their case, and lacks what it does not find.
func parseStage(text []byte) (Stage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return Stage{}, err
	}
	s := Stage{Parameters: members["parameters"]}
	for name, value := range map[string]*string{"tool": &s.Tool, "version": &s.Version} {
		raw, ok := members[name]
		if !ok {
			return Stage{}, fmt.Errorf("no %q", name)
		}
		if err := json.Unmarshal(raw, value); err != nil {
			return Stage{}, fmt.Errorf("%q: %w", name, err)
		}
	}
	return s, nil
}
