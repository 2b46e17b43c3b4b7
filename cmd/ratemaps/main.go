package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/ratemaps"
)

func main() { os.Exit(cli.Main("ratemaps", ratemaps.Run)) }
