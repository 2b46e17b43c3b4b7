//go:build !unix

package cli

import "os"

func stopSignals() []os.Signal { return []os.Signal{os.Interrupt} }

func killSignals() []os.Signal { return stopSignals() }

func ignoreBrokenPipe() {}
