// Package printable makes text that comes from files and command lines safe to
// show: in an error message, on a terminal, in a figure or in a document.
package printable

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text returns s with everything escaped that a reader could not see or that a
// terminal would obey: control characters, invisible and direction-changing
// characters, and bytes that are not UTF-8. The escapes are those of a Go
// string, such as \n, \x1b, \u202e. Letters, marks, numbers, punctuation,
// symbols and spaces of any script stay as they are.
func Text(s string) string {
	if isPrintable(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 || !strconv.IsGraphic(r) {
			quoted := strconv.Quote(s[:n])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// JSON returns valid JSON text with the same characters escaped in it as by
// [Text], as \u escapes. The text keeps its meaning.
func JSON(text []byte) []byte {
	if isPrintable(string(text)) {
		return text
	}
	var b []byte
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r < 0x20 || strconv.IsGraphic(r): // below 0x20 only white space between values is left
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		text = text[n:]
	}
	return b
}

// Short is Text cut to at most n characters, n ≥ 1; the last of a cut text is an
// ellipsis.
func Short(s string, n int) string {
	if len(s) > utf8.UTFMax*(n+1) { // do not escape megabytes to show a line
		s = s[:utf8.UTFMax*(n+1)]
	}
	text := []rune(Text(s))
	if len(text) <= n {
		return string(text)
	}
	return string(text[:n-1]) + "…"
}

// List names the first of some names: ten at most, each of at most 40 characters in
// quotation marks. It says how many more there are.
func List(names []string) string {
	const most, longest = 10, 40
	var b strings.Builder
	for i, name := range names[:min(most, len(names))] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "\"%s\"", Short(name, longest))
	}
	if len(names) > most {
		fmt.Fprintf(&b, " and %d more", len(names)-most)
	}
	return b.String()
}

func isPrintable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !strconv.IsGraphic(r) {
			return false
		}
	}
	return true
}
