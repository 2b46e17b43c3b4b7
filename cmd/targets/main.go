// Command targets adds the codes of place cells and head-direction cells to trajectories.
// See targets --help, or package gridcells/pkg/tool/targets for its body.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/targets"
)

func main() { os.Exit(cli.Main("targets", targets.Run)) }
