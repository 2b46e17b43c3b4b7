package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrInUse says that another run writes to a checkpoint.
var ErrInUse = errors.New("another training run is writing this checkpoint")

// Lock keeps other runs away from a checkpoint until release is called or the
// process ends, however it ends. The lock is held on a hidden file beside the
// checkpoint, which stays. Systems without flock do without the protection.
func Lock(path string) (release func(), err error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		var p *os.PathError // whose name is the lock's, of which nobody knows
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := lockFile(f); err != nil {
		f.Close()
		if errors.Is(err, ErrInUse) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
