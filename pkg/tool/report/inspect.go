package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"gridcells/pkg/cli"
	"gridcells/pkg/inspect"
)

// inspect explains the inputs instead of drawing them. All are explained, also
// behind a damaged one; the status tells whether one was damaged.
func (f *flags) inspect(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	out, err := cli.Output{Output: f.Output, Compress: "none"}.Create(stdout, false)
	if err != nil {
		return err
	}
	defer out.Discard()
	files := f.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	damaged := 0
	for _, name := range files {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		s, err := inspectFile(name, stdin)
		if err != nil {
			return err
		}
		if s.Damaged != "" {
			damaged++
		}
		var b bytes.Buffer
		if f.JSON {
			err = json.NewEncoder(&b).Encode(s)
		} else {
			err = s.Text(&b)
		}
		if err != nil {
			return err
		}
		if _, err := out.Write(b.Bytes()); err != nil {
			return err
		}
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if damaged > 0 {
		return fmt.Errorf("%d of %d inputs damaged", damaged, len(files))
	}
	return nil
}

func inspectFile(name string, stdin io.Reader) (*inspect.Summary, error) {
	r, err := cli.Open(name, stdin)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return inspect.Read(r, cli.DisplayName(name))
}
