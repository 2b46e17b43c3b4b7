package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"gridcells/pkg/atomicfile"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// only checks that a directory holds these files and nothing else.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %v, want %v", dir, names, want)
	}
}

func content(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

func put(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestWholeOrNothing(t *testing.T) {
	for _, o := range []atomicfile.Options{{}, {Sync: true}, {Exclusive: true}, {Sync: true, Exclusive: true}} {
		dir := t.TempDir()
		path := filepath.Join(dir, "out")
		put(t, path, "old", 0o666)
		f, err := atomicfile.Create(path, o)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, "half")
		content(t, path, "old")
		f.Discard()
		f.Discard()
		only(t, dir, "out")
		content(t, path, "old")

		failure := errors.New("no more data")
		if err := atomicfile.Write(path, o, func(w io.Writer) error {
			io.WriteString(w, "half")
			return failure
		}); err != failure {
			t.Errorf("%+v: %v", o, err)
		}
		only(t, dir, "out")
		content(t, path, "old")

		if err := atomicfile.Write(path, o, text("new")); err != nil {
			t.Fatal(err)
		}
		only(t, dir, "out")
		content(t, path, "new")
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permissions")
	}
	dir := t.TempDir()
	reference := filepath.Join(dir, "reference") // has what the umask leaves
	if err := os.WriteFile(reference, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	wanted, err := os.Stat(reference)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "out")
	check := func(want os.FileMode) {
		t.Helper()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("mode %v, want %v (%v)", info.Mode(), want, err)
		}
	}
	if err := atomicfile.Write(path, atomicfile.Options{}, text("new")); err != nil {
		t.Fatal(err)
	}
	check(wanted.Mode().Perm())
	for _, mode := range []os.FileMode{0o600, 0o640, 0o666, 0o755} {
		put(t, path, "old", mode)
		if err := atomicfile.Write(path, atomicfile.Options{}, text("new")); err != nil {
			t.Fatal(err)
		}
		check(mode)
	}
	if os.Getuid() == 0 {
		return // root may write anything
	}
	put(t, path, "old", 0o444)
	if err := atomicfile.Write(path, atomicfile.Options{}, text("new")); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a protected file: %v", err)
	}
	content(t, path, "old")
}

func TestSymbolicLinks(t *testing.T) {
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"relative": "disk/a", "absolute": filepath.Join(disk, "a"), "chain": "relative", "dangling": "disk/new", "loop": "loop",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	put(t, filepath.Join(disk, "a"), "old", 0o600)
	for link, target := range map[string]string{"relative": "a", "absolute": "a", "chain": "a", "dangling": "new"} {
		if err := atomicfile.Write(filepath.Join(dir, link), atomicfile.Options{}, text(link)); err != nil {
			t.Fatal(err)
		}
		content(t, filepath.Join(disk, target), link)
		if info, err := os.Lstat(filepath.Join(dir, link)); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no longer a link: %v, %v", link, info, err)
		}
	}
	if info, err := os.Stat(filepath.Join(disk, "a")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the target has mode %v, %v", info.Mode(), err)
	}
	only(t, disk, "a", "new")
	if err := atomicfile.Write(filepath.Join(dir, "loop"), atomicfile.Options{}, text("x")); err == nil {
		t.Error("a link to itself can be written")
	}
}

func TestDevicesStay(t *testing.T) {
	if _, err := os.Stat("/dev/null"); err != nil {
		t.Skip(err)
	}
	before, err := os.Lstat("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []atomicfile.Options{{}, {Sync: true, Exclusive: true}} {
		if err := atomicfile.Write("/dev/null", o, text("x")); err != nil {
			t.Error(err)
		}
		f, err := atomicfile.Create("/dev/null", o)
		if err != nil {
			t.Fatal(err)
		}
		f.Discard()
	}
	if after, err := os.Lstat("/dev/null"); err != nil || after.Mode() != before.Mode() || !os.SameFile(before, after) {
		t.Errorf("/dev/null was %v and is %v, %v", before.Mode(), after.Mode(), err)
	}
}

// TestErrorsNameTheFile: messages have the name that the caller gave, not the name
// of the temporary file.
func TestErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		filepath.Join(dir, "no", "out"): filepath.Join(dir, "no", "out") + ": no such file or directory; make the directory " + filepath.Join(dir, "no") + " first",
		dir:                             dir + ": is a directory",
		"/dev/full":                     "/dev/full: no space left on device",
	} {
		if _, err := os.Stat(name); name == "/dev/full" && err != nil {
			continue
		}
		if err := atomicfile.Write(name, atomicfile.Options{}, text("x")); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestSideBySide: two writers of the same file do not disturb each other; the one
// that is done last wins.
func TestSideBySide(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	var files []*atomicfile.File
	for i := range 3 {
		f, err := atomicfile.Create(path, atomicfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, "writer ", i)
		files = append(files, f)
	}
	for i := range files {
		if err := files[i].Commit(); err != nil {
			t.Fatal(err)
		}
		content(t, path, fmt.Sprint("writer ", i))
	}
	only(t, dir, "out")
}

// A name may be as long as the file system allows.
func TestLongNames(t *testing.T) {
	for _, base := range []string{strings.Repeat("n", 255), strings.Repeat("é", 127), strings.Repeat("n", 221), strings.Repeat("n", 220)} {
		for _, o := range []atomicfile.Options{{}, {Exclusive: true}} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, base), nil, 0o666); err != nil {
				t.Skip(err)
			}
			if err := atomicfile.Write(filepath.Join(dir, base), o, text("new")); err != nil {
				t.Errorf("%d bytes: %v", len(base), err)
			}
			only(t, dir, base)
		}
	}
	one, other := atomicfile.Hidden(strings.Repeat("n", 250)), atomicfile.Hidden(strings.Repeat("n", 251))
	if one == other || !utf8.ValidString(atomicfile.Hidden("a"+strings.Repeat("é", 127))) {
		t.Errorf("%s and %s", one, other)
	}
}
