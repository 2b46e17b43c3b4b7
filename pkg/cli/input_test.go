package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

// The rows are the same with one thread and with two, whether they come from a file by
// name, from a file as standard input, or from another program.
func TestBatches(t *testing.T) {
	d, err := npy.NewDType(npy.Field{Name: "n", Type: npy.Int32})
	if err != nil {
		t.Fatal(err)
	}
	all := npy.MakeRows(d, 1000)
	for i := range all.Len() {
		npytest.Column(t, all, "n").PutInt(all.Row(i), i)
	}
	stream := npytest.Write(t, all, nil)
	name := filepath.Join(t.TempDir(), "n.npy")
	if err := os.WriteFile(name, stream, 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, threads := range []int{1, 2} {
		for _, input := range []struct {
			files []string
			stdin io.Reader
		}{{[]string{name}, nil}, {nil, file}, {[]string{"-"}, bytes.NewReader(stream)}} {
			if _, err := file.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			next := Common{Threads: threads}.Batches(t.Context(), Records(input.files, input.stdin), 7, input.files, input.stdin)
			var got []byte
			for {
				rows, err := next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, rows.Data...)
			}
			if !bytes.Equal(got, all.Data) {
				t.Errorf("%d threads, files %v: other rows", threads, input.files)
			}
		}
	}
}

// One thread reads a file no farther than it has to, and other inputs ahead. The end of
// the context ends the reading of both.
func TestBatchesReadAhead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "empty.npy")
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	opened := make(chan bool, 1)
	reader := npy.NewReaders(npy.Source{Name: "n", Open: func() (io.ReadCloser, error) {
		opened <- true
		return nil, errors.New("opened")
	}})
	one := Common{Threads: 1}
	direct := one.Batches(ctx, reader, 1, []string{name}, nil)
	if len(opened) > 0 {
		t.Error("a file was read before its first rows were asked for")
	}
	ahead := one.Batches(ctx, reader, 1, nil, bytes.NewReader(nil))
	<-opened // waits for ever if nothing reads ahead
	stopped := errors.New("stopped")
	cancel(stopped)
	for _, next := range []func() (npy.Rows, error){direct, ahead} {
		if _, err := next(); !errors.Is(err, stopped) {
			t.Errorf("after the end of the context: %v", err)
		}
	}
}
