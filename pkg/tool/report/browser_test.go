package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/random"
	"gridcells/pkg/results"
	"gridcells/pkg/significance"
	"gridcells/pkg/tool/gridscore"
)

// hostile is a name that a browser would run if the page took it as markup.
const hostile = `</script><img src=x onerror=alert(1)>`

// browser is a real browser with an open page.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	messages []string // of the console, and errors
	requests []string
}

// newBrowser starts Chromium. The test is skipped where there is none.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser, which takes seconds")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium here: apt-get install chromium")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancelBrowser := chromedp.NewExecAllocator(ctx, chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU)
	t.Cleanup(cancelBrowser)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(cancelTab)
	b := &browser{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(1440, 900))
	return b
}

func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		for _, a := range e.Args {
			b.messages = append(b.messages, string(a.Value)+a.Description)
		}
	case *runtime.EventExceptionThrown:
		b.messages = append(b.messages, e.ExceptionDetails.Text+" "+e.ExceptionDetails.Exception.Description)
	case *log.EventEntryAdded:
		b.messages = append(b.messages, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL[:min(len(e.Request.URL), 100)])
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// open opens a file and waits until the page is ready.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+path))
	b.wait("document.documentElement.dataset.ready === 'yes'")
}

// wait waits until a condition holds. On a busy machine, the document before may still
// be there when the waiting begins, and goes while it lasts: then it begins again.
func (b *browser) wait(condition string) {
	b.t.Helper()
	for {
		err := chromedp.Do(b.ctx, chromedp.Poll[chromedp.Void](condition))
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "Cannot find context") {
			b.t.Fatalf("waiting for %s: %v", condition, err)
		}
	}
}

// settle waits until the page has shown its state.
func (b *browser) settle() {
	b.t.Helper()
	ask[bool](b, "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))", chromedp.EvalAwaitPromise)
}

// ask evaluates an expression.
func ask[T any](b *browser, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// act evaluates a statement and waits until the page has shown what follows.
func (b *browser) act(statement string) {
	b.t.Helper()
	ask[bool](b, "(() => { "+statement+"; return true })()")
	b.settle()
}

// set changes a control as its user does.
func (b *browser) set(id, event, value string) {
	b.t.Helper()
	b.act(fmt.Sprintf("const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event(%q, {bubbles: true}))", id, value, event))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.act(fmt.Sprintf("document.querySelector(%q).click()", selector))
}

func (b *browser) text(selector string) string {
	b.t.Helper()
	return ask[string](b, fmt.Sprintf("document.querySelector(%q).textContent", selector))
}

// quiet checks that nothing was written to the console and nothing but the file was
// asked for.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.messages {
		b.t.Errorf("the console has %q", m)
	}
	for _, r := range b.requests {
		if !strings.HasPrefix(r, "file://") && !strings.HasPrefix(r, "data:") && !strings.HasPrefix(r, "blob:") && r != "about:blank" {
			b.t.Errorf("the page asks for %s", r)
		}
	}
	b.messages, b.requests = nil, nil
}

// scoredFiles are what gridscore writes.
type scoredFiles struct{ scores, nulls, population string }

// scoreUnits makes ratemaps of units from lattices and noise, and scores them.
func scoreUnits(t *testing.T, name string, seed uint64, arguments ...string) scoredFiles {
	t.Helper()
	const n, units = 16, 24
	d, err := npy.NewDType(
		npy.Field{Name: "layer", Type: npy.Unicode(64)}, npy.Field{Name: "unit", Type: npy.Int32},
		npy.Field{Name: "ratemap", Type: npy.Float64, Shape: []int{n, n}}, npy.Field{Name: "direction_tuning", Type: npy.Float64, Shape: []int{20}})
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) npy.Column {
		f, _ := d.Field(name)
		return npy.Column{Field: f}
	}
	s := random.New(seed, "units")
	rows := npy.MakeRows(d, units+2)
	for u := range units + 2 {
		row, layer := rows.Row(u), "bottleneck"
		if u >= units {
			layer = hostile
		}
		column("layer").PutString(row, layer)
		column("unit").PutInt(row, 100+u)
		values, period, noise := make([]float64, n*n), 5+4*s.Float64(), 0.2+6*float64(u)/units
		for i := range values {
			for k := range 3 {
				sin, cos := math.Sincos(float64(k)*math.Pi/3 + float64(u))
				values[i] += math.Cos(4 * math.Pi / math.Sqrt(3) / period * (float64(i/n)*cos + float64(i%n)*sin))
			}
			values[i] += noise * s.Float64()
		}
		column("ratemap").PutFloat64(row, values)
		tuning := make([]float64, 20)
		for k := range tuning {
			tuning[k] = math.Exp(float64(u%5) * math.Cos(2*math.Pi*float64(k-u)/20))
		}
		column("direction_tuning").PutFloat64(row, tuning)
	}
	maps := npytest.Write(t, rows, nil)
	dir := t.TempDir()
	f := scoredFiles{filepath.Join(dir, name+".scores.npy"), filepath.Join(dir, name+".nulls.npy"), filepath.Join(dir, name+".population.json")}
	arguments = append([]string{"-q", "--score", "paper,reference", "--null", "field,gaussian,rotation", "--shuffles", "40", "--rotations", "10",
		"--summary", f.population, "--null-scores", f.nulls, "-o", f.scores}, arguments...)
	if err := gridscore.Run(context.Background(), bytes.NewReader(maps), io.Discard, io.Discard, arguments); err != nil {
		t.Fatal(err)
	}
	return f
}

