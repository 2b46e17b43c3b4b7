// Command neurons brings recorded neurons into frames; see neurons --help.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/neurons"
)

func main() { os.Exit(cli.Main("neurons", neurons.Run)) }
