// Command tfrecord2npy reads TFRecord files; see tfrecord2npy --help.
package main

import (
	"os"

	"gridcells/pkg/cli"
	"gridcells/pkg/tool/tfrecord2npy"
)

func main() { os.Exit(cli.Main("tfrecord2npy", tfrecord2npy.Run)) }