func population(t *testing.T, f scoredFiles) *results.Population {
	t.Helper()
	in, err := os.Open(f.population)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p, err := results.ReadPopulation(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPageInBrowser uses the page as a reader does. The subtests share the browser.
func TestPageInBrowser(t *testing.T) {
	b := newBrowser(t)
	one, two := scoreUnits(t, "one", 1), scoreUnits(t, "two", 2)
	single, both := filepath.Join(t.TempDir(), "single.html"), filepath.Join(t.TempDir(), "both.html")
	mustRun(t, nil, "-o", single, "--title", hostile, "--population", one.population, "--null-scores", one.nulls, one.scores)
	mustRun(t, nil, "-o", both, "--population", one.population, "--population", two.population, "--null-scores", one.nulls, "--null-scores", two.nulls, one.scores, two.scores)

	early, late := scoreUnits(t, "training-100", 2), scoreUnits(t, "training-200", 1)
	training := filepath.Join(t.TempDir(), "training.html")
	mustRun(t, nil, append([]string{"-o", training, "--over-training", "--population", late.population, "--null-scores", late.nulls, late.scores, early.scores}, networkFiles(t)...)...)

	t.Run("opens", func(t *testing.T) { b.t = t; b.opens(single) })
	t.Run("numbers", func(t *testing.T) { b.t = t; b.numbers(single, one) })
	t.Run("units", func(t *testing.T) { b.t = t; b.units(single) })
	t.Run("unit", func(t *testing.T) { b.t = t; b.unit(single) })
	t.Run("saves", func(t *testing.T) { b.t = t; b.saves(single) })
	t.Run("runs", func(t *testing.T) { b.t = t; b.runs(both) })
	t.Run("training", func(t *testing.T) { b.t = t; b.training(training, early, late) })
	t.Run("network", func(t *testing.T) { b.t = t; b.network(training) })
	t.Run("looks", func(t *testing.T) { b.t = t; b.looks(single) })
}

// opens loads the page: nothing is fetched, and names stay text.
func (b *browser) opens(path string) {
	b.open(path)
	if got := b.text("#title"); got != hostile {
		b.t.Errorf("the title is %q", got)
	}
	for _, tab := range []string{"overview", "units", "network", "provenance"} {
		b.click("#tab-" + tab)
	}
	b.click("#tab-units")
	b.set("layer", "change", hostile)
	if got := b.text(".count"); got != "2 of 2 units" {
		b.t.Errorf("layer of the hostile name: %q", got)
	}
	if n := ask[int](b, "document.querySelectorAll('img:not(.map)').length"); n != 0 {
		b.t.Errorf("%d images from names", n)
	}
	b.quiet()
}

// layerJS is the layer bottleneck as the page's own programs read it.
const layerJS = `Data.read(document.getElementById("data").textContent).runs[0].frames.at(-1).layers.find(l => l.name === "bottleneck")`

// numbers moves the sliders and compares with gridscore.
func (b *browser) numbers(path string, f scoredFiles) {
	b.open(path)
	of := population(b.t, f).Layer("bottleneck")
	for _, score := range []string{"score_60", "score_60_reference"} {
		b.set("score", "change", score)
		for _, null := range of.Score(score).Nulls {
			b.set("null", "change", null.Name)
			b.set("percentile", "input", "95")
			want := fmt.Sprintf("%d of %d units are grid cells", null.AboveOwn.Units, of.Units)
			if got := b.text("#headline"); !strings.Contains(got, want) || !strings.Contains(got, interval(null.AboveOwn)) {
				b.t.Errorf("%s, %s, 95 %%: %q, want %q and %q", score, null.Name, got, want, interval(null.AboveOwn))
			}
			b.compare(score, null, `{kind: "own", percentile: 95}`, null.AboveOwn.Share.Float(), null.ChanceOwn(), null.Threshold95.Float())
			b.compare(score, null, `{kind: "own", percentile: 99}`, math.NaN(), significance.AboveQuantile(0.99, null.Draws), null.Threshold99.Float())
			b.compare(score, null, `{kind: "fixed", threshold: 0.37}`, null.Above.Share.Float(), null.Above.Null.Float(), 0.37)
		}
	}
	// The same at another threshold, where gridscore must be asked again.
	again := scoreUnits(b.t, "again", 1, "--grid-cut", "0.2")
	for _, null := range population(b.t, again).Layer("bottleneck").Score("score_60").Nulls {
		b.set("score", "change", "score_60")
		b.set("null", "change", null.Name)
		b.set("threshold", "input", "0.2")
		want := fmt.Sprintf("%.1f %%, excess %s", 100*null.Above.Null.Float(), signed(100*null.Above.Excess.Float()))
		if got := b.text("#headline"); !strings.Contains(got, want) {
			b.t.Errorf("%s, 0.2: %q, want %q", null.Name, got, want)
		}
		b.compare("score_60", null, `{kind: "fixed", threshold: 0.2}`, null.Above.Share.Float(), null.Above.Null.Float(), 0.2)
		if null.Name != "rotation" { // whose populations the file does not tell apart
			b.same(null.Name+", p", ask[float64](b, fmt.Sprintf(`Judge.compare(%s, {score: "score_60", null: %q, kind: "fixed", threshold: 0.2}).p`, layerJS, null.Name)), null.Above.P.Float())
		}
	}
	// Classes by the criterion of the input are those of the input.
	if got := ask[bool](b, `(l => { const j = Judge.judge(l, {score: "score_60", null: "field", kind: "own", percentile: 95, significant: ""});
		return j.classes.every((c, i) => c === l.texts.get("class")[i]) })(`+layerJS+`)`); !got {
		b.t.Error("the classes are not those of gridscore")
	}
	// Keys move a slider too.
	b.act(`document.getElementById("percentile").focus()`)
	b.do(chromedp.KeyEvent(kb.ArrowLeft))
	b.settle()
	if got := b.text("#headline"); !strings.Contains(got, "94.5th percentile") {
		b.t.Errorf("after a key: %q", got)
	}
	b.quiet()
}

// compare compares what the page finds with gridscore's share, null share and mean
// threshold, to the last digits.
func (b *browser) compare(score string, null results.Null, criterion string, share, chance, threshold float64) {
	b.t.Helper()
	got := ask[[]float64](b, fmt.Sprintf(`(x => [x.share, x.chance, x.threshold])(Judge.compare(%s, {score: %q, null: %q, ...%s}))`, layerJS, score, null.Name, criterion))
	what := fmt.Sprintf("%s, %s, %s", score, null.Name, criterion)
	if !math.IsNaN(share) {
		b.same(what+": share", got[0], share)
	}
	b.same(what+": share of the null", got[1], chance)
	b.same(what+": mean threshold", got[2], threshold)
}

func (b *browser) same(what string, got, want float64) {
	b.t.Helper()
	if !(math.Abs(got-want) <= 1e-12) {
		b.t.Errorf("%s: the page finds %v, gridscore %v", what, got, want)
	}
}

func interval(c results.Count) string {
	return fmt.Sprintf("[%.1f, %.1f]", 100*c.Interval[0].Float(), 100*c.Interval[1].Float())
}

func signed(v float64) string {
	return strings.Replace(fmt.Sprintf("%+.1f", v), "-", "−", 1)
}

// units sorts and filters.
func (b *browser) units(path string) {
	b.open(path)
	b.click("#tab-units")
	numbers := func() []int {
		return ask[[]int](b, `[...document.querySelectorAll(".gallery .name")].map(e => parseInt(e.textContent))`)
	}
	b.set("sort", "change", "unit")
	list := numbers()
	if len(list) != 24 || !slices.IsSortedFunc(list, func(x, y int) int { return y - x }) {
		b.t.Errorf("by falling number: %v", list)
	}
	b.click("#direction")
	if !slices.IsSorted(numbers()) {
		b.t.Errorf("by rising number: %v", numbers())
	}
	b.set("filter-column", "change", "unit")
	b.act(`document.getElementById("filter-text").value = "105..109"`)
	b.click("#filter-add")
	if got := numbers(); !slices.Equal(got, []int{105, 106, 107, 108, 109}) {
		b.t.Errorf("units 105 to 109: %v", got)
	}
	b.click("#chips button")
	for _, class := range []string{"grid", "conjunctive", "border", "head_direction"} {
		b.click("#class-" + class)
	}
	none := ask[int](b, `Judge.judge(`+layerJS+`, {score: "score_60", null: "field", kind: "own", percentile: 95, significant: ""}).counts.none`)
	if got := len(numbers()); got != none {
		b.t.Errorf("%d units of the class other, want %d", got, none)
	}
	for _, class := range []string{"grid", "conjunctive", "border", "head_direction"} {
		b.click("#class-" + class)
	}
	// Tiles near the window have pictures of their maps.
	b.wait(`document.querySelectorAll(".gallery img").length >= 24`)

	b.click("#look-table")
	column := func(k int) []string {
		return ask[[]string](b, fmt.Sprintf(`[...document.querySelectorAll("table.units tbody tr:not(.spacer)")].map(r => r.children[%d].textContent)`, k))
	}
	b.click(`table.units thead button[title="score_90"]`)
	if sorted := ask[string](b, `document.querySelector("table.units thead button[title=score_90]").closest("th").getAttribute("aria-sort")`); sorted != "descending" {
		b.t.Errorf("the column is said to be sorted %q", sorted)
	}
	falling := column(4)
	if len(falling) < 24 {
		b.t.Errorf("%d rows in the window", len(falling))
	}
	b.click(`table.units thead button[title="score_90"]`)
	rising := column(4)
	slices.Reverse(rising)
	if !slices.Equal(falling, rising) {
		b.t.Errorf("falling %v, rising %v", falling, rising)
	}
	// Every column has a filter.
	b.act(`const f = document.querySelector("table.units .filter-row input[aria-label='Filter score_60']"); f.value = "> 0.5"; f.dispatchEvent(new Event("input"))`)
	above := ask[int](b, `Stats.countAbove(`+layerJS+`.columns.get("score_60"), 0.5)`)
	if got := b.text(".count"); got != fmt.Sprintf("%d of 24 units", above) {
		b.t.Errorf("score_60 > 0.5: %q, want %d", got, above)
	}
	// The plot has the units that pass, and a click on one opens it.
	b.click("#look-plot")
	if n := ask[int](b, `document.querySelectorAll("#figure-scatter [aria-label=dot] circle").length`); n != above {
		b.t.Errorf("%d units in the plot, want %d", n, above)
	}
	b.act(`const r = document.querySelector("#figure-scatter [aria-label=dot] circle").getBoundingClientRect(), at = {clientX: r.left + r.width / 2, clientY: r.top + r.height / 2, pointerType: "mouse", bubbles: true},
		s = document.querySelector("#figure-scatter svg"); s.dispatchEvent(new PointerEvent("pointermove", at)); s.dispatchEvent(new MouseEvent("click", at))`)
	b.wait(`document.getElementById("unit").open`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.wait(`!document.getElementById("unit").open`)
	if lines := strings.Split(strings.TrimSpace(b.copied("#copy-units")), "\r\n"); len(lines) != above+1 || !strings.HasPrefix(lines[0], "unit,class,score_60,threshold,") {
		b.t.Errorf("%d lines of CSV, the first %q", len(lines), lines[0])
	}
	b.quiet()
}

// copied presses a button that copies, and returns what it wrote to the clipboard.
func (b *browser) copied(selector string) string {
	b.t.Helper()
	b.act(`window.copied = ""; Object.defineProperty(navigator, "clipboard", {configurable: true, value: {writeText: async text => { window.copied = text }}})`)
	b.click(selector)
	return ask[string](b, "window.copied")
}

// unit opens a unit and walks on by keys.
func (b *browser) unit(path string) {
	b.open(path + "#units/103")
	b.wait(`document.getElementById("unit").open`)
	if got := b.text("#unit-title"); got != "bottleneck unit 103" {
		b.t.Errorf("title %q", got)
	}
	content := b.text("#unit-content")
	p := ask[string](b, `(l => "p " + Charts.probability(l.columns.get("p_field")[3], 40))(`+layerJS+`)`)
	for _, want := range []string{"Ratemap", "Autocorrelogram", "Tuning", "null maps", p, "95%", "99%", "grid_scale_m"} {
		if !strings.Contains(content, want) {
			b.t.Errorf("the page of the unit lacks %q", want)
		}
	}
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.settle()
	if got := b.text("#unit-title"); got == "bottleneck unit 103" {
		b.t.Error("the arrow key does not lead on")
	}
	// Values under the pointer.
	b.act(`const s = document.querySelector("#unit-content svg"), r = s.getBoundingClientRect();
		s.dispatchEvent(new PointerEvent("pointermove", {clientX: r.left + r.width / 2, clientY: r.top + r.height / 2, pointerType: "mouse", bubbles: true}))`)
	b.wait(`[...document.querySelectorAll("#unit-content [aria-label=tip]")].some(t => t.textContent.includes("mean activity"))`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.wait(`!document.getElementById("unit").open`)
	b.quiet()
}

// saves saves a figure as SVG and PNG.
func (b *browser) saves(path string) {
	b.open(path)
	b.act(`window.saved = {}; URL.createObjectURL = blob => { window.last = blob; return "blob:none" };
		HTMLAnchorElement.prototype.click = function () { window.saved[this.download] = window.last }`)
	b.act(`const [svg, png] = document.querySelectorAll("#figure-gridness .tools button"); svg.click(); png.click()`)
	b.wait(`window.saved["gridness.svg"] && window.saved["gridness.png"]`)
	svg := ask[string](b, `window.saved["gridness.svg"].text()`, chromedp.EvalAwaitPromise)
	if !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, "gridness") {
		b.t.Errorf("SVG %.80q", svg)
	}
	// The file says what it shows without the page around it.
	for _, want := range []string{">Gridness<", ">null maps<", ">grid cells<", ">units<"} {
		if !strings.Contains(svg, want) {
			b.t.Errorf("the SVG lacks %q", want)
		}
	}
	if first := ask[[]int](b, `window.saved["gridness.png"].arrayBuffer().then(b => [...new Uint8Array(b, 0, 4)])`, chromedp.EvalAwaitPromise); !slices.Equal(first, []int{0x89, 'P', 'N', 'G'}) {
		b.t.Errorf("PNG begins with %v", first)
	}
	if table := b.copied("#nulls .copy"); !strings.HasPrefix(table, "null,") || strings.Count(table, "\r\n") != 4 {
		b.t.Errorf("table %q", table)
	}
	b.quiet()
}

// runs compares two runs.
func (b *browser) runs(path string) {
	b.open(path)
	names := ask[[]string](b, `[...document.querySelectorAll("#panel-overview h2")].map(e => e.textContent)`)
	if !slices.Equal(names, []string{"one", "two"}) {
		b.t.Errorf("runs %q", names)
	}
	if side := ask[bool](b, `(([x, y]) => Math.abs(x.top - y.top) < 2 && x.right <= y.left)([...document.querySelectorAll("#panel-overview .run")].map(e => e.getBoundingClientRect()))`); !side {
		b.t.Error("the runs are not side by side")
	}
	b.click("#tab-units")
	if n := ask[int](b, `document.querySelectorAll("#panel-units .gallery").length`); n != 2 {
		b.t.Errorf("%d galleries", n)
	}
	b.click("#runs input")
	if n := ask[int](b, `document.querySelectorAll("#panel-units .gallery").length`); n != 1 {
		b.t.Errorf("%d galleries after one run is left out", n)
	}
	b.quiet()
}

// training moves the slider of time from the last checkpoint to the first.
func (b *browser) training(path string, early, late scoredFiles) {
	b.open(path)
	headline := func(f scoredFiles) string {
		of := population(b.t, f).Layer("bottleneck")
		return fmt.Sprintf("%d of %d units are grid cells", of.Score("score_60").Nulls[0].AboveOwn.Units, of.Units)
	}
	for _, at := range []struct {
		value, updates string
		f              scoredFiles
	}{{"1", "200", late}, {"0", "100", early}, {"1", "200", late}} {
		b.set("frame", "input", at.value)
		if got := b.text("#frame-value"); got != at.updates {
			b.t.Errorf("the slider says %q updates, want %s", got, at.updates)
		}
		if got := b.text("#headline"); !strings.Contains(got, headline(at.f)) {
			b.t.Errorf("after %s updates: %q, want %q", at.updates, got, headline(at.f))
		}
	}
	b.click("#tab-network")
	if label := ask[string](b, `document.querySelector("#figure-course svg").getAttribute("aria-label")`); !strings.Contains(label, "at 100") || !strings.Contains(label, "at 200") {
		b.t.Errorf("the plot of the training is read out as %q", label)
	}
	b.quiet()
}

// networkFiles are the flags that give a page a log, errors and an example path.
func networkFiles(t *testing.T) []string {
	t.Helper()
	d, err := npy.NewDType(npy.Field{Name: "target_pos", Type: npy.Float32, Shape: []int{9, 2}}, npy.Field{Name: "decoded_pos", Type: npy.Float32, Shape: []int{9, 2}})
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"--log", write(t, "run.jsonl", `{"step":100,"loss":6,"loss_place":4,"entropy":1.25}`+"\n"+`{"step":200,"loss":5,"loss_place":3,"entropy":1.5}`+"\n"),
		"--path-integration", write(t, "path.json", `{"time_s":[0.15,0.3],"error_m":[0.1,0.2],"final_error_m":0.2,"floor_m":0.069}`),
		"--trajectory", write(t, "path.npy", string(stream(t, d, nil, row{}))),
	}
}

// network shows the loss, the errors and a path, with values under the pointer.
func (b *browser) network(path string) {
	b.open(path)
	b.click("#tab-network")
	key := b.text("#figure-loss .key")
	for _, want := range []string{"loss", "loss of place cells", "above the targets’ entropy"} {
		if !strings.Contains(key, want) {
			b.t.Errorf("the loss's key is %q, without %q", key, want)
		}
	}
	if label := ask[string](b, `document.querySelector("#figure-loss svg").getAttribute("aria-label")`); !strings.Contains(label, "above the targets’ entropy: 4.75 at 100, 3.50 at 200") {
		b.t.Errorf("the loss is read out as %q", label)
	}
	if facts := b.text("#panel-network table"); !strings.Contains(facts, "20.0 cm") || !strings.Contains(facts, "3.50") {
		b.t.Errorf("the table has %q", facts)
	}
	for figure, want := range map[string]string{"loss": "updates: ", "path-integration": "time (s): ", "trajectory-0-0": "step ", "course": "updates: "} {
		b.act(fmt.Sprintf(`const s = document.querySelector("#figure-%s svg"), r = s.getBoundingClientRect();
			s.dispatchEvent(new PointerEvent("pointermove", {clientX: r.left + r.width / 2, clientY: r.top + r.height / 2, pointerType: "mouse", bubbles: true}))`, figure))
		b.wait(fmt.Sprintf(`[...document.querySelectorAll("#figure-%s [aria-label=tip]")].some(t => t.textContent.includes(%q))`, figure, want))
	}
	b.quiet()
}

// looks switches between light and dark, and fits windows of all sizes.
func (b *browser) looks(path string) {
	back := func() string { return ask[string](b, "getComputedStyle(document.body).backgroundColor") }
	for _, c := range []struct{ scheme, color string }{{"light", "rgb(255, 255, 255)"}, {"dark", "rgb(20, 24, 28)"}} {
		_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: c.scheme}}})
		if err != nil {
			b.t.Fatal(err)
		}
		b.open(path)
		if got := back(); got != c.color {
			b.t.Errorf("%s: background %s", c.scheme, got)
		}
	}
	b.set("theme", "change", "light")
	if got := back(); got != "rgb(255, 255, 255)" {
		b.t.Errorf("light where the system is dark: background %s", got)
	}
	for _, size := range [][2]int64{{390, 844}, {1440, 900}, {1920, 1080}} {
		b.do(chromedp.EmulateViewport(size[0], size[1]))
		for _, tab := range []string{"overview", "units", "network", "provenance"} {
			b.click("#tab-" + tab)
			if over := ask[int](b, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
				b.t.Errorf("%s at %d × %d: %d pixels wider than the window", tab, size[0], size[1], over)
			}
		}
	}
	// Keys reach everything that can be pressed, and it has a name to be read out.
	if unnamed := ask[json.RawMessage](b, `[...document.querySelectorAll("button, input, select")].filter(e => !(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length)).map(e => e.outerHTML)`); string(unnamed) != "[]" {
		b.t.Errorf("without a name: %s", unnamed)
	}
	b.quiet()
}
