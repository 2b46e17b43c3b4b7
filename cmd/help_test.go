package cmd_test

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	longestHelp = 40  // lines of --help
	widestHelp  = 100 // columns of any help
)

// sentences is a text of whole sentences.
var sentences = regexp.MustCompile(`^[A-Z].*\.$`)

// TestHelp holds the help of every tool to the rules: --help fits on a screen, and
// each flag has a sentence of its own.
func TestHelp(t *testing.T) {
	for name, run := range tools {
		ask := func(flag string) []string {
			var out bytes.Buffer
			run(context.Background(), strings.NewReader(""), &out, io.Discard, []string{flag})
			return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		}
		short, all := ask("--help"), ask("--help-all")
		if len(short) > longestHelp {
			t.Errorf("%s --help has %d lines", name, len(short))
		}
		if last := short[len(short)-1]; !strings.Contains(last, name+" --help-all") {
			t.Errorf("%s --help ends with %q and does not name --help-all", name, last)
		}
		for _, line := range slices.Concat(short, all) {
			if n := utf8.RuneCountInString(line); n > widestHelp {
				t.Errorf("%s: a line of %d columns: %s", name, n, line)
			}
			if strings.HasPrefix(strings.TrimSpace(line), "…") {
				t.Errorf("%s: a line that continues another: %s", name, line)
			}
		}
		for _, f := range flagsOf(t, name) {
			if !sentences.MatchString(f.Help) {
				t.Errorf("%s --%s: %q is no sentence", name, f.Name, f.Help)
			}
			if (f.Value == "FILE" || f.Value == "DIR") && !f.Reads && !f.Writes {
				t.Errorf("%s --%s names a file but is not compared with the others: it has neither the tag reads nor writes", name, f.Name)
			}
		}
	}
}
