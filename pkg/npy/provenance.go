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

// Stage describes what one tool did to a stream. It holds no clock time and no
// host name, so that the same input gives the same bytes.
//
// Parameters are the values of flags, and of nothing else: each name is a flag of
// the tool with underscores in place of hyphens. A stage can therefore be turned
// back into the command line that made it. What follows from the input, or from
// the files that flags name, is in Derived.
type Stage struct {
	Tool       string          `json:"tool"`
	Version    string          `json:"version"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
	Derived    json.RawMessage `json:"derived,omitempty"`
}

// NewStage describes a stage. Both parameters and derived encode as JSON objects;
// derived is nil where there is nothing to say.
//
// A tool writes its parameters as one struct that it also embeds in its flags, so
// that the two cannot differ. The JSON names follow the names of the flags:
//
//	type Parameters struct {
//		EnvSize float64 `json:"env_size" help:"Set the size of the room (m)." default:"2.2"`
//		Limit   int64   `json:"limit" help:"Stop after this number of records; 0 means no limit." default:"0"`
//	}
//
//	type flags struct {
//		cli.Common
//		cli.Output
//		Parameters
//	}
//
//	stage, err := npy.NewStage("ratemaps", cli.Version, f.Parameters, struct {
//		Steps int `json:"trajectory_steps"`
//	}{steps})
//
// Flags that do not change the content of the output, such as --threads, stay out
// of Parameters. --preset, which only sets other flags, is among them where later
// stages must be given the same preset. A flag whose default follows from the
// input is set to the value in use before the stage is made. Names of files are
// written without their directories: the same data give the same bytes wherever
// they lie.
func NewStage(tool, version string, parameters, derived any) (Stage, error) {
	s := Stage{Tool: tool, Version: version}
	var err error
	if s.Parameters, err = json.Marshal(parameters); err != nil || derived == nil {
		return s, err
	}
	s.Derived, err = json.Marshal(derived)
	return s, err
}

// Decode decodes the parameters and what was derived into v, a pointer to a struct
// or a map.
func (s Stage) Decode(v any) error {
	for _, raw := range []json.RawMessage{s.Parameters, s.Derived} {
		if len(raw) == 0 {
			continue
		}
		if err := json.Unmarshal(raw, v); err != nil {
			return fmt.Errorf("provenance of %s: %w", s.Tool, err)
		}
	}
	return nil
}

// UnmarshalJSON removes white space from the parameters and from what was derived,
// so that a stage has the same bytes in an indented file as in a stream.
func (s *Stage) UnmarshalJSON(text []byte) error {
	if err := checkDepth(text); err != nil {
		return err
	}
	type plain Stage
	if err := json.Unmarshal(text, (*plain)(s)); err != nil {
		return err
	}
	for _, raw := range []*json.RawMessage{&s.Parameters, &s.Derived} {
		var compact bytes.Buffer
		if err := json.Compact(&compact, *raw); err != nil && len(*raw) > 0 {
			return err
		}
		*raw = nil
		if compact.Len() > 0 {
			*raw = compact.Bytes()
		}
	}
	return nil
}

// Provenance lists the stages that handled a stream, oldest first.
type Provenance []Stage

// Append returns the provenance with a stage added, leaving p alone.
func (p Provenance) Append(s Stage) Provenance {
	return append(p[:len(p):len(p)], s)
}

// Parameter looks for a value by name, newest stage first, and decodes it into v.
// In each stage it looks among the parameters and then among what was derived. It
// reports whether the name was found; a value of another type is an error.
func (p Provenance) Parameter(name string, v any) (bool, error) {
	for i := len(p) - 1; i >= 0; i-- {
		for _, members := range []json.RawMessage{p[i].Parameters, p[i].Derived} {
			var values map[string]json.RawMessage
			if json.Unmarshal(members, &values) != nil {
				continue
			}
			raw, ok := values[name]
			if !ok {
				continue
			}
			if err := json.Unmarshal(raw, v); err != nil {
				return false, fmt.Errorf("provenance of %s: %s: %w", p[i].Tool, name, err)
			}
			return true, nil
		}
	}
	return false, nil
}

// ProvenanceFile is the name of the file that holds the provenance of a directory
// of files which cannot hold it themselves, such as TFRecord files.
const ProvenanceFile = "provenance.json"

// ReadProvenance reads the [ProvenanceFile] of a directory. It returns nil where
// there is none.
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
	// maxProvenance is the largest provenance that is read, in bytes. All of it is
	// held in memory.
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
	if size := int64(width) * int64(len(p)); size > maxProvenance { // rows are as wide as the longest
		return Rows{}, fmt.Errorf("a provenance of %d stages would take %d bytes; at most %d are read again", len(p), size, maxProvenance)
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

// parseStage reads a stage. It does not decode into a struct, because that would
// miss a damaged name: encoding/json ignores the case of names, and leaves a field
// empty whose name it does not find.
func parseStage(text []byte) (Stage, error) {
	if err := checkDepth(text); err != nil {
		return Stage{}, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return Stage{}, err
	}
	s := Stage{Parameters: members["parameters"], Derived: members["derived"]}
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

// maxNesting bounds the nesting of a stage's JSON. Written with an indentation,
// text of depth n has n² spaces.
const maxNesting = 64

// checkDepth returns an error if JSON is nested too deeply. It does not check
// anything else.
func checkDepth(text []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			if depth++; depth > maxNesting {
				return fmt.Errorf("provenance is nested more than %d deep", maxNesting)
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return nil
}
