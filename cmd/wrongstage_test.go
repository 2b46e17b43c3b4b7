package cmd_test

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"gridcells/pkg/cli"
)

// TestWrongStage gives every tool the output of every other one. It says, once, which
// tool is missing, or which one reads what it was given.
func TestWrongStage(t *testing.T) {
	in := stages(t)
	const (
		converted = "an NPY file, not a TFRecord file"
		read      = "" // the tool reads it
	)
	streams := []string{"traj.npy", "codes.npy", "act.npy", "maps.npy", "scores.npy"}
	for _, test := range []struct {
		line string
		want [5]string // for each stream
	}{
		{"tfrecord2npy", [5]string{converted, converted, converted, converted, converted}},
		{"targets --n-pc 8", [5]string{read, read, read,
			"ratemaps already: run gridscore on it, or read the trajectories that simulate writes",
			"scores already: run report on it, or read the trajectories that simulate writes"}},
		{"train --nh-lstm 4 --nh-bottleneck 4 --steps 1 --checkpoint OUT.st", [5]string{
			"trajectories, but no codes: run targets first", read,
			"activities already: run ratemaps on it, or read the codes that targets writes",
			"ratemaps already: run gridscore on it", "scores already: run report on it"}},
		{"activations --checkpoint IN/run.safetensors", [5]string{
			"trajectories, but no codes: run targets first", read,
			"activities already: run ratemaps on it", "ratemaps already: run gridscore on it", "scores already: run report on it"}},
		{"ratemaps -q --bins 8", [5]string{
			"trajectories, but no activities: run targets and activations first", "codes, but no activities: run activations first", read,
			"ratemaps already: run gridscore on it", "scores already: run report on it"}},
		{"gridscore -q", [5]string{
			"trajectories, but no ratemaps: run targets, activations and ratemaps first",
			"codes, but no ratemaps: run activations and ratemaps first", "activities, but no ratemaps: run ratemaps first", read, read}},
		{"gridscore -q --null untrained --untrained IN/act.npy IN/maps.npy", [5]string{"activities, but no ratemaps: run ratemaps first"}},
		{"report -q -o OUT.pdf", [5]string{
			"trajectories, but no scores: run targets, activations, ratemaps and gridscore first",
			"codes, but no scores: run activations, ratemaps and gridscore first",
			"activities, but no scores: run ratemaps and gridscore first", "ratemaps, but no scores: run gridscore first", read}},
		{"report -q -o OUT.pdf --trajectory IN/codes.npy IN/scores.npy", [5]string{"codes, but no activities: run activations first"}},
		{"report -q -o OUT.pdf --untrained-scores IN/maps.npy IN/scores.npy", [5]string{"ratemaps, but no scores: run gridscore first"}},
		{"inspect", [5]string{}},
	} {
		for i, stream := range streams {
			line := strings.NewReplacer("IN", in, "OUT", filepath.Join(t.TempDir(), "out")).Replace(test.line)
			args := strings.Fields(line)
			if !strings.Contains(line, ".npy") {
				args = append(args, filepath.Join(in, stream))
			} else if i > 0 {
				break
			}
			var stdout bytes.Buffer
			err := tools[args[0]](context.Background(), strings.NewReader(""), &stdout, io.Discard, args[1:])
			switch want := test.want[i]; {
			case want == read && err != nil:
				t.Errorf("%s %s: %v", test.line, stream, err)
			case want != read && (cli.Status(err) != cli.StatusFailed || !strings.Contains(err.Error(), want)):
				t.Errorf("%s %s: %v, want %s", test.line, stream, err, want)
			case want != read && strings.Count(err.Error(), "the input holds") > 1:
				t.Errorf("%s %s: %v says twice what the input holds", test.line, stream, err)
			case want != read && stdout.Len() > 0:
				t.Errorf("%s %s: writes %d bytes", test.line, stream, stdout.Len())
			}
		}
	}
}
