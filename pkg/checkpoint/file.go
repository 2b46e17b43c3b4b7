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

	"gridcells/pkg/atomicfile"
)

// writeWhole replaces a file by the output of write. Even after a crash the file
// holds the whole old content or the whole new content. No other program may write
// it at the same time.
func writeWhole(path string, write func(io.Writer) error) error {
	return atomicfile.Write(path, atomicfile.Options{Sync: true, Exclusive: true}, func(f io.Writer) error {
		w := bufio.NewWriterSize(f, 1<<20)
		if err := write(w); err != nil {
			return err
		}
		return w.Flush()
	})
}

// hidden returns the name of a hidden file beside path. The name is always the same,
// so that killed runs leave at most one such file.
func hidden(path, ending string) string {
	return filepath.Join(filepath.Dir(path), atomicfile.Hidden(filepath.Base(path))+ending)
}

// Keep says which earlier checkpoints of a run stay beside the latest.
type Keep struct {
	Last  int // the number of newest checkpoints to keep
	Every int // and all whose update is a multiple of this; 0: none
}

// Archive gives the checkpoint at path a second name, which has its update in
// it. It then deletes the earlier checkpoints that keep does not name.
func Archive(path string, update uint64, keep Keep) error {
	if keep.Last <= 0 && keep.Every <= 0 {
		return nil
	}
	if err := link(path, Numbered(path, update)); err != nil {
		return fmt.Errorf("keeping checkpoint %d: %w", update, err)
	}
	updates, err := archived(path)
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

// IsNumbered reports whether a path stands for a file that [Numbered] names.
// The path may be relative or a link, and the file need not exist.
func IsNumbered(path, file string) bool {
	file = atomicfile.Resolve(file)
	_, ok := updateOf(path, filepath.Base(file))
	return ok && filepath.Dir(file) == filepath.Dir(atomicfile.Resolve(Numbered(path, 0)))
}

// updateOf is the update in the name of a numbered checkpoint.
func updateOf(path, base string) (update uint64, ok bool) {
	ext := filepath.Ext(path)
	prefix := strings.TrimSuffix(filepath.Base(path), ext) + "-"
	u, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimPrefix(base, prefix), ext), 10, 64)
	return u, err == nil && base == filepath.Base(Numbered(path, u))
}

// archived lists the updates of the checkpoints kept beside path, in order.
func archived(path string) ([]uint64, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var updates []uint64
	for _, e := range entries {
		if u, ok := updateOf(path, e.Name()); ok {
			updates = append(updates, u)
		}
	}
	slices.Sort(updates)
	return updates, nil
}

// link gives a file a second name. A file that had this name is replaced. The
// latest checkpoint is always replaced by renaming, so the content under the
// second name does not change later.
func link(path, name string) error {
	// The ending is not .tmp, which is that of the next checkpoint's temporary
	// file. If a kill left this link behind under that name, the next checkpoint
	// would be written over the content of the latest one.
	tmp := hidden(path, ".link")
	os.Remove(tmp)
	// The link must lead to the file, not to a symbolic link, which may lead to another
	// file later.
	if err := os.Link(atomicfile.Resolve(path), tmp); err != nil {
		return copyFile(path, name) // no hard links here, or another file system
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
