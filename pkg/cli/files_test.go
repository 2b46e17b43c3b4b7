package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gridcells/pkg/npy"
)

type fileFlags struct {
	Common
	Input
	Output
	Summary    string `writes:""`
	Checkpoint string `writes:""`
	Resume     string `reads:"checkpoint"`
	Untrained  string `reads:""`
}

// TestSameFileTwice: no output is the same file as another output or as an
// input, by whatever name.
func TestSameFileTwice(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"in.npy", "other.npy"} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"link": "in.npy", "dangling": "new", "chain": "dangling", "folder": "."} {
		if err := os.Symlink(target, link); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Link("in.npy", "hard"); err != nil {
		t.Skip(err)
	}
	stdin, err := os.Open("other.npy")
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := os.Create("redirected")
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()

	for _, test := range []struct {
		args string
		want string // part of the message; "" for none
	}{
		{"in.npy", ""},
		{"in.npy -o out.npy --summary s.json", ""},
		{"in.npy -o in.npy", "--output would overwrite an input: in.npy is the input in.npy"},
		{"in.npy -o ./in.npy", "overwrite"},
		{"in.npy -o " + filepath.Join(dir, "in.npy"), "overwrite"},
		{"in.npy -o folder/in.npy", "overwrite"},
		{"in.npy -o link", "overwrite"},
		{"hard -o in.npy", "overwrite"},
		{"other.npy link --summary hard", "--summary would overwrite"},
		{"in.npy --untrained other.npy -o other.npy", "is the file of --untrained"},
		{"in.npy -o x --summary x", "--output and --summary are the same file: x"},
		{"in.npy -o x --summary ./folder/x", "same file"},
		{"in.npy -o new --summary dangling", "same file"},
		{"in.npy -o chain --summary folder/dangling", "same file"},
		{"in.npy --summary -", "--output and --summary both write to standard output"},
		{"in.npy -o x --summary -", ""},
		{"- - -o x", "both read standard input"},
		{"--untrained - -o x", "the input and --untrained both read standard input"},
		{"in.npy --untrained - -o x", ""},
		{"-o other.npy", "--output would overwrite an input: other.npy is the input standard input"},
		{"in.npy --summary redirected", "same file"},
		{"in.npy -o x --summary redirected", ""},
		{"in.npy -o /dev/null --summary /dev/null --checkpoint /dev/null", ""},
		{"in.npy --resume other.npy --checkpoint other.npy", ""},
		{"in.npy --resume other.npy --summary other.npy", "--summary would overwrite"},
		{"in.npy --untrained other.npy --checkpoint other.npy", "--checkpoint would overwrite"},
	} {
		err := Parse("tool", "", &fileFlags{}, strings.Fields(test.args), stdin, stdout, stdout)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", test.args, err)
			}
		} else if Status(err) != StatusUsage || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.args, err, test.want)
		}
	}
}

func TestDrop(t *testing.T) {
	d, err := npy.NewDType(npy.Field{Name: "a", Type: npy.Float32}, npy.Field{Name: "b", Type: npy.Float32})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := Drop{[]string{"a"}}.From(d)
	if err != nil || len(kept.Fields()) != 1 || kept.Fields()[0].Name != "b" {
		t.Errorf("kept %v, %v", kept, err)
	}
	if _, err := (Drop{[]string{"b", "c"}}).From(d); Status(err) != StatusUsage || !strings.Contains(err.Error(), "--drop c: there is no such field") {
		t.Errorf("a field that is not there: %v", err)
	}
}

func TestHelpJSON(t *testing.T) {
	var out bytes.Buffer
	if err := Parse("tool", "", &helpFlags{}, []string{"--help-json"}, nil, &out, &out); !errors.Is(err, ErrDone) {
		t.Fatal(err)
	}
	var flags []FlagDescription
	if err := json.Unmarshal(out.Bytes(), &flags); err != nil {
		t.Fatal(err)
	}
	byName := map[string]FlagDescription{}
	for _, f := range flags {
		byName[f.Name] = f
	}
	for _, want := range []FlagDescription{
		{Name: "bins", Type: "int", Default: "20", Group: "Maps", Help: "Use this many bins along a side."},
		{Name: "arena", Type: "string", Default: "square", Values: []string{"square", "circle"}, Group: "Maps", Help: "Choose the arena: square, circle."},
		{Name: "inner", Type: "float", List: true, Default: "0.1,0.2", Aliases: []string{"radii"}, Group: "Maps", More: true, Help: "Set the inner radii. Also --radii."},
	} {
		if got := byName[want.Name]; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if o := byName["output"]; !o.Writes || o.Short != "o" {
		t.Errorf("%+v", o)
	}
}

type helpFlags struct {
	Common
	Output
	Bins  int       `help:"Use this many bins along a side." default:"20" group:"Maps"`
	Arena string    `help:"Choose the arena: ${enum}." enum:"square,circle" default:"square" group:"Maps"`
	Inner []float64 `help:"Set the inner radii." default:"0.1,0.2" group:"Maps" more:"" aliases:"radii"`
}

func (helpFlags) Details() string { return "Only those who ask for everything read this." }

func TestHelp(t *testing.T) {
	ask := func(args ...string) string {
		var out bytes.Buffer
		if err := Parse("tool", "Do something useful.\n\n    tool | other\n\n    tool --an-option-of-some-length one | other --with-options and more arguments | third --output x.npy\n\n    one      a short line\n    another  a line that says so much that it does not fit into the hundred columns which a help text may have", &helpFlags{}, args, nil, &out, &out); !errors.Is(err, ErrDone) {
			t.Fatalf("%v: %v", args, err)
		}
		return out.String()
	}
	for _, test := range []struct {
		flag            string
		there, notThere []string
	}{
		{"--help",
			[]string{"Usage: tool [flags]\n", "\n    tool | other\n", "\n    tool --an-option-of-some-length one | other --with-options and more arguments |\n        third --output x.npy\n",
				"\n    one      a short line\n    another  a line that says so much that it does not fit into the hundred columns which a help\n             text may have\n", "\nMaps\n", "--bins=20", "Choose the arena: square, circle.\n", "tool --help-all shows 6 more flags.\n"},
			[]string{"--inner", "--completion", "Only those"}},
		{"--help-all",
			[]string{"--inner=0.1,0.2 ", "Set the inner radii. Also --radii.\n", "--completion", "Only those", "--compress=none"},
			[]string{"more flags"}},
	} {
		text := ask(test.flag)
		for _, want := range test.there {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q:\n%s", test.flag, want, text)
			}
		}
		for _, unwanted := range test.notThere {
			if strings.Contains(text, unwanted) {
				t.Errorf("%s has %q:\n%s", test.flag, unwanted, text)
			}
		}
		if common, maps := strings.Index(text, "\nCommon\n"), strings.Index(text, "\nMaps\n"); common < maps {
			t.Errorf("%s: the common flags are not last:\n%s", test.flag, text)
		}
	}
}
