package recording

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

func describe(units []Unit) string {
	var b strings.Builder
	for _, u := range units {
		fmt.Fprint(&b, u.Name, u.Times, " ")
	}
	return strings.TrimSpace(b.String())
}

// collect holds the spikes of a file.
func collect(read func(Take) ([]UnitID, error)) ([]Unit, error) {
	times := map[int][]float64{}
	ids, err := read(func(unit int, t float64) error {
		times[unit] = append(times[unit], t)
		return nil
	})
	var units []Unit
	for _, id := range ids {
		units = append(units, Unit{id.Name, times[id.Number]})
	}
	return units, err
}

func TestReadSpikes(t *testing.T) {
	array := npytest.Encode(numbers(1, 2, 3))
	table := npytest.Encode(npytest.Array([]float64{1, 2, 3, 4}, 2, 2))
	for _, test := range []struct{ name, in, want, err string }{
		{"one column", "1\n2.5\n", "cell[1 2.5]", ""},
		{"named column", "spike_times\n1\n2.5\n", "cell[1 2.5]", ""},
		{"decimal commas", "t;unit\n1,5;a\n", "a[1.5]", ""},
		{"long", "time,cluster\n1,10\n2,9\n3,10\n", "9[2] 10[1 3]", ""},
		{"labels", "unit\tt (s)\nb\t1\na\t2\n", "a[2] b[1]", ""},
		{"wide", "tet1,tet2,empty\n1,2,\n3,,\n", "tet1[1 3] tet2[2] empty[]", ""},
		{"no spikes", "t,unit\n", "", ""},
		{"empty file", "", "cell[]", ""},
		{"empty unit", "t\n", "cell[]", ""},
		{"comments", "# recorded in spring\n1\n", "cell[1]", ""},
		{"NPY", string(array), "cell[1 2 3]", ""},
		{"NPY table", string(table), "", "want the times of one unit, [S]"},
		{"two columns", "1,2\n", "", "2 columns without names: want one column of times"},
		{"no times", "unit,place\n1,2\n", "", `no column "t"`},
		{"word", "t\nnow\n", "", `line 2: column 1: "now" is not a number`},
		{"a column that counts lines", ",t,unit\n0,1,a\n1,2,b\n", "a[1] b[2]", ""},
		{"wide with a column that counts lines", ",tet1,tet2\n0,1,2\n1,3,\n", "tet1[1 3] tet2[2]", ""},
		{"a path", "t,x,y\n0,1,1\n", "", `the columns "t", "x", "y" are those of a path`},
		{"spikes and where they were", "t,unit,x,y\n1,a,1,1\n", "a[1]", ""},
		{"no name", "a,,c\n1,2,3\n", "", "column 2 has no name"},
		{"no unit", "t,unit\n1,a\n2,\n", "", "line 3: column 2: the spike has no unit"},
		{"many names", "unit,a,b,c,d,e,f,g,h,i,j,k\n", "", `"h", "i" and 2 more`},
		{"twins", "a,a\n1,2\n", "", `two columns are called "a"`},
		{"UTF-16", "\xff\xfe1\x00", "", "UTF-16"},
	} {
		units, err := collect(func(take Take) ([]UnitID, error) { return ReadSpikes(strings.NewReader(test.in), "cell", take) })
		if failed(t, test.name, err, test.err) {
			continue
		}
		if got := describe(units); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// member is an array of an archive.
type member struct {
	name string
	*npy.Array
}

func text(width int, values ...string) *npy.Array {
	a := &npy.Array{Type: npy.Unicode(width), Shape: []int{len(values)}, Data: make([]byte, 4*width*len(values))}
	for i, v := range values {
		for k, r := range v {
			a.Data[4*(i*width+k)] = byte(r)
		}
	}
	return a
}

func archive(t *testing.T, members ...member) *npy.Archive {
	t.Helper()
	name := filepath.Join(t.TempDir(), "session.npz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, m := range members {
		w, err := z.Create(m.name + ".npy")
		if err == nil {
			_, err = w.Write(npytest.Encode(m.Array))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	a, err := npy.OpenNPZ(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func numbers(values ...float64) *npy.Array { return npytest.Array(values, len(values)) }

// bigEndian is an array of text as a big-endian machine writes it.
func bigEndian(t *testing.T, a *npy.Array) *npy.Array {
	t.Helper()
	file := npytest.Encode(a)
	header, data := file[:len(file)-len(a.Data)], file[len(file)-len(a.Data):]
	for ; len(data) >= 4; data = data[4:] {
		slices.Reverse(data[:4])
	}
	file = append(bytes.Replace(header, []byte("<U"), []byte(">U"), 1), file[len(header):]...)
	swapped, err := npy.ReadArray(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return swapped
}

func TestArchives(t *testing.T) {
	path := []member{{"t", numbers(0, 1, 2)}, {"pos", npytest.Array([]float64{1, 2, 3, 4, 5, 6}, 3, 2)}}
	for _, test := range []struct {
		name    string
		members []member
		want    string
		err     string
	}{
		{"one unit", append(path, member{"spike_times", numbers(1, 2)}), "cell[1 2]", ""},
		{"numbered", append(path, member{"spike_times", numbers(1, 2, 3)}, member{"spike_units", numbers(10, 2, 10)}), "2[2] 10[1 3]", ""},
		{"named", []member{{"spike_times", numbers(1, 2, 3)}, {"spike_units", text(3, "b", "a", "b")}, {"unit_names", text(3, "c", "b", "a")}}, "c[] b[1 3] a[2]", ""},
		{"named on another machine", []member{{"spike_times", numbers(1, 2)}, {"spike_units", bigEndian(t, text(3, "bé", "a"))}}, "a[2] bé[1]", ""},
		{"pynapple", []member{{"t", numbers(1, 2)}, {"index", numbers(3, 3)}, {"start", numbers(0)}, {"end", numbers(9)}}, "3[1 2]", ""},
		{"arrays", append(path, member{"spikes_a", numbers(1)}, member{"spikes_b", numbers()}), "a[1] b[]", ""},
		{"places in the list of names", []member{{"spike_times", numbers(1, 2)}, {"spike_units", numbers(0, 1)}, {"unit_names", text(1, "a", "b")}}, "", `the first unit there is "a", and the first of "spike_units" is "0"; if these are places in the list of names, write unit_names[spike_units]`},
		{"path alone", path, "", "no spike times"},
		{"lengths", []member{{"spike_times", numbers(1, 2)}, {"spike_units", numbers(1)}}, "", `2 values in "spike_times", 1 in "spike_units"`},
	} {
		units, err := collect(func(take Take) ([]UnitID, error) { return SpikesOfArchive(archive(t, test.members...), "cell", take) })
		if failed(t, test.name, err, test.err) {
			continue
		}
		if got := describe(units); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	for _, test := range []struct {
		name    string
		members []member
		clock   Clock
		want    string
		err     string
	}{
		{"pos", path, Clock{}, "[0 1 2] [1 3 5] [] []", ""},
		{"x and y", []member{{"x", numbers(1, 2)}, {"y", numbers(3, 4)}}, Clock{Rate: 10}, "[0 0.1] [1 2] [] []", ""},
		{"two LEDs", append(path, member{"pos2", npytest.Array([]float64{7, 8, 9, 10, 11, 12}, 3, 2)}, member{"hd_deg", numbers(1, 2, 3)}), Clock{}, "[0 1 2] [1 3 5] [7 9 11] [1 2 3]", ""},
		{"no times", []member{{"x", numbers(1, 2)}, {"y", numbers(3, 4)}}, Clock{}, "", `no array "t"`},
		{"no y", []member{{"t", numbers(1, 2)}, {"x", numbers(1, 2)}}, Clock{}, "", `no array "y"`},
		{"no path", []member{{"t", numbers(1, 2)}}, Clock{}, "", `no array "pos" or "x"`},
		{"shape", []member{{"t", numbers(1, 2)}, {"pos", numbers(1, 2)}}, Clock{}, "", "shape [2], not [N, 2]"},
		{"lengths", []member{{"t", numbers(1, 2)}, {"x", numbers(1, 2, 3)}, {"y", numbers(1, 2)}}, Clock{}, "", "want the same number of each"},
	} {
		p, err := ScanArchive(archive(t, test.members...), test.clock).Path()
		if failed(t, test.name, err, test.err) {
			continue
		}
		if got := fmt.Sprint(p.Time, p.X, p.X2, p.Heading); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestPathOfArray(t *testing.T) {
	for _, test := range []struct {
		shape []int
		clock Clock
		want  string
		err   string
	}{
		{[]int{2, 3}, Clock{}, "[0 3] [1 4] [] []", ""},
		{[]int{2, 4}, Clock{}, "[0 4] [1 5] [] [3 7]", ""},
		{[]int{2, 5}, Clock{}, "[0 5] [1 6] [3 8] []", ""},
		{[]int{2, 2}, Clock{Rate: 2, Start: 1}, "[1 1.5] [0 2] [] []", ""},
		{[]int{2, 2}, Clock{}, "", "want [N, 3]"},
		{[]int{6}, Clock{}, "", "want [N, 3]"},
		{[]int{1, 3}, Clock{}, "", "fewer than two samples"},
	} {
		n := 1
		for _, k := range test.shape {
			n *= k
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(i)
		}
		in := bytes.NewReader(npytest.Encode(npytest.Array(values, test.shape...)))
		p, err := ScanPathFrom(in, test.clock).Path()
		if failed(t, test.shape, err, test.err) {
			continue
		}
		if got := fmt.Sprint(p.Time, p.X, p.X2, p.Heading); got != test.want {
			t.Errorf("%v: %s, want %s", test.shape, got, test.want)
		}
	}
}

func TestNameOfFile(t *testing.T) {
	for in, want := range map[string]string{"a/cell_1.csv": "cell_1", "t3c2.csv.gz": "t3c2", "-": "-", ".csv": ".csv", "plain": "plain"} {
		if got := NameOfFile(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// FuzzRecording reads any bytes without a panic, and frames fit together.
func FuzzRecording(f *testing.F) {
	f.Add("t,x,y,hd\n0,1,1,2\n0.1,1.1,1,3\n0.2,1.2,1.1,4\n0.3,1.2,1,0\n", "t,unit\n0.1,1\n0.2,a\n")
	f.Add("t,x,y,x2,y2\n0,1,1,2,1\n0.1,nan,1,3,\n0.2,1.2,1.1,4,1\n", "1\n2\n")
	f.Add("\x93NUMPY\x01\x00", "a,b\n1,\n,2\n")
	f.Fuzz(func(t *testing.T, path, spikes string) {
		s := NewSpikes(1, 0, t.TempDir())
		defer s.Close()
		n, finite := 0, int64(0)
		units, _ := ReadSpikes(strings.NewReader(spikes), "cell", func(unit int, at float64) error {
			n = max(n, unit+1)
			if !math.IsNaN(at) && !math.IsInf(at, 0) {
				finite++
			}
			return s.Add(unit, at)
		})
		s.AddUnits(max(n, len(units)))
		for _, clock := range []Clock{{}, {Rate: 50}} {
			p, err := ScanPathFrom(strings.NewReader(path), clock).Path()
			if err != nil || !(p.Time[len(p.Time)-1]-p.Time[0] < 1e5) {
				continue
			}
			o := usual()
			o.FrameSeconds = 0.1
			frames, err := p.Frames(o)
			if err != nil {
				continue
			}
			defer frames.Close()
			c, err := s.Count(frames)
			if err != nil || c.Spikes+c.Outside != finite || c.Lost > c.Spikes {
				t.Fatalf("%d spikes in frames, %d outside, %d lost, of %d: %v", c.Spikes, c.Outside, c.Lost, finite, err)
			}
		}
	})
}
