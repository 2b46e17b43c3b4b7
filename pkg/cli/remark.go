package cli

import (
	"fmt"
	"io"
)

// Remark writes lines to standard error that say what the tool found or did, unless
// --quiet is set. Empty lines are left out.
func (c Common) Remark(stderr io.Writer, tool string, lines ...string) {
	if c.Quiet {
		return
	}
	for _, line := range lines {
		if line != "" {
			fmt.Fprintf(stderr, "%s: %s\n", tool, line)
		}
	}
}
