package cmd_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The documents' commands run here, with sizes reduced by the rule below. In a
// Markdown file these are the blocks that are fenced as ```sh and ```python; a
// block fenced as ```sh not-run is only shown. In a package comment they are the
// indented lines that begin with the name of a tool. The blocks of one file run
// in order, in one directory, which holds the files that [documentFiles] makes.

// reductions are the rule: a number above the largest becomes the largest.
var reductions = []struct {
	before  string // a regular expression of what stands before the number
	largest int
}{
	{`(?:^|\s)-n `, 120},
	{`--steps `, 4}, {`STEPS=`, 4}, {`--checkpoint-every `, 2}, {`--keep-every `, 2}, {`--log-every `, 2}, {`LOG_EVERY=`, 2},
	{`EVALUATE=`, 40}, {`TRAJECTORIES=`, 100},
	{`--shuffles `, 3}, {`SHUFFLES=`, 3}, {`--rotations `, 3}, {`--shifts `, 3},
}

// reduce applies the rule to a script.
func reduce(script string) string {
	for _, r := range reductions {
		script = regexp.MustCompile(`(`+r.before+`)(\d+)\b`).ReplaceAllStringFunc(script, func(match string) string {
			at := strings.LastIndexAny(match, " =") + 1
			n, err := strconv.Atoi(match[at:])
			if err != nil || n <= r.largest {
				return match
			}
			return match[:at] + strconv.Itoa(r.largest)
		})
	}
	// A sweep of two seeds shows as much as one of three.
	return strings.ReplaceAll(script, `SEEDS="1 2 3"`, `SEEDS="1 2"`)
}

func TestReductionRule(t *testing.T) {
	for in, want := range map[string]string{
		"simulate -n 100000 --seed 7":       "simulate -n 120 --seed 7",
		"train --steps 300000 --batch 10":   "train --steps 4 --batch 10",
		"STEPS=300000 scripts/sweep.sh":     "STEPS=4 scripts/sweep.sh",
		"simulate -n 3 | targets --n-pc 64": "simulate -n 3 | targets --n-pc 64",
		"gridscore --shuffles 1000":         "gridscore --shuffles 3",
	} {
		if got := reduce(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// block is a piece of a document that runs.
type block struct {
	line   int
	python bool
	text   string
}

// blocks lists the blocks of a Markdown file that run, and whether there are
// commands outside any fence, where no test would run them.
func blocks(t *testing.T, path string) []block {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []block
	fence, current := "", block{}
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence, current = line, block{line: i + 1, python: line == "```python"}
		case line == "```":
			if fence == "```sh" || fence == "```python" {
				list = append(list, current)
			}
			fence = ""
		case fence != "":
			current.text += line + "\n"
		case beginsWithTool(strings.TrimPrefix(line, "    ")) && strings.HasPrefix(line, "    "):
			t.Errorf("%s:%d: a command outside a fence: %s", path, i+1, strings.TrimSpace(line))
		}
	}
	return list
}

func beginsWithTool(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	_, ok := tools[word]
	return ok && (rest == "" || strings.ContainsAny(rest[:1], "-|<") || strings.Contains(rest, ".npy") || strings.Contains(rest, ".safetensors"))
}

func TestDocumentsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs all commands of the documents")
	}
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	bench := newDocumentBench(t)
	for _, path := range append(documents, "../README.md") {
		list := blocks(t, path)
		t.Run(filepath.Base(path), func(t *testing.T) {
			root := bench.directory(t)
			for _, b := range list {
				bench.run(t, root, fmt.Sprintf("%s:%d", path, b.line), b)
			}
		})
	}
}

// TestPackageCommentsRun runs the examples of the tools' package comments.
func TestPackageCommentsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs all examples of the package comments")
	}
	bench := newDocumentBench(t)
	for name := range tools {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("..", "pkg", "tool", name, name+".go")
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			examples := commentExamples(file.Doc)
			if len(examples) == 0 {
				t.Fatalf("%s: the package comment has no example, an indented line that begins with the name of a tool", path)
			}
			root := bench.directory(t)
			for _, example := range examples {
				bench.run(t, root, path, block{text: example})
			}
		})
	}
}

// commentExamples lists the indented blocks of a comment that begin with a tool.
func commentExamples(doc *ast.CommentGroup) []string {
	var list []string
	inside := false
	for _, line := range strings.Split(doc.Text(), "\n") {
		code, indented := strings.CutPrefix(line, "\t")
		switch {
		case indented && inside:
			list[len(list)-1] += code + "\n"
		case indented && beginsWithTool(code):
			list, inside = append(list, code+"\n"), true
		default:
			inside = false
		}
	}
	return list
}

// documentBench runs blocks of documents.
type documentBench struct {
	shell  string
	python string // a Python that has NumPy; "" if there is none
	files  string // a directory with what documentFiles makes
}

func newDocumentBench(t *testing.T) *documentBench {
	t.Helper()
	b := &documentBench{shell: bash(t), files: t.TempDir()}
	for _, python := range []string{os.Getenv("GRIDCELLS_PYTHON"), "python3"} {
		if python != "" && exec.Command(python, "-c", "import numpy, safetensors").Run() == nil {
			b.python = python
			break
		}
	}
	b.documentFiles(t)
	return b
}

