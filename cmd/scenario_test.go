// Package cmd_test runs the tools as users do: real programs, real pipes.
package cmd_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gridcells/pkg/canvas/pdftest"
	"gridcells/pkg/cli"
	"gridcells/pkg/tool/activations"
	"gridcells/pkg/tool/compare"
	"gridcells/pkg/tool/gridscore"
	"gridcells/pkg/tool/inspect"
	"gridcells/pkg/tool/neurons"
	"gridcells/pkg/tool/ratemaps"
	"gridcells/pkg/tool/report"
	"gridcells/pkg/tool/simulate"
	"gridcells/pkg/tool/targets"
	"gridcells/pkg/tool/tfrecord2npy"
	"gridcells/pkg/tool/train"
)

var tools = map[string]cli.RunFunc{
	"simulate": simulate.Run, "neurons": neurons.Run, "tfrecord2npy": tfrecord2npy.Run, "targets": targets.Run, "train": train.Run,
	"activations": activations.Run, "ratemaps": ratemaps.Run, "gridscore": gridscore.Run, "report": report.Run,
	"inspect": inspect.Run, "compare": compare.Run,
}

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		os.Exit(cli.Main(name, tools[name]))
	}
	programs := map[string]func(){}
	for name, run := range tools {
		programs[name] = func() { os.Exit(cli.Main(name, run)) }
	}
	if _, isTool := programs[strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")]; !isTool {
		hearSignals()
	}
	testscript.Main(m, programs)
}

// hearSignals restores the usual handling of SIGHUP and SIGINT. The program that
// started the tests may ignore these signals, as nohup does, and shells for programs in
// the background. The tools would ignore them too, and tests that send a signal would
// wait for ever.
func hearSignals() {
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

func TestScenarios(t *testing.T) {
	scripts, err := filepath.Abs("../scripts")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Setup: func(e *testscript.Env) error {
			e.Setenv("SCRIPTS", scripts)
			return nil
		},
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"truncate": truncate, "flip": flip, "status": status, "printed": printed},
	})
}

// truncate FILE N cuts a file to N bytes, or by −N at its end.
func truncate(ts *testscript.TestScript, _ bool, args []string) {
	data, n := fileAndNumber(ts, args)
	if n < 0 {
		n += len(data)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data[:n], 0o666))
}

// flip FILE N inverts a bit of byte N, counted from the end if negative.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	data, n := fileAndNumber(ts, args)
	if n < 0 {
		n += len(data)
	}
	data[n] ^= 0x10
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
}

func fileAndNumber(ts *testscript.TestScript, args []string) (data []byte, n int) {
	if len(args) != 2 {
		ts.Fatalf("usage: command FILE N")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	for i, c := range bytes.TrimPrefix([]byte(args[1]), []byte("-")) {
		if c < '0' || c > '9' {
			ts.Fatalf("%q is not a number (character %d)", args[1], i)
		}
		n = 10*n + int(c-'0')
	}
	if args[1][0] == '-' {
		n = -n
	}
	return data, n
}

// printed PDF FILE writes the command lines that a report prints to a file.
func printed(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: printed PDF FILE")
	}
	lines, err := pdftest.Script([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(lines, "\n")+"\n"), 0o666))
}

// status N TOOL ARGS… runs a tool in this process, on the file named "in" if
// there is one, and checks its exit status.
func status(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status N TOOL ARGS…")
	}
	var stdin io.Reader = bytes.NewReader(nil)
	if in, err := os.ReadFile(ts.MkAbs("in")); err == nil {
		stdin = bytes.NewReader(in)
	}
	full := make([]string, 0, len(args))
	for _, a := range args[2:] {
		if filepath.Ext(a) != "" { // a file of the scenario
			a = ts.MkAbs(a)
		}
		full = append(full, a)
	}
	var stdout, stderr bytes.Buffer
	err := tools[args[1]](context.Background(), stdin, &stdout, &stderr, full)
	got := cli.Report(args[1], err, &stderr)
	if want := args[0]; want != string(rune('0'+got)) {
		ts.Fatalf("%s: status %d, want %s; stderr: %s", args[1], got, want, stderr.String())
	}
	ts.Logf("stderr: %s", stderr.String())
}
