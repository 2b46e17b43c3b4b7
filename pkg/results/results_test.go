package results

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/significance"
)

// writer is any of the files.
type writer interface{ Write(io.Writer) error }

// readers read the files of testdata, which the tools of version 0.1 wrote.
var readers = map[string]func(io.Reader) (writer, error){
	"population.json": func(r io.Reader) (writer, error) { return ReadPopulation(r) },
	"path.json":       func(r io.Reader) (writer, error) { return ReadPathIntegration(r) },
	"report.json":     func(r io.Reader) (writer, error) { return ReadReport(r) },
	"log.jsonl":       func(r io.Reader) (writer, error) { l, err := ReadLog(r); return log(l), err },
}

type log []LogLine

func (l log) Write(w io.Writer) error {
	for i := range l {
		if err := l[i].Write(w); err != nil {
			return err
		}
	}
	return nil
}

// Files of the tools are read without loss: written again they have the same bytes.
func TestSameBytes(t *testing.T) {
	for name, read := range readers {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		v, err := read(bytes.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var again bytes.Buffer
		if err := v.Write(&again); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(again.Bytes(), text) {
			t.Errorf("%s: written again it differs:\n%s", name, again.Bytes())
		}
	}
}

// Every beginning of a file is an error, but for a log, of which each line
// stands for itself, and for white space at the end.
func TestCutFiles(t *testing.T) {
	for name, read := range readers {
		if name == "log.jsonl" {
			continue
		}
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.TrimSpace(text)
		for n := range len(text) {
			if n > 300 && n < len(text)-300 {
				continue
			}
			if _, err := read(bytes.NewReader(text[:n])); err == nil {
				t.Fatalf("%s: %d of %d bytes pass", name, n, len(text))
			}
		}
		if _, err := read(bytes.NewReader(append(text, '{'))); err == nil {
			t.Errorf("%s: more behind its end passes", name)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		v    float64
		want string
	}{{0, "0"}, {0.37, "0.37"}, {math.NaN(), "null"}, {math.Inf(-1), "null"}, {1e-7, "1e-7"}} {
		text, err := json.Marshal(Of(test.v))
		if err != nil || string(text) != test.want {
			t.Errorf("%v is %s, %v", test.v, text, err)
		}
		var back Number
		if err := json.Unmarshal(text, &back); err != nil || back != Of(test.v) {
			t.Errorf("%s reads as %v, %v", text, back.Float(), err)
		}
	}
	var absent struct{ A, B Number }
	if err := json.Unmarshal([]byte(`{"A": 0}`), &absent); err != nil || absent.A.Float() != 0 || !math.IsNaN(absent.B.Float()) {
		t.Errorf("read %+v, %v", absent, err)
	}
	if err := json.Unmarshal([]byte(`{"A": "0"}`), &absent); err == nil {
		t.Error("a string passes for a number")
	}
}

func TestPoints(t *testing.T) {
	for v, want := range map[float64]string{0.0812: "+8.1", -0.002: "-0.2", -0.0004: "+0.0", 0.0004: "+0.0", 0: "+0.0", math.NaN(): "unknown"} {
		if got := Of(v).Points(); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
}

func TestRuleOfOldFiles(t *testing.T) {
	for _, test := range []struct {
		parameters string
		want       GridRule
	}{
		{`{"grid_cut": 0.5, "grid_null": "gaussian"}`, GridRule{Threshold: FixedThreshold, Cut: 0.5, Significant: "gaussian"}},
		{`{}`, GridRule{Threshold: FixedThreshold, Cut: 0.37}},
	} {
		p := &Population{Parameters: json.RawMessage(test.parameters)}
		if got, err := p.Rule(); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", test.parameters, got, err)
		}
	}
	if _, err := (&Population{Parameters: json.RawMessage(`{"grid_cut": "high"}`)}).Rule(); err == nil {
		t.Error("a cut that is no number passes")
	}
}

func TestFinding(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "population.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := ReadPopulation(f)
	if err != nil {
		t.Fatal(err)
	}
	n := p.Layer("bottleneck").Score("score_60_paper").Null("gaussian")
	if n == nil || n.Draws != 20 || n.Name != "gaussian" {
		t.Errorf("found %+v", n)
	}
	if p.Layer("lstm") != nil || p.Layer("bottleneck").Score("score_60_omit").Null("field") != nil || p.Layer("bottleneck").Score("none") != nil {
		t.Error("found what is not there")
	}
}

func TestReadLog(t *testing.T) {
	for _, test := range []struct{ log, want, err string }{
		{"", "", ""},
		{"{\"step\":1,\"loss\":5}\n\n{\"step\":2,\"note\":7}\n{\"step\":3,\"loss\":4}\n", "1 5, 3 4", ""},
		{"{\"step\":1,\"loss\":5}\n{\"step\":2,\"loss\":4}\n{\"step\":3,\"loss\":3}\n{\"step\":2,\"loss\":9}", "1 5, 2 9", ""},
		{"{\"loss\":5}", "", "line 1: no \"step\""},
		{"{\"step\":1,\"loss\":5}\n{\"step\":2,\"lo", "", "line 2: "},
		{"{\"step\":-1,\"loss\":5}", "", "line 1: step: "},
		{"[1]", "", "line 1: not a JSON object"},
		{"{\"step\":1,\"loss\":5} 7", "", "line 1: "},
	} {
		log, err := ReadLog(strings.NewReader(test.log))
		var got []string
		for _, l := range log {
			step, _ := json.Marshal(l.Step)
			loss, _ := json.Marshal(l.Loss)
			got = append(got, string(step)+" "+string(loss))
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%q: read %s", test.log, text)
		}
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.HasPrefix(err.Error(), test.err)) {
			t.Errorf("%q: %v", test.log, err)
		}
	}
}

func TestCount(t *testing.T) {
	c := CountOf(129, 512).WithInterval(512)
	if low, high := c.Interval[0].Float(), c.Interval[1].Float(); math.Abs(low-0.2163) > 1e-4 || math.Abs(high-0.2913) > 1e-4 {
		t.Errorf("interval %v to %v", low, high)
	}
	if c := CountOf(0, 0).WithInterval(0); c.Share.Known() || c.Interval[0].Known() {
		t.Errorf("a share of no units: %+v", c)
	}
	e := ExcessOf(significance.Excess{Observed: 0.3, Null: 0.1, Excess: 0.2, Low: 0.1, High: 0.3, P: math.NaN()})
	text, err := json.Marshal(e)
	if err != nil || string(text) != `{"share":0.3,"null_share":0.1,"excess":0.2,"excess_interval":[0.1,0.3],"p":null}` {
		t.Errorf("%s, %v", text, err)
	}
}

// Each time has an error, and each error a time.
func TestLengthsOfPathIntegration(t *testing.T) {
	for text, want := range map[string]string{
		`{"time_s": [1, 2], "error_m": [1, 1]}`: "",
		`{"time_s": [1, 2], "error_m": [1]}`:    "time_s has 2 values and error_m 1",
		`{"time_s": [], "error_m": []}`:         "neither final_error_m nor error_m",
	} {
		_, err := ReadPathIntegration(strings.NewReader(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A file tells a layer that is beyond every null from one that was compared with none.
func TestBeyondNulls(t *testing.T) {
	for _, titles := range [][]string{nil, {}, {"field shuffle"}} {
		var b bytes.Buffer
		if err := (&Report{Layers: []ReportLayer{{NotBeyond: titles}}}).Write(&b); err != nil {
			t.Fatal(err)
		}
		r, err := ReadReport(&b)
		if err != nil {
			t.Fatal(err)
		}
		if read := r.Layers[0].NotBeyond; (read == nil) != (titles == nil) || !slices.Equal(read, titles) {
			t.Errorf("%#v is read as %#v", titles, read)
		}
	}
}
