package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/targets"
)

func main() { os.Exit(cli.Main("targets", targets.Run)) }
