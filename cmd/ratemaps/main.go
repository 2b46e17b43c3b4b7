// Command ratemaps averages units' activities in bins of position and head direction. See
// ratemaps --help, or package gridcells/pkg/tool/ratemaps for its body.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/ratemaps"
)

func main() { os.Exit(cli.Main("ratemaps", ratemaps.Run)) }
