package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/activations"
)

func main() { os.Exit(cli.Main("activations", activations.Run)) }
