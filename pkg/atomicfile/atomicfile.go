// Package atomicfile writes files that appear whole or not at all: the content
// goes to a temporary file in the same directory, which takes the place of the
// old file by a rename.
//
// A symbolic link stays a link, and the file that it points to is replaced. An
// existing file keeps its permissions; a new one has those that the umask leaves.
// Devices and named pipes are written to and never replaced.
package atomicfile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gridcells/pkg/namedpipe"
)

// Options say how a file is written. The zero value suits outputs that can be
// made again.
type Options struct {
	// Sync makes the content durable before the rename and the rename durable
	// before Commit returns, so that a crash of the machine leaves the old or the
	// new content.
	Sync bool
	// Exclusive says that no other program writes the file at the same time, for
	// example because the caller holds a lock. The temporary file then always has
	// the same name, so that killed programs leave at most one.
	Exclusive bool
}

// temporaryNames bounds the search for a name that is not in use.
const temporaryNames = 10000

// File is a file that is being written.
type File struct {
	name    string // as messages call it
	target  string // the file to replace: name without symbolic links; "" for a device or pipe
	file    *os.File
	options Options
	done    bool
}

// Create begins to write a file. Before Commit only the temporary file exists.
// Errors name the file as the caller does.
func Create(name string, o Options) (*File, error) {
	f := &File{name: name, options: o}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s: is a directory", name)
	case err == nil && !info.Mode().IsRegular():
		f.file, err = namedpipe.OpenFile(name, os.O_WRONLY, 0)
		return f, f.wrap(err)
	case err == nil:
		// A rename would also replace a file that is protected against writing.
		old, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, f.wrap(err)
		}
		old.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, f.wrap(err)
	}
	f.target = Resolve(name)
	if f.file, err = temporary(f.target, o.Exclusive); err != nil {
		return nil, f.wrap(err)
	}
	if info == nil {
		return f, nil
	}
	if err := f.file.Chmod(info.Mode().Perm()); err != nil {
		f.Discard()
		return nil, f.wrap(err)
	}
	return f, nil
}

// longestBase is the number of bytes of a file's name that leaves room for a dot before
// it and an ending, where a name has at most 255.
const longestBase = 220

// Hidden is the name of a hidden file that belongs to the file of this name, without an
// ending. The end of a long name is replaced by its hash.
func Hidden(base string) string {
	if len(base) > longestBase {
		h := fnv.New64a()
		io.WriteString(h, base)
		base = fmt.Sprintf("%s-%016x", strings.ToValidUTF8(base[:longestBase-17], ""), h.Sum64())
	}
	return "." + base
}

// temporary makes the temporary file of a file.
func temporary(target string, exclusive bool) (*os.File, error) {
	hidden := filepath.Join(filepath.Dir(target), Hidden(filepath.Base(target)))
	if exclusive {
		return os.OpenFile(hidden+".tmp", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o666)
	}
	for n := os.Getpid(); ; n++ {
		f, err := os.OpenFile(hidden+"."+strconv.Itoa(n)+".tmp", os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) || n >= os.Getpid()+temporaryNames {
			return f, err
		}
	}
}

// Write implements [io.Writer].
func (f *File) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	return n, f.wrap(err)
}

// Commit puts the file into its place. If that fails, it removes the temporary file.
func (f *File) Commit() error {
	f.done = true
	var err error
	if f.target != "" && f.options.Sync {
		err = f.file.Sync()
	}
	err = errors.Join(err, f.file.Close())
	if f.target == "" {
		return f.wrap(err)
	}
	if err == nil {
		err = os.Rename(f.file.Name(), f.target)
	}
	if err != nil {
		os.Remove(f.file.Name())
		return f.wrap(err)
	}
	if f.options.Sync {
		syncDir(filepath.Dir(f.target))
	}
	return nil
}

// Discard drops a file that was not committed. After Commit it does nothing, so
// that it can be deferred.
func (f *File) Discard() {
	if f.done {
		return
	}
	f.done = true
	f.file.Close()
	if f.target != "" {
		os.Remove(f.file.Name())
	}
}

// Write replaces a file by what write produces.
func Write(name string, o Options, write func(io.Writer) error) error {
	f, err := Create(name, o)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

// syncDir makes a rename durable. Not every system can sync a directory, so that
// failure is no error.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}

// wrap names the file in an error instead of the temporary file.
func (f *File) wrap(err error) error {
	if err == nil {
		return nil
	}
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return MissingDirectory(f.name, fmt.Errorf("%s: %w", f.name, err))
}

// MissingDirectory adds to an error about a file that could not be made which
// directory is missing. Other errors stay as they are.
func MissingDirectory(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Dir(name)
	if _, linked := os.Lstat(name); linked == nil {
		dir = filepath.Dir(Resolve(name))
	}
	if _, there := os.Stat(dir); there == nil {
		return err
	}
	return fmt.Errorf("%w; make the directory %s first", err, dir)
}

// maxLinks bounds a chain of symbolic links, as systems do.
const maxLinks = 40

// Resolve is the absolute path of the file that a name stands for, which need not
// exist, with no symbolic links in it.
func Resolve(name string) string {
	for range maxLinks {
		path, err := filepath.Abs(name)
		if err != nil {
			return name
		}
		if whole, err := filepath.EvalSymlinks(path); err == nil {
			return whole
		}
		dir := filepath.Dir(path)
		if whole, err := filepath.EvalSymlinks(dir); err == nil {
			dir = whole
		}
		target, err := os.Readlink(path)
		if err != nil {
			return filepath.Join(dir, filepath.Base(path))
		}
		if name = target; !filepath.IsAbs(target) {
			name = filepath.Join(dir, target)
		}
	}
	return name
}
