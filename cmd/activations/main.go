// Command activations runs a trained network over encoded trajectories and writes its units'
// activities. See activations --help, or package gridcells/pkg/tool/activations
// for its body.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/activations"
)

func main() { os.Exit(cli.Main("activations", activations.Run)) }
