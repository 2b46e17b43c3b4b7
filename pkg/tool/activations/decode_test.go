package activations

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gridcells/pkg/cli"
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
	// The comparison's errors are those of the output.
	if len(want.Time) != 30 || len(want.Trained.Heading.Error) != 30 || math.Abs(want.Final.Float()-want.Trained.Position["argmax"].Final.Float()) > 1e-6 {
		t.Errorf("%d times; final error %v and %v", len(want.Time), want.Final, want.Trained.Position["argmax"].Final)
	}
	if f := want.CodeFloor["argmax_m"].Float(); f < 0.03 || f > 0.15 {
		t.Errorf("floor %v m, ½√(A/N) is %v", f, want.Floor)
	}
	got := pathIntegrationOf(t, trained, encoded, "--decode", "argmax", "--threads", "2")
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if !bytes.Equal(a, b) {
		t.Error("other errors with two threads")
	}
}

// Without the true positions there is nothing to compare with.
func TestPathIntegrationWithoutPositions(t *testing.T) {
	dir := t.TempDir()
	encoded := pipe(t, targets.Run, pipe(t, simulate.Run, nil, "-n", "10", "--steps", "10"))
	checkpoint := filepath.Join(dir, "initial.safetensors")
	pipe(t, train.Run, encoded, "--checkpoint", checkpoint, "--steps", "0", "-q")
	err := Run(context.Background(), bytes.NewReader(nil), io.Discard, io.Discard,
		[]string{"--checkpoint", checkpoint, "--path-integration", filepath.Join(dir, "none.json")})
	if err == nil {
		t.Error("an empty input passes")
	}
}
