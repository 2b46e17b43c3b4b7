package agreement_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gridcells/pkg/agreement"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

func text(d []agreement.Difference) string {
	var parts []string
	for _, d := range d {
		parts = append(parts, d.String())
	}
	return strings.Join(parts, "; ")
}

const (
	walk  = `{"n":100,"skip":0,"seed":1,"arena":"square","env_size":2.2,"steps":100,"motion":"banino","motion_parameters":{"speed_scale":0.13,"compound":true},"ego_vel":"step-cos-sin"}`
	cells = `{"env_size":2.2,"n_pc":[256],"pc_scale":[0.01],"n_hdc":[12],"hdc_concentration":[20],"neurons_seed":8341,"targets_type":"softmax","init_type":"softmax","seed":1}`
	files = `{"files":["shards"],"shuffle":true,"shuffle_buffer":256,"repeat":true,"skip":0,"limit":0,"seed":1,"skip_corrupt":false}`
)

// change replaces parts of a stage's parameters: old, new, old, new …
func change(stage string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(stage, pairs[i]) {
			panic(pairs[i])
		}
		stage = strings.Replace(stage, pairs[i], pairs[i+1], 1)
	}
	return stage
}

func TestStreams(t *testing.T) {
	base := npytest.Provenance("simulate", walk, "targets", cells)
	read := npytest.Provenance("simulate", walk, "tfrecord2npy", files, "targets", cells)
	for _, test := range []struct {
		name        string
		there, here npy.Provenance
		resume, run string // the differences for a continuation and for an evaluation
	}{
		{"the same", base, base, "", ""},
		{"no provenance there", nil, base, "", ""},
		{"no provenance here", base, nil, "", ""},
		{"more of the same trajectories", base, npytest.Provenance("simulate", change(walk, `"n":100,"skip":0`, `"n":0,"skip":40`), "targets", cells), "", ""},
		{"another seed", base, npytest.Provenance("simulate", change(walk, `"seed":1`, `"seed":2`), "targets", cells), "simulate --seed: 1 there, 2 here", ""},
		{"seeds beyond float64", npytest.Provenance("simulate", change(walk, `"seed":1`, `"seed":18446744073709551615`)),
			npytest.Provenance("simulate", change(walk, `"seed":1`, `"seed":18446744073709551614`)),
			"simulate --seed: 18446744073709551615 there, 18446744073709551614 here", ""},
		{"longer trajectories", base, npytest.Provenance("simulate", change(walk, `"steps":100`, `"steps":20`), "targets", cells), "simulate --steps: 100 there, 20 here", ""},
		{"another room, which targets takes over", base,
			npytest.Provenance("simulate", change(walk, `2.2`, `1`), "targets", change(cells, `2.2`, `1`)),
			"simulate --env-size: 2.2 there, 1 here", "simulate --env-size: 2.2 there, 1 here"},
		{"another room in targets alone", base, npytest.Provenance("simulate", walk, "targets", change(cells, `2.2`, `1`)),
			"targets --env-size: 2.2 there, 1 here", "targets --env-size: 2.2 there, 1 here"},
		{"another arena", base, npytest.Provenance("simulate", change(walk, "square", "circle"), "targets", cells),
			"simulate --arena: square there, circle here", "simulate --arena: square there, circle here"},
		{"a parameter of the motion", base, npytest.Provenance("simulate", change(walk, "0.13", "0.2"), "targets", cells),
			"simulate --set speed_scale: 0.13 there, 0.2 here", "simulate --set speed_scale: 0.13 there, 0.2 here"},
		{"another motion has other parameters", base,
			npytest.Provenance("simulate", change(walk, "banino", "sorscher", "0.13", "0.2"), "targets", cells),
			"simulate --motion: banino there, sorscher here", "simulate --motion: banino there, sorscher here"},
		{"another self-motion", base, npytest.Provenance("simulate", change(walk, "cos-sin", "x-y"), "targets", cells),
			"simulate --ego-vel: step-cos-sin there, step-x-y here", "simulate --ego-vel: step-cos-sin there, step-x-y here"},
		{"other ensembles", base, npytest.Provenance("simulate", walk, "targets", change(cells, "[256]", "[256,16]", "[12]", "[]", "[20]", "[]", "8341", "3")),
			"targets --n-hdc: 12 there, 0 here; targets --n-pc: 256 there, 256,16 here; targets --neurons-seed: 8341 there, 3 here",
			"targets --n-hdc: 12 there, 0 here; targets --n-pc: 256 there, 256,16 here; targets --neurons-seed: 8341 there, 3 here"},
		{"the same number in another form", base, npytest.Provenance("simulate", walk, "targets", change(cells, "0.01", "1e-2")), "", ""},
		{"a seed of targets that nothing draws with", base, npytest.Provenance("simulate", walk, "targets", change(cells, `"seed":1`, `"seed":2`)), "", ""},
		{"a seed of targets that codes are drawn with",
			npytest.Provenance("simulate", walk, "targets", change(cells, `"softmax"`, `"sample"`)),
			npytest.Provenance("simulate", walk, "targets", change(cells, `"softmax"`, `"sample"`, `"seed":1`, `"seed":2`)),
			"targets --seed: 1 there, 2 here", ""},
		{"a flag that an older version lacks", base, npytest.Provenance("simulate", change(walk, `"n":100`, `"n":100,"weather":"fine"`), "targets", cells), "", ""},
		{"read from files", base, read, "tfrecord2npy: not used there, used here", ""},
		{"not read from files", read, base, "tfrecord2npy: used there, not used here", ""},
		{"another data set in files", read, npytest.Provenance("simulate", change(walk, `"n":100`, `"n":200`), "tfrecord2npy", files, "targets", cells),
			"simulate --n: 100 there, 200 here", ""},
		{"other files in another order", read, npytest.Provenance("simulate", walk, "tfrecord2npy", change(files, "shards", "others", `"seed":1`, `"seed":2`), "targets", cells),
			"tfrecord2npy --files: shards there, others here; tfrecord2npy --seed: 1 there, 2 here", ""},
		{"the same files once more", read, npytest.Provenance("simulate", walk, "tfrecord2npy", change(files, `"repeat":true,"skip":0,"limit":0`, `"repeat":false,"skip":5,"limit":9`), "targets", cells), "", ""},
		{"files in their order have no seed",
			npytest.Provenance("tfrecord2npy", change(files, `"shuffle":true`, `"shuffle":false`)),
			npytest.Provenance("tfrecord2npy", change(files, `"shuffle":true`, `"shuffle":false`, `"seed":1`, `"seed":2`)), "", ""},
		{"another program's data", npytest.Provenance("mine", `{"x":1}`, "targets", cells), npytest.Provenance("mine", `{"x":2}`, "targets", cells), "mine --x: 1 there, 2 here", ""},
	} {
		got, err := agreement.Continuation(test.there, test.here)
		if err != nil || text(got) != test.resume {
			t.Errorf("%s, resumed: %s, %v; want %s", test.name, text(got), err, test.resume)
		}
		got, err = agreement.Evaluation(test.there, test.here)
		if err != nil || text(got) != test.run {
			t.Errorf("%s, evaluated: %s, %v; want %s", test.name, text(got), err, test.run)
		}
	}
}

