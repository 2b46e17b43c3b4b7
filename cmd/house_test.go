package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestHouseRules checks rules of CONTRIBUTING.md that can be read off the source:
// numbers in positional lists, NaN, what belongs to main, and the length of Run.
func TestHouseRules(t *testing.T) {
	set := token.NewFileSet()
	for _, root := range []string{"../pkg", "../cmd", "../scripts"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, fault := range faults(set, filepath.ToSlash(path), file) {
				t.Errorf("%s: %s", set.Position(fault.at), fault.text)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The tools never use the network. A library that brings net/http along would make each
// program 6 MB larger, and the first build a fifth longer.
func TestToolsDoWithoutTheNetwork(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "./...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %v", list, err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "gridcells/pkg/tool/train") {
		t.Fatalf("%v lists no tool", list)
	}
	for _, heavy := range []string{"net", "net/http", "crypto/tls"} {
		if slices.Contains(packages, heavy) {
			t.Errorf("a tool needs %s; `go mod why %s` names the library", heavy, heavy)
		}
	}
}

// fault is a place where a rule is broken.
type fault struct {
	at   token.Pos
	text string
}

// A list of parameters may have mostNumbers numbers. A tool's Run may have mostLines
// lines, which is a page.
const (
	mostNumbers = 4
	mostLines   = 70
)

// asAssembly are functions whose parameters are those of the assembly beside them.
var asAssembly = []string{"adamScalar"}

// belongsToMain are functions that only programs and the package cli, which is the body
// of main, may call.
var belongsToMain = []string{"os.Exit", "os.Getenv", "os.LookupEnv", "os.Environ", "runtime.GOMAXPROCS", "signal.Notify", "signal.Ignore", "signal.Reset"}

func faults(set *token.FileSet, path string, file *ast.File) (found []fault) {
	add := func(n ast.Node, format string, values ...any) {
		found = append(found, fault{n.Pos(), fmt.Sprintf(format, values...)})
	}
	isTest := strings.HasSuffix(path, "_test.go")
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if k := numbers(n.Type); k > mostNumbers && n.Body != nil && !slices.Contains(asAssembly, n.Name.Name) {
				add(n, "%s has %d numbers in a row; make a struct of them", n.Name.Name, k)
			}
			if lines := lineCount(set, n); n.Name.Name == "Run" && strings.HasPrefix(path, "../pkg/tool/") && lines > mostLines {
				add(n, "Run has %d lines; name its parts", lines)
			}
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && text(n.X) != "" && text(n.X) == text(n.Y) {
				add(n, "a comparison of %s with itself; use math.IsNaN", text(n.X))
			}
		case *ast.CallExpr:
			name := text(n.Fun)
			if slices.Contains(belongsToMain, name) && !isTest && file.Name.Name != "main" && !strings.HasPrefix(path, "../pkg/cli/") && !asksOnly(n) {
				add(n, "%s belongs to main", name)
			}
		}
		return true
	})
	return found
}

// numbers counts the parameters that are single numbers.
func numbers(f *ast.FuncType) (n int) {
	types := []string{"int", "int32", "int64", "uint32", "uint64", "float32", "float64", "vg.Length"}
	for _, field := range f.Params.List {
		if slices.Contains(types, text(field.Type)) {
			n += max(1, len(field.Names))
		}
	}
	return n
}

// lineCount is the number of lines of a function's body.
func lineCount(set *token.FileSet, f *ast.FuncDecl) int {
	if f.Body == nil {
		return 0
	}
	return set.Position(f.Body.End()).Line - set.Position(f.Body.Pos()).Line
}

// asksOnly reports whether a call of GOMAXPROCS changes nothing.
func asksOnly(call *ast.CallExpr) bool {
	if text(call.Fun) != "runtime.GOMAXPROCS" {
		return false
	}
	number, ok := call.Args[0].(*ast.BasicLit)
	return ok && number.Value == "0"
}

// text is the source of a name, a selection or an element; "" for other expressions.
func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x := text(e.X); x != "" {
			return x + "." + e.Sel.Name
		}
	case *ast.IndexExpr:
		if x, i := text(e.X), text(e.Index); x != "" && i != "" {
			return x + "[" + i + "]"
		}
	case *ast.BasicLit:
		return e.Value
	}
	return ""
}
