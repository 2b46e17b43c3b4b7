//go:build !race

package cmd_test

import "testing"

// skipUnderRace skips nothing without the race detector.
func skipUnderRace(*testing.T) {}
