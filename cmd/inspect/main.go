// Command inspect tells what is in a record stream, TFRecord file or checkpoint;
// see inspect --help.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/inspect"
)

func main() { os.Exit(cli.Main("inspect", inspect.Run)) }
