// Command train fits the network to encoded trajectories and writes checkpoints and a log.
// See train --help, or package gridcells/pkg/tool/train for its body.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/train"
)

func main() { os.Exit(cli.Main("train", train.Run)) }
