// Command gridscore scores how much ratemaps look like those of grid cells. See gridscore
// --help, or package gridcells/pkg/tool/gridscore for its body.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/gridscore"
)

func main() { os.Exit(cli.Main("gridscore", gridscore.Run)) }
