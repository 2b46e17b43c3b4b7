// Command screenshot takes a picture of a page that report -o PAGE.html wrote, in
// Chromium without a window:
//
//	go run ./scripts/screenshot run.html page.png
//	go run ./scripts/screenshot -width 390 -height 844 run.html#units phone.png
//
// The text after # names the part that is shown: overview, units, network,
// provenance, or units/NUMBER for the page of a unit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	width, height := flag.Int64("width", 1440, "width of the window (pixels)"), flag.Int64("height", 900, "height of the window (pixels)")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: screenshot [-width N] [-height N] PAGE.html[#PART] OUT.png")
		os.Exit(2)
	}
	if err := shoot(flag.Arg(0), flag.Arg(1), *width, *height); err != nil {
		fmt.Fprintln(os.Stderr, "screenshot:", err)
		os.Exit(1)
	}
}

// shoot writes a picture of a page as PNG.
func shoot(page, out string, width, height int64) error {
	name, part, _ := strings.Cut(page, "#")
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
	err = chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate("file://"+path+"#"+part),
		chromedp.Poll[chromedp.Void]("document.documentElement.dataset.ready === 'yes'"),
		chromedp.Sleep(time.Second)) // for maps, which are drawn when they come into the window
	if err != nil {
		return errors.Join(errors.New("cannot show the page in Chromium (apt-get install chromium)"), err)
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(out, picture, 0o666)
}
