package checkpoint

import (
	"errors"
	"fmt"
	"os"

	"gridcells/pkg/atomicfile"
)

// ErrInUse says that another run writes to a checkpoint.
var ErrInUse = errors.New("another training run is writing this checkpoint")

// lockAttempts is how often Lock tries again if another run removes its lock file at
// the same moment.
const lockAttempts = 100

// Lock keeps other runs away from a checkpoint until release is called or the
// process ends, however it ends. The lock is held on a hidden file beside the
// checkpoint, or beside the file that a symbolic link points to. Release removes
// it. A lock file left by a run that was killed does no harm. Systems without flock
// do without the protection.
func Lock(path string) (release func(), err error) {
	name := hidden(atomicfile.Resolve(path), ".lock")
	for range lockAttempts {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			var p *os.PathError // do not mention the lock file in the error
			if errors.As(err, &p) {
				err = p.Err
			}
			return nil, atomicfile.MissingDirectory(path, fmt.Errorf("%s: %w", path, err))
		}
		if err := lockFile(f); err != nil {
			f.Close()
			if errors.Is(err, ErrInUse) {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if isFile(f, name) {
			return func() {
				os.Remove(name) // it is still locked, so no other run uses it
				f.Close()
			}, nil
		}
		f.Close() // its holder removed it between our opening and locking
	}
	return nil, fmt.Errorf("%s: %w", path, ErrInUse)
}

// isFile reports whether the open file is the file that has this name now.
func isFile(f *os.File, name string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(name)
	return err == nil && os.SameFile(opened, named)
}
