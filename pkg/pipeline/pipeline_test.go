package pipeline_test

import (
	"errors"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/pipeline"
)

func TestExplain(t *testing.T) {
	cause := errors.New("no such field")
	for _, test := range []struct {
		fields string
		wanted pipeline.Content
		want   string
	}{
		{"ego_vel,target_pos", pipeline.Codes, "the input holds trajectories, but no codes: run targets first (no such field)"},
		{"ego_vel,target_pos", pipeline.Scores, "the input holds trajectories, but no scores: run targets, activations, ratemaps and gridscore first (no such field)"},
		{"target_pos,head_direction_target", pipeline.Ratemaps, "the input holds codes, but no ratemaps: run activations and ratemaps first (no such field)"},
		{"target_pos,lstm", pipeline.Codes, "the input holds activities already: run ratemaps on it, or read the codes that targets writes (no such field)"},
		{"layer,ratemap", pipeline.Ratemaps, "no such field"},
		{"layer,ratemap,score_60", pipeline.Trajectories, "the input holds scores already: run report on it, or read the trajectories that simulate writes (no such field)"},
		{"target_pos,cell", pipeline.Ratemaps, "the input holds activities, but no ratemaps: run ratemaps first (no such field)"},
		{"target_pos,cell", pipeline.Codes, "no such field"},
		{"spikes", pipeline.Scores, "no such field"},
	} {
		var fields []npy.Field
		for name := range strings.SplitSeq(test.fields, ",") {
			fields = append(fields, npy.Field{Name: name, Type: npy.Float32})
		}
		d, err := npy.NewDType(fields...)
		if err != nil {
			t.Fatal(err)
		}
		got := pipeline.Explain(cause, d, test.wanted)
		if got.Error() != test.want || !errors.Is(got, cause) {
			t.Errorf("%s: %v, want %s", test.fields, got, test.want)
		}
		if err := pipeline.Explain(nil, d, test.wanted); err != nil {
			t.Errorf("%s: no error becomes %v", test.fields, err)
		}
	}
}
