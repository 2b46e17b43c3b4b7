// Package foreign recognises files of other programs by their first bytes, so that
// a tool can say what it was given in place of what it reads.
package foreign

import (
	"bytes"
	"unicode/utf8"
)

// formats are the formats that people have at hand, by their first bytes.
var formats = []struct{ magic, name string }{
	{"PK\x03\x04", Archive},
	{"PK\x05\x06", Archive},
	{"\x89HDF\r\n\x1a\n", HDF5},
	{"MATLAB 5.0 MAT", MATLAB},
	{"MATLAB 7.3 MAT", MATLAB73},
	{"\x80\x03", Pickle},
	{"\x80\x04", Pickle},
	{"\x80\x05", Pickle},
	{"%PDF-", PDF},
}

// The names of the formats, for messages.
const (
	Archive  = "an NPZ archive (or another ZIP file)"
	HDF5     = "an HDF5 file"
	MATLAB   = "a MATLAB file"
	MATLAB73 = "a MATLAB file of version 7.3, which is HDF5"
	Pickle   = "a Python pickle"
	PDF      = "a PDF"
)

// Format returns the name of the format that begins with these bytes, or "" if it is
// none of the above. 16 bytes are enough.
func Format(start []byte) string {
	for _, f := range formats {
		if bytes.HasPrefix(start, []byte(f.magic)) {
			return f.name
		}
	}
	return ""
}

// IsText reports whether the first bytes of a file are text in UTF-8: no control
// characters but tabs and ends of lines. The last character may be cut off.
func IsText(start []byte) bool {
	for rest := start; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			return len(start) > len(rest) && !utf8.FullRune(rest)
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return false
		}
		rest = rest[n:]
	}
	return len(start) > 0
}
