package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGeneratedFilesCurrent regenerates the assembly and compares it with what
// is checked in. It needs the generator's dependencies in the module cache.
func TestGeneratedFilesCurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("regenerating takes seconds")
	}
	offline := append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off")
	dir := t.TempDir()
	generator := filepath.Join(dir, "gen")
	build := exec.Command("go", "build", "-C", "_gen", "-o", generator, ".")
	build.Env = offline
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("cannot build the generator offline: %v\n%s", err, out)
	}
	for _, part := range []string{"gemm", "parts", "vector"} {
		asm, stubs := part+"_amd64.s", part+"_stubs_amd64.go"
		run := exec.Command(generator, "-part", part, "-out", filepath.Join(dir, asm), "-stubs", filepath.Join(dir, stubs), "-pkg", "kernel")
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, name := range []string{asm, stubs} {
			if !bytes.Equal(body(t, name), body(t, filepath.Join(dir, name))) {
				t.Errorf("%s is not what the generator writes; run go generate", name)
			}
		}
	}
}

// body reads a generated file without its first line, which quotes the command.
func body(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	return rest
}
