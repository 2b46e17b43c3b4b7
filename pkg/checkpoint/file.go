package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// writeWhole replaces a file by what write produces: a temporary file in the
// same directory is synced and renamed, and the directory synced, so that a
// crash leaves either the old content or the new.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := os.OpenFile(hidden(path, ".tmp"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err = errors.Join(write(w), w.Flush()); err != nil {
		return err
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// hidden names a file that is to take another's place. The name is always the
// same, so that killed runs do not leave more and more files.
func hidden(path, ending string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+ending)
}

// syncDir makes a rename durable. Not every system can sync a directory.
func syncDir(dir string) error {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
	return nil
}

// Keep says which earlier checkpoints of a run stay beside the latest.
type Keep struct {
	Last  int // so many of the newest
	Every int // and all whose update is a multiple of this; 0: none
}

// Archive stores the checkpoint just saved at path under a name with its
// update as well, and deletes those that keep does not name.
func Archive(path string, update uint64, keep Keep) error {
	if keep.Last <= 0 && keep.Every <= 0 {
		return nil
	}
	if err := link(path, Numbered(path, update)); err != nil {
		return fmt.Errorf("keeping checkpoint %d: %w", update, err)
	}
	updates, err := Archived(path)
	if err != nil {
		return err
	}
	for i, u := range updates {
		newest := i >= len(updates)-keep.Last
		if !newest && (keep.Every <= 0 || u%uint64(keep.Every) != 0) {
			if err := os.Remove(Numbered(path, u)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Numbered is the name under which the checkpoint of an update is kept:
// run.safetensors becomes run-000010000.safetensors.
func Numbered(path string, update uint64) string {
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s-%09d%s", strings.TrimSuffix(path, ext), update, ext)
}

// Archived lists the updates of the checkpoints kept beside path, in order.
func Archived(path string) ([]uint64, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	ext := filepath.Ext(path)
	prefix := strings.TrimSuffix(filepath.Base(path), ext) + "-"
	var updates []uint64
	for _, e := range entries {
		number := strings.TrimSuffix(strings.TrimPrefix(e.Name(), prefix), ext)
		if u, err := strconv.ParseUint(number, 10, 64); err == nil && e.Name() == filepath.Base(Numbered(path, u)) {
			updates = append(updates, u)
		}
	}
	slices.Sort(updates)
	return updates, nil
}

// link gives a file a second name, replacing what had it. The latest
// checkpoint is only ever replaced by renaming, so the content stays.
func link(path, name string) error {
	tmp := hidden(path, ".link") // not .tmp: a kill may leave it, and the next checkpoint would be written over the latest
	os.Remove(tmp)
	if err := os.Link(path, tmp); err != nil {
		return copyFile(path, name) // a file system without hard links
	}
	if err := os.Rename(tmp, name); err != nil {
		return err
	}
	if err := os.Remove(tmp); !errors.Is(err, os.ErrNotExist) {
		return err // it stays if name was the same file already
	}
	return nil
}

func copyFile(path, name string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return writeWhole(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
