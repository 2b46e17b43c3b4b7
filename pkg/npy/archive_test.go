package npy

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// npz writes an archive of the members, compressed, and returns its path.
func npz(t testing.TB, names []string, members ...[]byte) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write(members[i])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// array returns an f8 array of one dimension.
func array(values ...float64) *Array {
	a := &Array{Type: Float64, Shape: []int{len(values)}, Data: make([]byte, 8*len(values))}
	putFloats(a.Data, Float64, values)
	return a
}

func encoded(a *Array) []byte {
	return append(appendHeader(nil, a.Type.literal(), a.Shape), a.Data...)
}

// member reads an array of an archive.
func member(a *Archive, name string) (*Array, error) {
	r, err := a.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	whole := &Array{Type: r.Type, Shape: r.Shape}
	for {
		piece, err := r.Next(r.Len())
		if err == io.EOF {
			return whole, nil
		}
		if err != nil {
			return nil, err
		}
		whole.Data = append(whole.Data, piece.Data...)
	}
}

// Members that are not asked for may be of any type and size, and are not read.
func TestArchiveReadsWhatIsNeeded(t *testing.T) {
	x := encoded(array(1, 2))
	y := encoded(array(3))
	// An array in Fortran order is read at once.
	header := bytes.Replace(appendHeader(nil, "'<f8'", []int{maxMember / 8, 16}), []byte("False"), []byte("True "), 1)
	huge := append(header, make([]byte, 1<<20)...)
	path := npz(t, []string{"x.npy", "meta.npy", "when.npy", "notes.txt", "huge.npy", "dir/y.npy", "x.npy", "long.npy"},
		y, appendHeader(nil, "'|O'", nil), appendHeader(nil, "'<M8[s]'", nil), []byte("no array"), huge, y, x, append(bytes.Clone(x), 0))
	a, err := OpenNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if names := a.Names(); !reflect.DeepEqual(names, []string{"x", "meta", "when", "huge", "dir/y", "long"}) {
		t.Errorf("names %q", names)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := member(a, "x")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := got.Float64(); err != nil || !reflect.DeepEqual(v, []float64{1, 2}) {
		t.Errorf("x = %v, %v", v, err)
	}
	for name, want := range map[string]string{
		"huge": "takes 4294967296 bytes; at most 268435456 are read",
		"meta": `array "meta": header: type O holds Python objects`,
		"long": "goes on after the end of the array",
		"none": `no array "none" (there are "x", "meta", "when", "huge", "dir/y", "long")`,
	} {
		if _, err := member(a, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if _, err := member(a, "when"); err == nil { // no data follow
		t.Error("an empty member passes")
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("allocated %d bytes", grown)
	}
}

// A damaged byte of an array is always noticed.
func TestArchiveVerifiesChecksums(t *testing.T) {
	array := encoded(array(1, 2, 3))
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "x.npy", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	f.Write(array)
	w.Close()
	whole, dir := b.Bytes(), t.TempDir()
	first := bytes.Index(whole, array)
	for i := first; i < first+len(array); i++ {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 4
		path := filepath.Join(dir, "damaged.npz")
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		a, err := OpenNPZ(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = member(a, "x")
		a.Close()
		if err == nil {
			t.Fatalf("byte %d is damaged: %v", i-first, err)
		}
	}
}

func TestNoArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, readTestdata(t, "half.npy"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenNPZ(path); err == nil || !strings.Contains(err.Error(), "a.npz: not an NPZ archive") {
		t.Error(err)
	}
	if _, err := OpenNPZ("absent.npz"); !os.IsNotExist(err) {
		t.Error(err)
	}
}

func FuzzArchive(f *testing.F) {
	b, err := os.ReadFile("testdata/arrays.npz")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	path := filepath.Join(f.TempDir(), "fuzz.npz")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		archive, err := OpenNPZ(path)
		if err != nil {
			return
		}
		defer archive.Close()
		for _, name := range archive.Names() {
			a, err := member(archive, name)
			if err != nil {
				continue
			}
			if len(a.Data) != a.Len()*a.Type.Size {
				t.Fatalf("%q: %d bytes for shape %v of %s", name, len(a.Data), a.Shape, a.Type)
			}
		}
	})
}
