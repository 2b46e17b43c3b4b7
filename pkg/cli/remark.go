package cli

import (
	"fmt"
	"io"

	"gridcells/pkg/printable"
)

// Remark writes lines to standard error that say what the tool found or did, unless
// --quiet is set. Empty lines are left out. Names that come from files cannot control
// the terminal.
func (c Common) Remark(stderr io.Writer, tool string, lines ...string) {
	if c.Quiet {
		return
	}
	for _, line := range lines {
		if line != "" {
			fmt.Fprintf(stderr, "%s: %s\n", tool, printable.Text(line))
		}
	}
}
