package foreign

import "testing"

func TestFormat(t *testing.T) {
	for start, want := range map[string]string{
		"PK\x03\x04xyz":             Archive,
		"PK\x05\x06xyz":             Archive,
		"\x89HDF\r\n\x1a\n":         HDF5,
		"MATLAB 5.0 MAT-file":       MATLAB,
		"MATLAB 7.3 MAT-file":       MATLAB73,
		"\x80\x05\x95":              Pickle,
		"%PDF-1.7":                  PDF,
		"\x93NUMPY\x01":             "",
		"t,x,y\n":                   "",
		"":                          "",
		"PK":                        "",
		"a file that begins with P": "",
	} {
		if got := Format([]byte(start)); got != want {
			t.Errorf("%q: %q, want %q", start, got, want)
		}
	}
}

func TestIsText(t *testing.T) {
	for start, want := range map[string]bool{
		"t,x,y\r\n0\t1\n": true,
		"40 × 2 µ":        true,
		"cut off \xc3":    true,
		"latin1 \xe9 a":   false,
		"\xc3":            false,
		"a\x00b":          false,
		"\x93NUMPY":       false,
		"":                false,
	} {
		if got := IsText([]byte(start)); got != want {
			t.Errorf("%q: %v, want %v", start, got, want)
		}
	}
}
