//go:build race

package cmd_test

import "testing"

// skipUnderRace skips what starts hundreds of programs or bounds their memory: the
// race detector multiplies both.
func skipUnderRace(t *testing.T) { t.Skip("the race detector multiplies time and memory") }
