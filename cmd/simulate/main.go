// Command simulate makes trajectories; see simulate --help.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/simulate"
)

func main() { os.Exit(cli.Main("simulate", simulate.Run)) }
