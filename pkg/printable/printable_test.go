package printable_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"gridcells/pkg/printable"
)

func TestText(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"run 1.npy", "run 1.npy"},
		{"µV, größe, 格子細胞", "µV, größe, 格子細胞"},
		{"two\nlines\r\tand a tab", `two\nlines\r\tand a tab`},
		{"\x1b[31mred\x07", `\x1b[31mred\a`},
		{"\u202egnp.exe", `\u202egnp.exe`},
		{"zero\u200bwidth\u2028", `zero\u200bwidth\u2028`},
		{"C1 \u009b31m", `C1 \u009b31m`},
		{"latin \xb5V\xff", `latin \xb5V\xff`},
		{"replaced \ufffd", "replaced \ufffd"},
		{`quotes "stay" 'as' \they are`, `quotes "stay" 'as' \they are`},
		{"\U000e0041", `\U000e0041`},
	} {
		if got := printable.Text(test.in); got != test.want {
			t.Errorf("%q: %s, want %s", test.in, got, test.want)
		}
	}
}

func TestJSON(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`{"µV": [1]}` + "\n", `{"µV": [1]}` + "\n"},
		{`["\u001b[31m"]`, `["\u001b[31m"]`},
		{"[\"\u009b31m\u202e\"]\n", `["\u009b31m\u202e"]` + "\n"},
		{"[\"\U000e0041\x7f\"]", `["\udb40\udc41\u007f"]`},
	} {
		got := printable.JSON([]byte(test.in))
		if string(got) != test.want {
			t.Errorf("%q: %s, want %s", test.in, got, test.want)
		}
		var a, b any
		if err := errors.Join(json.Unmarshal([]byte(test.in), &a), json.Unmarshal(got, &b)); err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%q: %v, means %q", test.in, err, b)
		}
	}
}

func TestShort(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{
		{"lstm", 4, "lstm"},
		{"größe", 5, "größe"},
		{"größe", 4, "grö…"},
		{"\x00\x00", 5, `\x00…`[:4] + "…"},
		{strings.Repeat("x", 1<<20), 3, "xx…"},
		{strings.Repeat("格", 30), 10, strings.Repeat("格", 9) + "…"},
	} {
		if got := printable.Short(test.in, test.n); got != test.want {
			t.Errorf("%.20q to %d: %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

// For any input the output is valid UTF-8 in one line.
func FuzzText(f *testing.F) {
	f.Add("a\nb\x1b[2J\xff", uint8(3))
	f.Add("\u202e\u2066", uint8(1))
	f.Fuzz(func(t *testing.T, s string, n uint8) {
		text := printable.Text(s)
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Fatalf("%q became %q", s, text)
		}
		if printable.Text(text) != text {
			t.Fatalf("%q changes when it is shown twice", text)
		}
		if short := printable.Short(s, int(n)+1); utf8.RuneCountInString(short) > int(n)+1 {
			t.Fatalf("%q is longer than %d", short, n+1)
		}
	})
}

func TestList(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{"t", "x\n"}, `"t", "x\n"`},
		{strings.Split("abcdefghijkl", ""), `"a", "b", "c", "d", "e", "f", "g", "h", "i", "j" and 2 more`},
		{[]string{strings.Repeat("é", 50)}, `"` + strings.Repeat("é", 39) + `…"`},
	} {
		if got := printable.List(test.names); got != test.want {
			t.Errorf("%q: %s, want %s", test.names, got, test.want)
		}
	}
}