// directory makes a copy of the prepared files, with the tools and the scripts.
func (b *documentBench) directory(t *testing.T) string {
	t.Helper()
	root := newScriptBench(t).root
	if err := os.MkdirAll(filepath.Join(root, "examples"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"../scripts/*.plan", "../scripts/*.py", "../examples/*.py"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, paths, err)
		}
		for _, path := range paths {
			copyFile(t, path, filepath.Join(root, filepath.Base(filepath.Dir(path)), filepath.Base(path)))
		}
	}
	if err := os.CopyFS(filepath.Join(root, "python", "gridcells"), os.DirFS("../python/gridcells")); err != nil {
		t.Fatal(err)
	}
	prepared, err := os.ReadDir(b.files)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range prepared {
		copyFile(t, filepath.Join(b.files, f.Name()), filepath.Join(root, f.Name()))
	}
	return root
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeScript(t, to, string(data))
}

// missingModule is Python's message if a module is absent that a document calls
// optional.
var missingModule = regexp.MustCompile(`No module named '(torch|pandas)'`)

// run runs a block in a directory; it must succeed.
func (b *documentBench) run(t *testing.T, root, where string, block block) {
	t.Helper()
	program, text := b.shell, "set -euo pipefail\n"+reduce(block.text)
	if block.python || strings.Contains(block.text, "python3") {
		if b.python == "" {
			t.Logf("%s: skipped: no Python with NumPy and safetensors here", where)
			return
		}
		if block.python {
			program, text = b.python, block.text
		} else {
			text = "python3() { command " + b.python + ` "$@"; }` + "\n" + text
		}
	}
	c := exec.Command(program, "-c", text)
	c.Dir = root
	c.Env = append(os.Environ(), "PATH="+filepath.Join(root, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "TMPDIR="+filepath.Join(root, "tmp"), "PYTHONPATH="+filepath.Join(root, "python"), "PYTHONDONTWRITEBYTECODE=1", "OMP_NUM_THREADS=1")
	if out, err := c.CombinedOutput(); block.python && missingModule.Match(out) {
		t.Logf("%s: skipped: %s", where, missingModule.Find(out))
	} else if err != nil {
		t.Errorf("%s: %v\n%s\nThe commands, reduced:\n%s", where, err, out, reduce(block.text))
	}
}

// documentFiles makes the files that a reader would have before the commands run: those
// of a small run, arrays of another program and a recorded path.
func (b *documentBench) documentFiles(t *testing.T) {
	t.Helper()
	root := newScriptBench(t).root
	b.run(t, root, "the prepared files", block{text: `
simulate -n 40 -o trajectories.npy
targets --n-pc 32 -o codes.npy trajectories.npy
train --nh-lstm 16 --nh-bottleneck 16 --steps 4 --log-every 2 --log run.jsonl --checkpoint run.safetensors codes.npy
train --nh-lstm 16 --nh-bottleneck 16 --steps 0 --checkpoint untrained.safetensors codes.npy
activations --checkpoint run.safetensors --path-integration path.json -o activations.npy codes.npy
ratemaps --bins 8 -o maps.npy activations.npy
gridscore --null field,gaussian --shuffles 3 --summary run.json --null-scores null.npy -o scores.npy maps.npy
`})
	for _, name := range []string{
		"trajectories.npy", "codes.npy", "run.jsonl", "run.safetensors", "untrained.safetensors", "activations.npy", "path.json",
		"maps.npy", "run.json", "null.npy", "scores.npy",
	} {
		copyFile(t, filepath.Join(root, name), filepath.Join(b.files, name))
	}
	const trajectories, steps, units = 40, 100, 3
	var positions, directions, activities []float32
	for i := range trajectories * steps {
		x, y := math.Sin(0.0137*float64(i)), math.Sin(0.0091*float64(i)+1)
		positions = append(positions, float32(x), float32(y))
		directions = append(directions, float32(math.Remainder(0.05*float64(i), 2*math.Pi)))
		for u := range units {
			activities = append(activities, float32(math.Cos(float64(6+u)*x)*math.Cos(float64(6+u)*y)))
		}
	}
	b.array(t, "pos.npy", positions, trajectories, steps, 2)
	b.array(t, "hd.npy", directions, trajectories, steps)
	b.array(t, "act.npy", activities, trajectories, steps, units)
	const bins = 20
	var maps []float32
	for u := range units {
		for i := range bins * bins {
			maps = append(maps, float32(math.Cos(float64(u+1)*float64(i/bins))*math.Cos(float64(u+1)*float64(i%bins))))
		}
	}
	b.array(t, "ratemaps.npy", maps, units, bins, bins)
	rat := "t,x,y,hd\n" // in cm, with a corner of the box at 0
	var times, path []float32
	for i := range 6000 {
		s := 0.02 * float64(i)
		x, y := 50+45*math.Sin(0.31*s), 50+45*math.Sin(0.23*s+1)
		rat += fmt.Sprintf("%.2f,%.2f,%.2f,%.4f\n", s, x, y, math.Remainder(0.3*s, 2*math.Pi))
		times, path = append(times, float32(s)), append(path, float32(x/100), float32(y/100))
	}
	writeScript(t, filepath.Join(b.files, "rat.csv"), rat)
	b.archive(t, "rat.npz", map[string]string{"t.npy": npyText(times, len(times)), "pos.npy": npyText(path, len(times), 2)})
}

// archive writes an NPZ file as numpy.savez does.
func (b *documentBench) archive(t *testing.T, name string, members map[string]string) {
	t.Helper()
	var data bytes.Buffer
	z := zip.NewWriter(&data)
	for member, text := range members {
		w, err := z.Create(member)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	writeScript(t, filepath.Join(b.files, name), data.String())
}

// array writes an NPY file.
func (b *documentBench) array(t *testing.T, name string, values []float32, shape ...int) {
	t.Helper()
	writeScript(t, filepath.Join(b.files, name), npyText(values, shape...))
}

// npyText is an array as numpy.save writes it.
func npyText(values []float32, shape ...int) string {
	dims := strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ", "), "[]")
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }", dims)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	data := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	data = append(data, header...)
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return string(data)
}
