// Command report shows scored units as a PDF or in a browser; see report --help.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/report"
)

func main() { os.Exit(cli.Main("report", report.Run)) }
