package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/train"
)

func main() { os.Exit(cli.Main("train", train.Run)) }