// Newer versions record the parameters of the motion apart from the flags.
func TestDerivedMotion(t *testing.T) {
	stage := func(speed string) npy.Provenance {
		return npy.Provenance{{Tool: "simulate", Version: "2", Parameters: []byte(`{"motion":"banino","set":{"speed_scale":"` + speed + `"}}`),
			Derived: []byte(`{"motion_parameters":{"speed_scale":` + speed + `}}`)}}
	}
	const want = "simulate --set speed_scale: 0.13 there, 0.2 here"
	for _, there := range []npy.Provenance{stage("0.13"), npytest.Provenance("simulate", walk)} {
		if got, err := agreement.Evaluation(there, stage("0.2")); err != nil || text(got) != want {
			t.Errorf("%s, %v; want %s", text(got), err, want)
		}
	}
}

func TestPreset(t *testing.T) {
	const (
		quickWalk  = `{"preset":"quick","steps":20,"motion":"sorscher","ego_vel":"step-x-y"}`
		quickCells = `{"preset":"quick","n_pc":[512],"pc_scale":[0.12],"n_hdc":[],"targets_type":"dog"}`
	)
	for _, test := range []struct {
		name   string
		preset string
		p      npy.Provenance
		want   string // strict
	}{
		{"none at all", "", npytest.Provenance("simulate", walk, "targets", cells), ""},
		{"settings of the released program", "reference", npytest.Provenance("simulate", walk, "targets", cells), ""},
		{"all of them", "quick", npytest.Provenance("simulate", quickWalk, "targets", quickCells), ""},
		{"forgotten in simulate", "quick", npytest.Provenance("simulate", walk, "targets", quickCells),
			"simulate --ego-vel: step-x-y there, step-cos-sin here; simulate --motion: sorscher there, banino here; simulate --steps: 20 there, 100 here"},
		{"forgotten in targets", "quick", npytest.Provenance("simulate", quickWalk, "targets", cells),
			"targets --n-hdc: 0 there, 12 here; targets --n-pc: 512 there, 256 here; targets --pc-scale: 0.12 there, 0.01 here; targets --targets-type: dog there, softmax here"},
		{"forgotten in train", "", npytest.Provenance("simulate", quickWalk, "targets", quickCells),
			"simulate --preset: none there, quick here; targets --preset: none there, quick here"},
		{"another one in train", "paper", npytest.Provenance("simulate", quickWalk, "targets", cells), "simulate --preset: paper there, quick here"},
		{"a flag overrides it", "quick", npytest.Provenance("simulate", change(quickWalk, "20", "30"), "targets", change(quickCells, "dog", "softmax")), ""},
		{"the same flags without it", "quick", npytest.Provenance("simulate", change(quickWalk, `"preset":"quick",`, ""), "targets", change(quickCells, `"preset":"quick",`, "")), ""},
		{"data of unknown origin", "quick", npytest.Provenance("mine", `{}`), ""},
	} {
		got, err := agreement.Preset(test.preset, test.p, true)
		if err != nil || text(got) != test.want {
			t.Errorf("%s: %s, %v; want %s", test.name, text(got), err, test.want)
		}
	}
	if got, _ := agreement.Preset("", npytest.Provenance("simulate", quickWalk), false); len(got) > 0 {
		t.Errorf("a stage between may do without: %s", text(got))
	}
}

