package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/gridscore"
)

func main() { os.Exit(cli.Main("gridscore", gridscore.Run)) }
