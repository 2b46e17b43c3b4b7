package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"strings"

	"gridcells/pkg/printable"
)

// maxMember is the largest size (bytes) of an array that is read from an archive. An
// archive of a few megabytes can hold a thousand times as many zeros.
const maxMember = 256 << 20

// Archive is an open NPZ archive, which numpy.savez makes: a ZIP file of arrays.
type Archive struct {
	zip     *zip.ReadCloser
	members map[string]*zip.File
	names   []string
}

// OpenNPZ opens an archive and reads the list of its arrays. It does not read
// the arrays: they may be of any type and size.
func OpenNPZ(path string) (*Archive, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file: the list of an archive is at its end, so a pipe cannot be read", path)
	}
	z, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return nil, fmt.Errorf("%s: not an NPZ archive: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	a := &Archive{zip: z, members: map[string]*zip.File{}}
	for _, member := range z.File {
		name, isArray := strings.CutSuffix(member.Name, ".npy")
		if !isArray {
			continue
		}
		if _, twice := a.members[name]; !twice {
			a.names = append(a.names, name)
		}
		a.members[name] = member // of two members with one name NumPy takes the last
	}
	return a, nil
}

// Names lists the arrays in the order of the archive.
func (a *Archive) Names() []string { return a.names }

// Has reports whether the archive holds an array of that name.
func (a *Archive) Has(name string) bool {
	_, ok := a.members[name]
	return ok
}

// Close closes the file.
func (a *Archive) Close() error { return a.zip.Close() }

func (a *Archive) list() string {
	if len(a.names) == 0 {
		return "none"
	}
	return printable.List(a.names)
}
