package activations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gridcells/pkg/cli"
	"gridcells/pkg/ensemble"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/results"
	"gridcells/pkg/tool/simulate"
	"gridcells/pkg/tool/targets"
	"gridcells/pkg/tool/train"
)

// pipe runs a tool on the input and returns its output.
func pipe(t *testing.T, run cli.RunFunc, in []byte, args ...string) []byte {
	t.Helper()
	var out, diagnostics bytes.Buffer
	if err := run(context.Background(), bytes.NewReader(in), &out, &diagnostics, args); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, diagnostics.Bytes())
	}
	return out.Bytes()
}

func pathIntegrationOf(t *testing.T, checkpoint string, encoded []byte, args ...string) (p *results.PathIntegration) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "errors.json")
	pipe(t, Run, encoded, append(args, "--checkpoint", checkpoint, "--path-integration", file, "--layers", "bottleneck")...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = results.ReadPathIntegration(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPathIntegration(t *testing.T) {
	dir := t.TempDir()
	encoded := pipe(t, targets.Run, pipe(t, simulate.Run, nil, "-n", "60", "--steps", "30"))
	initial, trained := filepath.Join(dir, "initial.safetensors"), filepath.Join(dir, "trained.safetensors")
	small := []string{"--nh-lstm", "32", "--nh-bottleneck", "32", "-q"}
	pipe(t, train.Run, encoded, append(small, "--checkpoint", initial, "--steps", "0", "--seed", "7")...)
	pipe(t, train.Run, encoded, append(small, "--checkpoint", trained, "--steps", "6", "--seed", "7", "--learning-rate", "0.001", "--clip-scope", "none")...)

	// A network at its initial weights is its own untrained control.
	p := pathIntegrationOf(t, initial, encoded, "--seed", "7")
	for how, d := range p.Effect.Position {
		if d.Float() != 0 {
			t.Errorf("%s: effect size %v of an untrained network", how, d)
		}
	}
	if p.Trajectories != 60 || p.Trained.Loss != p.Untrained.Loss || math.Abs(p.Loss.Float()-p.Trained.Loss.Float()) > 1e-6 {
		t.Errorf("loss %v, as compared %v, of the control %v", p.Loss, p.Trained.Loss, p.Untrained.Loss)
	}

	want := pathIntegrationOf(t, trained, encoded, "--decode", "argmax", "--threads", "1")
	if want.Trained.Loss.Float() >= want.Untrained.Loss.Float() {
		t.Errorf("training: loss %v, untrained %v", want.Trained.Loss, want.Untrained.Loss)
	}
	// The comparison has the errors of the output.
	if len(want.Time) != 30 || len(want.Trained.Heading.Error) != 30 || math.Abs(want.Final.Float()-want.Trained.Position["argmax"].Final.Float()) > 1e-6 {
		t.Errorf("%d times; final error %v and %v", len(want.Time), want.Final, want.Trained.Position["argmax"].Final)
	}
	if f := want.CodeFloor["argmax_m"].Float(); f < 0.03 || f > 0.15 {
		t.Errorf("floor %v m, ½√(A/N) is %v", f, want.Floor)
	}
	if f := want.Floor.Float(); math.Abs(f-2.2/2/16) > 1e-12 { // 256 cells in 2.2 m × 2.2 m
		t.Errorf("½√(A/N) is %v", f)
	}
	got := pathIntegrationOf(t, trained, encoded, "--decode", "argmax", "--threads", "2")
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if !bytes.Equal(a, b) {
		t.Error("other errors with two threads")
	}
}

// The errors of the untrained network may come from a file: the result is the same, to
// the byte. A file of other trajectories or of another untrained network is refused.
func TestUntrainedPathIntegration(t *testing.T) {
	dir := t.TempDir()
	encode := func(args ...string) []byte {
		return pipe(t, targets.Run, pipe(t, simulate.Run, nil, append(args, "--steps", "10")...))
	}
	encoded := encode("-n", "20")
	network := func(name string, args ...string) string {
		file := filepath.Join(dir, name)
		pipe(t, train.Run, encoded, append([]string{"--nh-lstm", "16", "--nh-bottleneck", "16", "-q", "--seed", "7", "--checkpoint", file, "--dropout", "0.5"}, args...)...)
		return file
	}
	initial := network("initial.safetensors", "--steps", "0")
	trained := network("trained.safetensors", "--steps", "2", "--learning-rate", "0.001", "--dropout", "1")
	wide := network("wide.safetensors", "--steps", "1", "--nh-lstm", "20")
	known := filepath.Join(dir, "known.json")
	run := func(data []byte, file, checkpoint string, args ...string) (string, error) {
		var out bytes.Buffer
		err := Run(context.Background(), bytes.NewReader(data), &out, io.Discard,
			append([]string{"--seed", "7", "--layers", "bottleneck", "--checkpoint", checkpoint, "--path-integration", file}, args...))
		text, _ := os.ReadFile(file)
		return string(text), err
	}
	if _, err := run(encoded, known, initial); err != nil {
		t.Fatal(err)
	}
	want, err := run(encoded, filepath.Join(dir, "want.json"), trained)
	if err != nil {
		t.Fatal(err)
	}
	use := []string{"--untrained-path-integration", known}
	got, err := run(encoded, filepath.Join(dir, "got.json"), trained, use...)
	if err != nil || got != want {
		t.Errorf("%v: with the file\n%s\nwithout\n%s", err, got, want)
	}
	for _, test := range []struct {
		name, checkpoint string
		data             []byte
		args             []string
		want             string
	}{
		{"other trajectories", trained, encode("-n", "20", "--seed", "3"), nil, "simulate --seed: 1 there, 3 here"},
		{"fewer trajectories", trained, encode("-n", "10"), nil, "simulate --n: 20 there, 10 here"},
		{"another seed", trained, encoded, []string{"--seed", "8"}, "activations --seed: 7 there, 8 here"},
		{"dropout", trained, encoded, []string{"--dropout", "on"}, "activations --dropout: off there, on here"},
		{"another network", wide, encoded, nil, "train --nh-lstm: 16 there, 20 here"},
	} {
		_, err := run(test.data, filepath.Join(dir, "refused.json"), test.checkpoint, append(use, test.args...)...)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), known) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	original, err := os.ReadFile(known)
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(p *results.PathIntegration){
		"3 tools made them there, 2 here": func(p *results.PathIntegration) {
			p.Provenance = append(npy.Provenance{{Tool: "mine", Version: "1"}}, p.Provenance...)
		},
		"1 tools made them there, 2 here":                              func(p *results.PathIntegration) { p.Provenance = p.Provenance[1:] },
		"has the errors of 19 trajectories, and there are 20":          func(p *results.PathIntegration) { p.Trajectories = 19 },
		"has no errors of positions read by argmax":                    func(p *results.PathIntegration) { delete(p.Untrained.Position, "argmax") },
		"has no errors of headings: leave out --untrained-path-integr": func(p *results.PathIntegration) { p.Untrained.Heading = nil },
	} {
		p, err := results.ReadPathIntegration(bytes.NewReader(original))
		if err != nil {
			t.Fatal(err)
		}
		change(p)
		var changed bytes.Buffer
		if err := errors.Join(p.Write(&changed), os.WriteFile(known, changed.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
		if _, err := run(encoded, filepath.Join(dir, "refused.json"), trained, use...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := os.WriteFile(known, []byte(`{"time_s": [0.15], "error_m": [1]}`), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := run(encoded, filepath.Join(dir, "refused.json"), trained, use...); err == nil || !strings.Contains(err.Error(), "does not say how it was made") {
		t.Errorf("without provenance: %v", err)
	}
}

// Without the true positions, or without any, there is nothing to compare with.
func TestPathIntegrationWithoutPositions(t *testing.T) {
	dir := t.TempDir()
	trajectories := pipe(t, simulate.Run, nil, "-n", "10", "--steps", "10")
	encoded := pipe(t, targets.Run, trajectories)
	checkpoint := filepath.Join(dir, "initial.safetensors")
	pipe(t, train.Run, encoded, "--checkpoint", checkpoint, "--steps", "0", "-q", "--nh-lstm", "8", "--nh-bottleneck", "8")
	for want, in := range map[string][]byte{
		"--path-integration needs place cells, the provenance that targets writes, and target_pos": pipe(t, targets.Run, trajectories, "--drop", "target_pos"),
		"empty input": nil,
	} {
		file := filepath.Join(dir, "none.json")
		err := Run(context.Background(), bytes.NewReader(in), io.Discard, io.Discard, []string{"--checkpoint", checkpoint, "--path-integration", file})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: the file is there", want)
		}
	}
}

// Codes of another program are decoded if the stream or a file tells where its cells
// lie, to the same bits as those of targets.
func TestForeignCentres(t *testing.T) {
	dir := t.TempDir()
	for _, arena := range []string{"square", "periodic"} {
		encoded := pipe(t, targets.Run, pipe(t, simulate.Run, nil, "-n", "10", "--steps", "20", "--arena", arena), "--n-pc", "16", "--pc-scale", "0.2")
		network := filepath.Join(dir, arena+".safetensors")
		pipe(t, train.Run, encoded, "-q", "--steps", "0", "--nh-lstm", "8", "--nh-bottleneck", "8", "--checkpoint", network)
		run := func(in []byte, args ...string) (npy.Rows, npy.Provenance) {
			return npytest.Read(t, pipe(t, Run, in, append(args, "-q", "--checkpoint", network)...))
		}
		rows, provenance := npytest.Read(t, encoded)
		config, err := ensemble.FromProvenance(provenance)
		if err != nil {
			t.Fatal(err)
		}
		named, err := config.Build()
		if err != nil {
			t.Fatal(err)
		}
		cells := named[0].Ensemble.(*ensemble.PlaceCells)
		var flat []float64
		var centres ensemble.Centres
		for i := range cells.Cells() {
			x, y := cells.Center(i)
			flat, centres = append(flat, x, y), append(centres, [2]float64{x, y})
		}
		stage := func(parameters any) npy.Provenance {
			s, err := npy.NewStage("mine", "1", parameters, nil)
			if err != nil {
				t.Fatal(err)
			}
			return provenance[:1].Append(s)
		}
		silent := npytest.Write(t, rows, stage(struct{}{}))
		telling := npytest.Write(t, rows, stage(map[string]any{ensemble.CentresParameter: centres}))
		file := filepath.Join(dir, "centres.npy")
		if err := os.WriteFile(file, npytest.Encode(npytest.Array(flat, cells.Cells(), 2)), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, how := range []string{"top3", "mean", "argmax"} {
			want, _ := run(encoded, "--decode", how)
			byStream, _ := run(telling, "--decode", how)
			byFile, p := run(silent, "--decode", how, "--centres", file)
			if !bytes.Equal(byStream.Data, want.Data) || !bytes.Equal(byFile.Data, want.Data) {
				t.Errorf("%s: decoded by %s: other positions than those of the codes of targets", arena, how)
			}
			var name string
			if found, err := p.Parameter("centres", &name); !found || err != nil || name != "centres.npy" {
				t.Errorf("the provenance has centres from %q, %v", name, err)
			}
		}

		var out, said bytes.Buffer
		if err := Run(context.Background(), bytes.NewReader(silent), &out, &said, []string{"--checkpoint", network}); err != nil {
			t.Error(err)
		}
		found, _ := npytest.Read(t, out.Bytes())
		if _, ok := found.DType.Field("decoded_pos"); ok || strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "no decoded_pos") {
			t.Errorf("without centres: %s, %q", found.DType, said.String())
		}
		few := npytest.Write(t, rows, stage(map[string]any{ensemble.CentresParameter: centres[:15]}))
		err = Run(context.Background(), bytes.NewReader(few), io.Discard, io.Discard, []string{"--checkpoint", network})
		if err == nil || err.Error() != "15 centres of place cells, but place_target has 16 values a step" {
			t.Errorf("too few centres: %v", err)
		}
	}
}
