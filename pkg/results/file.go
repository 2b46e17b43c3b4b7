package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// read decodes the one JSON object of a file.
func read(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("no JSON: the file is empty")
		}
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		if errors.As(err, &syntax) && d.InputOffset() == 0 || errors.As(err, &kind) && kind.Field == "" {
			return errors.New("not a JSON object, as the tools write it")
		}
		return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("byte %d: more follows the JSON object", d.InputOffset())
	}
	return nil
}

// write encodes a value, indented by two spaces, with a line feed at the end.
func write(w io.Writer, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
