package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/trajectory"
)

const (
	docs   = "../../docs"
	sample = "../../../shared/data/reference_target_pos.npy"
)

// TestDocument: docs/dataset.md has the table that the program prints now, and
// docs/dataset.svg is the figure that it draws. Without the sample of real
// trajectories only the columns of the models are compared.
func TestDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates 32,000 trajectories")
	}
	text, err := os.ReadFile(filepath.Join(docs, "dataset.md"))
	if err != nil {
		t.Fatal(err)
	}
	real, err := readPaths(sample)
	absent := os.IsNotExist(err)
	switch {
	case absent:
		real = make(trajectory.Paths, 40)
		for i := range real {
			real[i] = make([][2]float32, 100)
		}
	case err != nil:
		t.Fatal(err)
	}
	c, err := compare(real)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, line := range c.table() {
		if !slices.ContainsFunc(lines, func(l string) bool { return l == line || absent && sameModels(l, line) }) {
			t.Errorf("dataset.md has no line\n%s\nrun the command of docs/results/dataset.sh", line)
		}
	}
	if absent {
		t.Skip("no sample of the released data beside the checkout: its column and the figure are not compared")
	}
	drawn := filepath.Join(t.TempDir(), "dataset.svg")
	if err := c.draw(drawn); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(drawn)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(docs, "dataset.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/dataset.svg is not what the program draws now: run the command of docs/results/dataset.sh")
	}
}

// sameModels reports whether two rows of the table differ in the real sample's
// column only.
func sameModels(a, b string) bool {
	x, y := strings.Split(a, "|"), strings.Split(b, "|")
	return len(x) == len(y) && len(x) > 3 && x[1] == y[1] && slices.Equal(x[3:], y[3:])
}
