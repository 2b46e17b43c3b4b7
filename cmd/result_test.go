package cmd_test

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gridcells/pkg/canvas/pdftest"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/results"
)

// TestResult checks what `make all` left in the directory that the environment
// variable GRIDCELLS_RESULT names: the PDF, the scores, the log.
func TestResult(t *testing.T) {
	dir := os.Getenv("GRIDCELLS_RESULT")
	if dir == "" {
		t.Skip("GRIDCELLS_RESULT names no directory with results")
	}
	checkPDF(t, filepath.Join(dir, "report.pdf"))
	for _, network := range []string{"run", "untrained"} {
		checkScores(t, filepath.Join(dir, network+".scores.npy"))
	}
	first, last := lossCurve(t, filepath.Join(dir, "run.jsonl"))
	if !(last < first-0.5) {
		t.Errorf("the loss went from %v to %v: nothing was learned", first, last)
	}
	trained, untrained := evaluation(t, dir, "run"), evaluation(t, dir, "untrained")
	if !(trained.Loss.Float() < untrained.Loss.Float()-0.5 && trained.Final.Float() < 0.95*untrained.Final.Float()) {
		t.Errorf("held-out trajectories: loss %v and position error %v m, untrained %v and %v m",
			trained.Loss.Float(), trained.Final.Float(), untrained.Loss.Float(), untrained.Final.Float())
	}
}

func checkPDF(t *testing.T, path string) {
	t.Helper()
	pdf, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if pages := pdftest.Contents(t, pdf); len(pages) < 3 {
		t.Errorf("%s: %d pages", path, len(pages))
	}
}

// checkScores scores the stored ratemaps anew.
func checkScores(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := npy.NewReader(f, path)
	d, provenance, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	if len(provenance) != 5 || provenance[0].Tool != "simulate" || provenance[4].Tool != "gridscore" {
		t.Errorf("%s: provenance of %d stages", path, len(provenance))
	}
	maps, err := d.Floats("ratemap", -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	score, err := d.Floats("score_60")
	if err != nil {
		t.Fatal(err)
	}
	bins := maps.Shape[0]
	scorer, err := gridscore.NewScorer(ratemap.Square(bins), gridscore.ZeroFilled, gridscore.Paper(gridscore.PaperInner))
	if err != nil {
		t.Fatal(err)
	}
	units, varied := 0, 0
	for {
		rows, err := r.Next(nil, 64)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows.Len() {
			ratemap, got, want := make([]float64, bins*bins), make([]float64, 1), make([]gridscore.Score, 1)
			maps.Float64(ratemap, rows.Row(i))
			score.Float64(got, rows.Row(i))
			if err := scorer.Score(want, ratemap); err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(got[0]-want[0].Sixty) < 1e-9) {
				t.Errorf("%s: unit %d has score %v, want %v", path, units, got[0], want[0].Sixty)
			}
			if got[0] != 0 {
				varied++
			}
			units++
		}
	}
	if units != 512 || varied < units/2 {
		t.Errorf("%s: %d units, %d with a score", path, units, varied)
	}
}

func lossCurve(t *testing.T, path string) (first, last float64) {
	t.Helper()
	lines := readResult(t, path, results.ReadLog)
	if len(lines) == 0 {
		t.Fatalf("%s is empty", path)
	}
	return lines[0].Loss.Float(), lines[len(lines)-1].Loss.Float()
}

func evaluation(t *testing.T, dir, network string) *results.PathIntegration {
	t.Helper()
	return readResult(t, filepath.Join(dir, network+".path.json"), results.ReadPathIntegration)
}

func readResult[T any](t *testing.T, path string, read func(io.Reader) (T, error)) T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	result, err := read(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return result
}
