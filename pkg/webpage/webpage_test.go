package webpage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"

	"gridcells/pkg/results"
)

const hostile = "</script><script>alert(1)</script><!--\u2028\"'&<img src=x onerror=alert(2)>"

// example returns a page with names that contain markup.
func example() *Page {
	return &Page{
		Title: hostile, Generator: hostile, Colormap: hostile, Nulls: map[string]string{hostile: hostile}, Colormaps: []Colormap{{Name: hostile, Table: make([]byte, 3*256)}},
		Runs: []Run{{
			Name: hostile, Frames: []Frame{{Layers: []Layer{{
				Name: hostile, Bins: [2]int{2, 2}, Units: 1,
				Columns:  []Column{{hostile, Floats{1}}, {"score_60", Floats{math.NaN()}}},
				Texts:    []Text{{"class", []string{hostile}}},
				Ratemaps: MapsOf(2, 2, [][]float64{{1, 2, math.NaN(), 4}}),
				Nulls:    []Null{{Name: hostile, Score: "score_60", Draws: []int{1}, Own: Floats{0.5}}},
			}}}},
			Stages: []Stage{{Tool: hostile, Version: hostile, Role: hostile, Parameters: [][2]string{{hostile, hostile}}}}, Commands: []string{hostile},
		}},
	}
}

func write(t testing.TB, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Names from the input never become markup, and the page is the same each time.
func TestHostileNames(t *testing.T) {
	text := write(t, example())
	if text != write(t, example()) {
		t.Error("two pages of the same data differ")
	}
	if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img") {
		t.Error("a name is markup")
	}
	if got, want := strings.Count(text, "</script>"), len(scriptFiles())+2; got != want {
		t.Errorf("%d script elements end, want %d", got, want)
	}
	data := regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`).FindStringSubmatch(text)
	var p struct{ Title string }
	if err := json.Unmarshal([]byte(data[1]), &p); err != nil || p.Title != hostile {
		t.Errorf("title %q, error %v", p.Title, err)
	}
}

// No script contains text that HTML would read as something else. The policy allows
// only these scripts.
func TestPolicy(t *testing.T) {
	text := write(t, example())
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(text)[1]
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src 'unsafe") || strings.Contains(policy, "http") {
		t.Errorf("policy %q", policy)
	}
	if got := strings.Count(policy, "'sha256-"); got != len(scriptFiles()) {
		t.Errorf("the policy allows %d scripts, want %d", got, len(scriptFiles()))
	}
	for _, name := range scriptFiles() {
		script, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// Carriage returns would be lost on the way, so that the script's hash differs.
		for _, bad := range []string{"<!--", "</script", "\r"} {
			if bytes.Contains(script, []byte(bad)) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
}

// The libraries are the files whose sums vendored/README.md lists.
func TestLibraries(t *testing.T) {
	list, err := files.ReadFile("vendored/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range libraries {
		script, err := files.ReadFile(l.script)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(script)
		if !bytes.Contains(list, []byte(hex.EncodeToString(sum[:]))) || !bytes.Contains(list, []byte(l.version)) || !bytes.Contains(script[:200], []byte("v"+l.version)) {
			t.Errorf("%s %s is not the file that vendored/README.md lists", l.name, l.version)
		}
		if licence, err := files.ReadFile(l.licence); err != nil || !bytes.Contains(licence, []byte("Permission to use")) {
			t.Errorf("%s: licence %q, %v", l.name, licence, err)
		}
	}
}

func TestMaps(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct {
		maps      [][]float64
		half      bool
		low, high float64 // of the first map
		bins      []byte
	}{
		"whole":     {[][]float64{{0, 1, 2, nan}}, false, 0, 2, []byte{0, 127, 254, 255}},
		"half":      {[][]float64{{0, 1, 1, 0}}, true, 0, 1, []byte{0, 254}},
		"constant":  {[][]float64{{3, 3, 3, 3}}, true, 3, 3, []byte{0, 0}},
		"unknown":   {[][]float64{{nan, inf, -inf, nan}}, true, nan, nan, []byte{255, 255}},
		"huge":      {[][]float64{{-math.MaxFloat64, 0, 0, math.MaxFloat64}}, false, -math.MaxFloat64, math.MaxFloat64, []byte{0, 127, 127, 254}},
		"one whole": {[][]float64{{0, 1, 1, 0}, {0, 0, 0, 1}}, false, 0, 1, []byte{0, 254, 254, 0, 0, 0, 0, 254}},
		"none":      {nil, true, nan, nan, nil},
	} {
		m := MapsOf(2, 2, c.maps)
		if m.Half != c.half || !bytes.Equal(m.Bins, c.bins) {
			t.Errorf("%s: half %v, bins %v; want %v, %v", name, m.Half, m.Bins, c.half, c.bins)
		}
		if len(c.maps) > 0 && (different(m.Low[0], c.low) || different(m.High[0], c.high)) {
			t.Errorf("%s: %v to %v, want %v to %v", name, m.Low[0], m.High[0], c.low, c.high)
		}
	}
}

func different(a, b float64) bool { return a != b && !(math.IsNaN(a) && math.IsNaN(b)) }

// A line of a log that lacks a quantity has NaN there, in the column of its name.
func TestLogColumns(t *testing.T) {
	columns := logColumns([]results.LogLine{
		{Step: 1, Loss: results.Of(3), Heads: []results.HeadLoss{{Name: "place", Loss: results.Of(2)}}},
		{Step: 2, Loss: results.Of(1)},
	})
	found := map[string]Floats{}
	for _, c := range columns {
		found[c.Name] = c.Values
	}
	if v := found["loss"]; len(v) != 2 || v[0] != 3 || v[1] != 1 {
		t.Errorf("loss %v", v)
	}
	if v := found["loss_place"]; len(v) != 2 || v[0] != 2 || !math.IsNaN(v[1]) {
		t.Errorf("loss_place %v", v)
	}
}

func TestNoRuns(t *testing.T) {
	if err := (&Page{}).Write(&bytes.Buffer{}); err == nil {
		t.Error("a page without runs was written")
	}
}
