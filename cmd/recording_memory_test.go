package cmd_test

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// The memory of neurons does not grow with the recording: ten times the samples and
// spikes take no more than a few megabytes more.
func TestNeuronsMemory(t *testing.T) {
	skipUnderRace(t)
	if testing.Short() {
		t.Skip("a long recording")
	}
	short, long := neuronsMemory(t, 300, 200_000), neuronsMemory(t, 3000, 2_000_000)
	t.Logf("%d MB and %d MB", short>>20, long>>20)
	if short == 0 {
		t.Skip("the system does not say how much memory a process held")
	}
	if long > short+24<<20 {
		t.Errorf("%d MB for a short recording, %d MB for one ten times as long", short>>20, long>>20)
	}
}

// neuronsMemory is the most memory that neurons held, in bytes, for a path at 50 Hz and
// the spikes of one unit in any order. It writes the files line by line, because the
// system counts the memory of this process as that of the process which it starts.
func neuronsMemory(t *testing.T, seconds, spikes int) int64 {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, lines int, line func(w *bufio.Writer, i int)) string {
		file := filepath.Join(dir, name)
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		w := bufio.NewWriter(f)
		for i := range lines {
			line(w, i)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		return file
	}
	path := write("path.csv", seconds*50, func(w *bufio.Writer, i int) {
		at := float64(i) / 50
		fmt.Fprintf(w, "%.2f,%.4f,%.4f\n", at, math.Sin(at/7), math.Cos(at/11))
	})
	random := rand.New(rand.NewPCG(1, 2))
	unit := write("unit.csv", spikes, func(w *bufio.Writer, _ int) { fmt.Fprintf(w, "%.5f\n", float64(seconds)*random.Float64()) })
	c := tool("neurons", "-q", "--temporary", dir, "-o", os.DevNull, "--path", path, unit)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return peakMemory(c.ProcessState)
}
