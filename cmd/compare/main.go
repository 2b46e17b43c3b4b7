// Command compare puts the results of many runs into one table; see compare
// --help.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/compare"
)

func main() { os.Exit(cli.Main("compare", compare.Run)) }
