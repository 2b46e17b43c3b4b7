// Command screenshot takes a picture of a page that report -o PAGE.html wrote, in
// Chromium without a window:
//
//	go run ./scripts/screenshot run.html page.png
//	go run ./scripts/screenshot -width 390 -height 844 run.html#units phone.png
//
// The text after # names the part that is shown: overview, units, network,
// provenance, or units/NUMBER for the page of a unit.
//
// With -time it measures instead how long the page needs until it is ready, and
// how regularly pictures follow each other while the maps of all units scroll by:
//
//	go run ./scripts/screenshot -time run.html
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

func main() {
	width, height := flag.Int64("width", 1440, "width of the window (pixels)"), flag.Int64("height", 900, "height of the window (pixels)")
	dark := flag.Bool("dark", false, "show the page as on a system with dark windows")
	timing := flag.Bool("time", false, "measure the page instead of taking a picture")
	flag.Parse()
	if flag.NArg() != 2 && !*timing || flag.NArg() != 1 && *timing {
		fmt.Fprintln(os.Stderr, "usage: screenshot [-dark] [-width N] [-height N] PAGE.html[#PART] OUT.png\n       screenshot -time [-width N] [-height N] PAGE.html")
		os.Exit(2)
	}
	err := show(flag.Arg(0), *width, *height, func(ctx context.Context, url string) error {
		if *dark {
			scheme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, scheme); err != nil {
				return err
			}
		}
		if *timing {
			return measure(ctx, url)
		}
		return shoot(ctx, url, flag.Arg(1))
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "screenshot:", err)
		os.Exit(1)
	}
}

// show starts Chromium with a window of a size, and calls do with the address of a
// page.
func show(name string, width, height int64, do func(ctx context.Context, url string) error) error {
	name, part, _ := strings.Cut(name, "#")
	path, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	options := []chromedp.ExecAllocatorOption{chromedp.Headless, chromedp.DisableGPU}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // as root, Chromium starts only without it
	}
	ctx, cancelBrowser := chromedp.NewExecAllocator(ctx, options...)
	defer cancelBrowser()
	ctx, cancelTab := chromedp.NewContext(ctx)
	defer cancelTab()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		return errors.Join(errors.New("cannot start Chromium (apt-get install chromium)"), err)
	}
	return do(ctx, "file://"+path+"#"+part)
}

// isReady holds when the page has shown its first part.
const isReady = "document.documentElement.dataset.ready === 'yes'"

// open opens a page and waits until a condition holds in it. On a busy machine, the
// document before may still be there when the waiting begins, and goes while it lasts:
// then it begins again.
func open(ctx context.Context, url, condition string) error {
	err := chromedp.Do(ctx, chromedp.Navigate(url))
	for err == nil {
		if err = chromedp.Do(ctx, chromedp.Poll[chromedp.Void](condition)); err == nil {
			return nil
		}
		if strings.Contains(err.Error(), "Cannot find context") {
			err = ctx.Err()
		}
	}
	return fmt.Errorf("cannot show the page: %w", err)
}

// shoot writes a picture of a page as PNG.
func shoot(ctx context.Context, url, out string) error {
	if err := open(ctx, url, isReady); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Sleep(time.Second)); err != nil { // for maps, which are drawn when they come into the window
		return err
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(out, picture, 0o666)
}

// noteReady notes when the page says that it is ready and the picture of that is
// due, in milliseconds since the loading began.
const noteReady = `new MutationObserver(() => {
	if (document.documentElement?.dataset.ready && window.readyAt === undefined) {
		window.readyAt = null;
		requestAnimationFrame(() => setTimeout(() => { window.readyAt = performance.now() }));
	}
}).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-ready"]})`

// scroll moves an element down by 30 pixels for each picture until its end, and at
// most for 5 s. It returns the times between the pictures, ms.
const scroll = `new Promise(done => {
	const e = %s, gaps = [], begin = performance.now();
	let last;
	requestAnimationFrame(function next(now) {
		if (last !== undefined) gaps.push(now - last);
		last = now;
		const before = e.scrollTop;
		e.scrollTop += 30;
		if (e.scrollTop === before || now - begin > 5000) done(gaps); else requestAnimationFrame(next);
	});
})`

// loads is how often the page is opened.
const loads = 5

// measure prints how long the page needs until it is ready, and the times between
// pictures while all units scroll by, as maps and as a table.
func measure(ctx context.Context, url string) error {
	address, _, _ := strings.Cut(url, "#")
	info, err := os.Stat(strings.TrimPrefix(address, "file://"))
	if err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: noteReady}); err != nil {
		return err
	}
	var ready []float64
	for range loads {
		if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
			return err
		}
		if err := open(ctx, address, "window.readyAt > 0"); err != nil {
			return err
		}
		at, err := chromedp.Run(ctx, chromedp.Evaluate[float64]("window.readyAt"))
		if err != nil {
			return err
		}
		ready = append(ready, at/1000)
	}
	slices.Sort(ready)
	fmt.Printf("%.1f MB; ready after %.2f s (median of %d loads, %.2f to %.2f)\n", float64(info.Size())/1e6, ready[loads/2], loads, ready[0], ready[loads-1])
	const units = `document.getElementById("tab-units").click()`
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](units), chromedp.Poll[chromedp.Void](`document.getElementById("look-maps") !== null`)); err != nil {
		return err
	}
	for _, c := range []struct{ what, button, element string }{
		{"maps", "look-maps", "document.scrollingElement"}, {"table", "look-table", `document.querySelector(".scroll")`},
	} {
		press := fmt.Sprintf("document.getElementById(%q).click()", c.button)
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](press), chromedp.Sleep(time.Second)); err != nil {
			return err
		}
		gaps, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(scroll, c.element), chromedp.EvalAwaitPromise))
		if err != nil {
			return err
		}
		if len(gaps) == 0 {
			return fmt.Errorf("the %s do not scroll: give a page with more units, or a smaller window", c.what)
		}
		slices.Sort(gaps)
		late := 0
		for _, g := range gaps {
			if g > 1.5*1000/60 {
				late++
			}
		}
		fmt.Printf("scrolling the %s: %d pictures, median %.1f ms, 99 %% within %.1f ms, longest %.1f ms; %d later than the screen's 60 a second\n",
			c.what, len(gaps), gaps[len(gaps)/2], gaps[len(gaps)*99/100], gaps[len(gaps)-1], late)
	}
	return nil
}
