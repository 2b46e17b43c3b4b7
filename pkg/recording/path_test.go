package recording

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScanPathText(t *testing.T) {
	tests := []struct {
		name, in string
		want     string // x of the samples, and headings
		err      string
	}{
		{"plain", "0,1,2\n0.02,3,4\n", "[1 3] []", ""},
		{"plain with heading", "0,1,2,0.5\n0.02,3,4,1\n", "[1 3] [0.5 1]", ""},
		{"named", "# a rat\nX, y ,time,ID,Heading\n1,2,0,a,0.5\n3,4,0.02,b,1\n", "[1 3] [0.5 1]", ""},
		{"losses", "t,x,y\n0,1,1\n1,,\n2,nan,NaN\n3,4,4\n", "[1 NaN NaN 4] []", ""},
		{"empty", "", "", "fewer than two samples"},
		{"one", "t,x,y\n0,1,1\n", "", "fewer than two samples"},
		{"columns", "0,1\n", "", "2 columns without names"},
		{"names", "t,x,z\n0,1,1\n", "", `no column "y" among "t", "x", "z": change the first line so that it names the column y`},
		{"no times", "frame,x,y\n0,1,1\n", "", `no column "t" among "frame", "x", "y": change the first line so that it names the column t (or time, timestamp), or give the rate`},
		{"many names", "a,b,c,d,e,f,g,h,i,j,k,l\n", "", `"i", "j" and 2 more`},
		{"a column that counts lines", ",t,x,y\n0,0,1,1\n1,1,3,1\n", "[1 3] []", ""},
		{"words for a loss", "t,x,y\n0,1,1\n1,NA,NA\n2,null,None\n3,n/a,1\n", "[1 NaN NaN NaN] []", ""},
		{"lines of an old Macintosh", "t,x,y\r0,1,1\r1,3,1\r", "", "turn them into line feeds"},
		{"a long word", "t,x,y\n0,1," + strings.Repeat("long", 100) + "\n", "", `"longlonglonglonglonglonglonglonglonglon…" is not a number`},
		{"word", "t,x,y\n0,1,1\n1,here,1\n", "", `line 3: column 2: "here" is not a number`},
		{"ragged", "t,x,y\n0,1,1\n1,1\n", "", "line 3 has another number of columns (2) than the first line (3)"},
		{"byte order mark", "\ufefft,x,y\n0,1,1\n1,3,1\n", "[1 3] []", ""},
		{"mark without names", "\ufeff0,1,1\r\n1,3,1\r\n", "[1 3] []", ""},
		{"semicolons", "t;x;y\n0;1,5;1\n1;3.5;1\n", "[1.5 3.5] []", ""},
		{"decimal commas", "0;1,5;1,25\n0,02;3,5;1e0\n", "[1.5 3.5] []", ""},
		{"tabs", "Time (s)\tX [m]\ty\tHD\n0\t1\t1\t0,5\n1\t\t1\t1\n", "[1 NaN] [0.5 1]", ""},
		{"spaces", "# t x y\n0  1 2\n 1 3  2\n", "[1 3] []", ""},
		{"infinite", "0,1,1\n1,inf,2\n2,-Inf,1\n3,1,1e999\n", "[1 NaN NaN NaN] []", ""},
		{"degrees by name", "t,x,y,hd_deg\n0,1,1,90\n1,1,1,180\n", "[1 1] [90 180]", ""},
		{"UTF-16", "\xff\xfet\x00", "", "the text is UTF-16"},
		{"MATLAB", "MATLAB 5.0 MAT-file, Platform: GLNXA64", "", "a MATLAB file; load it with scipy.io.loadmat"},
		{"MATLAB 7.3", "MATLAB 7.3 MAT-file, Platform: GLNXA64", "", "which is HDF5; load it with h5py"},
		{"HDF5", "\x89HDF\r\n\x1a\n", "", "an HDF5 file; scripts/nwb.py"},
		{"NPZ", "PK\x03\x04", "", "read from a file whose name ends in .npz"},
	}
	for _, test := range tests {
		r, err := ScanPathText(strings.NewReader(test.in), Clock{}).Path()
		if failed(t, test.name, err, test.err) {
			continue
		}
		if got := fmt.Sprint(r.X, r.Heading); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	two, err := ScanPathText(strings.NewReader("t,x,y,x2,y2\n0,1,1,2,2\n1,1,1,inf,2\n2,1,1,2,-Inf\n"), Clock{}).Path()
	if err != nil || fmt.Sprint(two.X, two.X2, two.Y2) != "[1 1 1] [2 NaN NaN] [2 NaN NaN]" {
		t.Errorf("losses of the second lamp: %+v, %v", two, err)
	}
	if _, err := ScanPath(filepath.Join(t.TempDir(), "absent.csv"), Clock{}).Path(); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// failed reports whether a reader failed, and compares its error with the one wanted,
// which is "" for none.
func failed(t *testing.T, name any, err error, wanted string) bool {
	t.Helper()
	if wanted == "" {
		if err != nil {
			t.Errorf("%v: %v", name, err)
		}
	} else if err == nil || !strings.Contains(err.Error(), wanted) {
		t.Errorf("%v: %v, want an error with %q", name, err, wanted)
	}
	return err != nil || wanted != ""
}
