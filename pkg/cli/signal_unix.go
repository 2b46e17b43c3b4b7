//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// stopSignals are those that ask a command to stop: the terminal's, the system's,
// and the one that batch schedulers send before a time limit. A program that was
// started with nohup goes on after SIGHUP.
func stopSignals() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// killSignals are the stop signals that kill when they come a second time. SIGHUP
// is not among them, because a terminal that closes may send it twice.
func killSignals() []os.Signal { return []os.Signal{syscall.SIGINT, syscall.SIGTERM} }

func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }
