//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// stopSignals are those that ask a command to stop: the terminal's, the
// system's, and the one that batch schedulers send before a time limit.
func stopSignals() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1}
}

func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }
