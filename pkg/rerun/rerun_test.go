package rerun_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/rerun"
	"gridcells/pkg/tool/activations"
	"gridcells/pkg/tool/gridscore"
	"gridcells/pkg/tool/neurons"
	"gridcells/pkg/tool/ratemaps"
	"gridcells/pkg/tool/report"
	"gridcells/pkg/tool/simulate"
	"gridcells/pkg/tool/targets"
	"gridcells/pkg/tool/tfrecord2npy"
	"gridcells/pkg/tool/train"
)

func parse(t testing.TB, text string) npy.Provenance {
	t.Helper()
	var p npy.Provenance
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func script(t testing.TB, p npy.Provenance) string {
	t.Helper()
	lines, err := rerun.Commands(p, "out.npy")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestCommands(t *testing.T) {
	for name, c := range map[string]struct{ provenance, want string }{
		"nothing": {`[]`, "# The tools are of version .\n# out.npy does not say where it comes from.\n"},
		"flags": {`[{"tool":"simulate","version":"1","parameters":{"n":3,"set":{"turn_sd":"2"},"env_size":2.2},"derived":{"anything":1}},
			{"tool":"targets","version":"1","parameters":{"n_pc":[8,16],"n_hdc":[],"drop":["a,b"],"seed":-1}}]`,
			`# The tools are of version 1.
simulate -n 3 --set turn_sd=2 --env-size 2.2 |
  targets --n-pc 8,16 --n-hdc 0 --drop a\\,b --seed=-1 -o out.npy
`},
		"version 0.1.0": {`[{"tool":"simulate","version":"0.1.0","parameters":{"n":3,"motion_parameters":{"turn_sd":2,"spread":true}}},
			{"tool":"activations","version":"0.1.0","parameters":{"checkpoint_update":5,"training":{"cell":"lstm","heads":[{"name":"a"}],"trajectory_steps":20},
			"training_data":[{"tool":"targets","version":"0.1.0","parameters":{"seed":1}}],"layers":["lstm"]}}]`,
			`# The tools are of version 0.1.0.
targets --seed 1 |
  train --cell lstm --steps 5 --checkpoint network-5.safetensors

simulate -n 3 --set turn_sd=2 --set spread=true |
  activations --layers lstm --checkpoint network-5.safetensors -o out.npy
`},
		"two data sets of one name": {`[{"tool":"simulate","version":"1","parameters":{"seed":1}},{"tool":"tfrecord2npy","version":"1","parameters":{"files":["data"]}},
			{"tool":"activations","version":"1","parameters":{},"derived":{"checkpoint_update":1,"training_data":[
			{"tool":"simulate","version":"1","parameters":{"seed":2}},{"tool":"tfrecord2npy","version":"1","parameters":{"files":["data"],"shuffle":true}}]}}]`,
			`# The tools are of version 1.
simulate --seed 1 --tfrecord data

simulate --seed 2 --tfrecord data-2

tfrecord2npy --shuffle data-2 |
  train --steps 1 --checkpoint network-1.safetensors

tfrecord2npy data |
  activations --checkpoint network-1.safetensors -o out.npy
`},
		"no flag": {`[{"tool":"ratemaps","version":"1","parameters":{"bins":[8],"output":"/etc/passwd"}}]`,
			`# The tools are of version 1.
# ratemaps also recorded output, which is not a flag of this version.
ratemaps --bins 8 -o out.npy
`},
		"foreign": {`[{"tool":"recorder","version":"7","parameters":{}},{"tool":"ratemaps","version":"1","parameters":{"bins":[8]}}]`,
			`# The tools are of version 7 and 1.
# from-recorder.npy is what recorder wrote.
ratemaps --bins 8 from-recorder.npy -o out.npy
`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := script(t, parse(t, c.provenance)); got != c.want {
				t.Errorf("the script is\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Names from a provenance name plain files in the current directory, or are not
// used.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{
		"/etc/passwd", "../up", "a/b", `a\b`, "..", ".", "", "-rf", ".bashrc", "x\ny", "x\x1b[2J", "x\u202ey", "C:x", strings.Repeat("x", 300), "out.npy", "$(touch x)", "`x`", "a b;c",
	} {
		text, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{
			`[{"tool":"simulate","version":"1","parameters":{}},{"tool":"tfrecord2npy","version":"1","parameters":{"files":[NAME]}}]`,
			`[{"tool":"tfrecord2npy","version":"1","parameters":{"files":[NAME,"b"]}}]`,
			`[{"tool":"simulate","version":"1","parameters":{"path":NAME}}]`,
			`[{"tool":"activations","version":"1","parameters":{},"derived":{"file":NAME}}]`,
			`[{"tool":NAME,"version":"1"},{"tool":"ratemaps","version":"1","parameters":{}}]`,
			`[{"tool":"ratemaps","version":NAME,"parameters":{"tfrecord":NAME,"log":NAME,"checkpoint":NAME,"-o":NAME,"halves;touch x":NAME}}]`,
		} {
			got := script(t, parse(t, strings.ReplaceAll(p, "NAME", string(text))))
			for _, line := range strings.Split(got, "\n") {
				if strings.HasPrefix(line, "#") {
					continue
				}
				// No command has a word that the shell would expand, or a path that
				// leaves the directory.
				if regexp.MustCompile("(^|[^\\\\])[/;$`&<>(){}]|\\.\\./| \\.| -rf|[\x00-\x1f\x7f]|\u202e").MatchString(strings.ReplaceAll(line, "--", "")) {
					t.Errorf("%q: the script has the line %q", name, line)
				}
			}
			if regexp.MustCompile(`(?m)^[^#\n]* out\.npy[^\n]* out\.npy`).MatchString(got) {
				t.Errorf("%q: the output is an input:\n%s", name, got)
			}
			if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("%q: control characters in %q", name, got)
			}
		}
	}
}

// The script of any provenance that pkg/npy reads has a bounded length, and the time to
// make it is proportional to the length of the provenance. (If it grew with the square,
// this test would take many minutes.)
func TestHostileSizes(t *testing.T) {
	nested := func(depth int, before, after string) string {
		return strings.Repeat(before, depth) + "[]" + strings.Repeat(after, depth)
	}
	padding := strings.Repeat("x", 100_000)
	for name, text := range map[string]string{
		"data of data": nested(15, `[{"tool":"activations","version":"1","parameters":{},"derived":{"pad":"`+padding+`","checkpoint_update":1,"training_data":`, `}}]`),
		"maps of maps": nested(15, `[{"tool":"gridscore","version":"1","parameters":{},"derived":{"pad":"`+padding+`","untrained_maps":`, `}}]`),
		"many stages":  "[" + strings.Repeat(`{"tool":"activations","version":"1","parameters":{"seed":1},"derived":{"file":"w"}},`, 50000) + `{"tool":"x","version":"1"}]`,
		"many names":   "[" + strings.Repeat(`{"tool":"x","version":"1"},{"tool":"ratemaps","version":"1"},`, 50000) + `{"tool":"x","version":"1"}]`,
		"long value":   `[{"tool":"ratemaps","version":"1","parameters":{"halves":"` + strings.Repeat("; ", 4<<20) + `"}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := rerun.Commands(parse(t, text), "out.npy")
			if err != nil {
				t.Fatal(err)
			}
			if len(lines) > 10001 {
				t.Errorf("%d lines", len(lines))
			}
		})
	}
}

// The shell reads exactly the words that went into the script.
func TestQuoting(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	var all []byte
	for b := 1; b < 256; b++ {
		all = append(all, byte(b))
	}
	for _, value := range []string{
		string(all), "", " ", "'", `"`, `\`, `\\`, "a'b\"c\\d", "$HOME `id` $(id) ${x} !!", "*?[a]~ ~root #x", "größe 格子 \u202e", "new\nline\r\n",
		strings.Repeat("long ", 100), strings.Repeat(`\`, 300), strings.Repeat("\n", 100), strings.Repeat("格", 300), "\xff\xfe", "a=b",
	} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &value); err != nil { // bytes that are not UTF-8 are replaced
			t.Fatal(err)
		}
		if value == "" {
			continue
		}
		got := script(t, parse(t, `[{"tool":"ratemaps","version":"1","parameters":{"halves":`+string(text)+`}}]`))
		for _, line := range strings.Split(got, "\n") {
			if len([]rune(line)) > 118 {
				t.Errorf("%q: a line of %d characters", value, len([]rune(line)))
			}
		}
		out, err := exec.Command(bash, "-c", `ratemaps() { printf '%s\0' "$@"; }`+"\n"+got).Output()
		if want := "--halves\x00" + value + "\x00-o\x00out.npy\x00"; err != nil || string(out) != want {
			t.Errorf("%q: %v, the shell reads %q, want %q", value, err, out, want)
		}
	}
}

var tools = map[string]cli.RunFunc{
	"simulate": simulate.Run, "tfrecord2npy": tfrecord2npy.Run, "targets": targets.Run, "train": train.Run,
	"activations": activations.Run, "ratemaps": ratemaps.Run, "gridscore": gridscore.Run, "report": report.Run,
}

// flagsOf returns the names of a tool's flags, with underscores for hyphens.
func flagsOf(t *testing.T, tool string) []string {
	t.Helper()
	var out bytes.Buffer
	err := tools[tool](context.Background(), strings.NewReader(""), &out, &out, []string{"--completion", "fish"})
	if err != nil && !errors.Is(err, cli.ErrDone) {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m) -l ([a-z0-9-]+)`).FindAllStringSubmatch(out.String(), -1) {
		names = append(names, strings.ReplaceAll(m[1], "-", "_"))
	}
	return names
}

// Everything that is printed as a flag is a flag.
func TestParametersAreFlags(t *testing.T) {
	for tool := range tools {
		printed := rerun.Flags(tool)
		if len(printed) == 0 {
			t.Errorf("%s has no parameters", tool)
		}
		known := flagsOf(t, tool)
		for _, name := range printed {
			if !slices.Contains(known, name) {
				t.Errorf("%s has no flag for its parameter %s", tool, name)
			}
		}
		for _, name := range []string{"output", "tfrecord", "checkpoint", "log", "tensorboard", "path_integration", "summary", "null_scores", "sensitivity", "summary_json"} {
			if slices.Contains(printed, name) {
				t.Errorf("the provenance decides where %s writes --%s", tool, name)
			}
		}
	}
}

// jsonNames returns the JSON names of a struct's fields, embedded ones too.
func jsonNames(of reflect.Type) []string {
	var names []string
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			names = append(names, jsonNames(f.Type)...)
		case name != "" && name != "-":
			names = append(names, name)
		}
	}
	return names
}

// All that a tool records of its flags comes back in its command line, except for
// the files, which the script names itself.
func TestAllParametersArePrinted(t *testing.T) {
	for tool, parameters := range map[string]any{
		"simulate": simulate.Parameters{}, "neurons": neurons.Parameters{}, "tfrecord2npy": tfrecord2npy.Parameters{}, "ratemaps": ratemaps.Parameters{},
		"targets": targets.Parameters{}, "activations": activations.Parameters{}, "gridscore": gridscore.Parameters{}, "report": report.Parameters{},
	} {
		printed := rerun.Flags(tool)
		for _, name := range jsonNames(reflect.TypeOf(parameters)) {
			if !slices.Contains(printed, name) && !slices.Contains([]string{"files", "path", "centres"}, name) {
				t.Errorf("%s records %s, which no command has: add it to the table in flags.go", tool, name)
			}
		}
	}
}

func ExampleCommands() {
	stage, _ := npy.NewStage("simulate", "1.0.0", struct {
		N     int    `json:"n"`
		Arena string `json:"arena"`
	}{1000, "circle"}, nil)
	lines, _ := rerun.Commands(npy.Provenance{stage}, "trajectories.npy")
	fmt.Println(strings.Join(lines, "\n"))
	// Output:
	// # The tools are of version 1.0.0.
	// simulate -n 1000 --arena circle -o trajectories.npy
}
