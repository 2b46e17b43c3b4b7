package cli

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is a progress line on a terminal. The zero value shows nothing.
type Progress struct {
	bar *progressbar.ProgressBar
}

// NewProgress makes a progress line of total units (−1: unknown), if it has a
// place to be shown: stderr is a terminal, and this tool is the last of its
// pipeline (stdout is no pipe) or was told to show it.
func (c Common) NewProgress(stdout, stderr io.Writer, total int64, description, unit string) *Progress {
	if c.Quiet || !isTerminal(stderr) || (isPipe(stdout) && !c.Progress) {
		return &Progress{}
	}
	return &Progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(stderr),
		progressbar.OptionSetDescription(description),
		progressbar.OptionSetItsString(unit),
		progressbar.OptionShowIts(),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(20),
		progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionSetPredictTime(total > 0),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionUseANSICodes(true),
	)}
}

// Add counts n more units.
func (p *Progress) Add(n int) {
	if p.bar != nil {
		p.bar.Add(n)
	}
}

// Describe changes the text before the bar.
func (p *Progress) Describe(text string) {
	if p.bar != nil {
		p.bar.Describe(text)
	}
}

// Done removes the line.
func (p *Progress) Done() {
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
	}
}

func isPipe(v any) bool {
	f, ok := v.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}