func TestDamagedProvenanceIsAnError(t *testing.T) {
	for _, bad := range []string{`[]`, `3`, `{"motion_parameters":[1]}`} {
		p := npytest.Provenance("simulate", bad)
		if _, err := agreement.Continuation(p, p); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestText(t *testing.T) {
	for raw, want := range map[string]string{
		`1`: "1", `"a b"`: "a b", `true`: "true", `[1,2.5]`: "1,2.5", `["x"]`: "x", `[]`: "0", ` -1 `: "-1",
		`{}`: "no", `null`: "no", `[{"a":1}]`: "no", `[[1]]`: "no", ``: "no",
	} {
		got, ok := agreement.Text(json.RawMessage(raw))
		if !ok {
			got = "no"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	differences := []agreement.Difference{{Tool: "simulate", Name: "seed", There: "1", Here: "2"}}
	err := agreement.Check("run.safetensors", differences, false)
	var e *agreement.Error
	if !errors.As(err, &e) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
	if err := agreement.Check("run.safetensors", differences, true); err != nil {
		t.Errorf("accepted: %v", err)
	}
}

func ExampleEvaluation() {
	trained := npy.Provenance{{Tool: "simulate", Version: "1", Parameters: []byte(`{"seed":1,"env_size":2.2}`)}}
	given := npy.Provenance{{Tool: "simulate", Version: "1", Parameters: []byte(`{"seed":7,"env_size":1}`)}}
	differences, err := agreement.Evaluation(trained, given)
	fmt.Println(differences, err)
	// Output: [simulate --env-size: 2.2 there, 1 here] <nil>
}

// TestTrained: a network and the preset under which it is run.
func TestTrained(t *testing.T) {
	raw := func(text string) (m map[string]json.RawMessage) {
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	paper := `{"preset":"paper","nh_bottleneck":8}`
	for _, test := range []struct{ name, training, data, want string }{
		{"", paper, "", ""},
		{"paper", paper, "", ""},
		{"paper", `{"nh_bottleneck":512,"bottleneck_bias":true,"clip_scope":"heads","weight_decay_scope":"heads","weight_decay":0.00001}`, "", ""},
		{"paper", `{"nh_bottleneck":256}`, "", "train --nh-bottleneck: 512 there, 256 here"},
		{"reference", paper, "", "train --nh-bottleneck: 256 there, 8 here"},
		{"reference", `{"nh_bottleneck":256}`, `{"preset":"quick","steps":20}`, "simulate --preset: reference there, quick here"},
	} {
		var data npy.Provenance
		if test.data != "" {
			data = npy.Provenance{{Tool: "simulate", Parameters: []byte(test.data)}}
		}
		got, err := agreement.Trained(test.name, raw(test.training), data)
		if err != nil || shown(got) != test.want {
			t.Errorf("%s of %s: %s, %v, want %s", test.name, test.training, shown(got), err, test.want)
		}
	}
	for _, test := range []struct{ name, derived, want string }{
		{"paper", `{"training":{"preset":"quick","nh_bottleneck":256}}`, "--preset paper (there) is not that of the input (here): train --nh-bottleneck: 512 there, 256 here; activations --dropout: off there, on here; ratemaps --bins: 32 there, 20 here"},
		{"paper", `{"file":"weights.safetensors"}`, "--preset paper (there) is not that of the input (here): activations --dropout: off there, on here; ratemaps --bins: 32 there, 20 here"},
		{"reference", `{"training":{"preset":"reference","nh_bottleneck":8}}`, ""},
		{"", `{"training":{"preset":"quick"}}`, ""},
	} {
		p := npy.Provenance{
			{Tool: "activations", Parameters: []byte(`{"dropout":"on"}`), Derived: []byte(test.derived)},
			{Tool: "ratemaps", Parameters: []byte(`{"bins":[20]}`)},
		}
		if got, err := agreement.Doubt(test.name, p); err != nil || got != test.want {
			t.Errorf("%s of %s: %q, %v, want %q", test.name, test.derived, got, err, test.want)
		}
	}
	if got, err := agreement.Doubt("paper", npy.Provenance{{Tool: "neurons"}}); got != "" || err != nil {
		t.Errorf("recorded cells: %q, %v", got, err)
	}
	if _, err := agreement.Doubt("paper", npy.Provenance{{Tool: "activations", Derived: []byte(`{"training":7}`)}}); err == nil {
		t.Error("damaged provenance passes")
	}
}

// shown joins differences into one text.
func shown(list []agreement.Difference) string {
	var parts []string
	for _, d := range list {
		parts = append(parts, d.String())
	}
	return strings.Join(parts, "; ")
}
