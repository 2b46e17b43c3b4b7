// Bench measures the speed of this machine at the project's work: the peak of
// its arithmetic, an update of training against that peak and part by part, the
// real pipeline, and the other tools.
//
//	go run ./scripts/bench -bin bin      everything, in about two and a half minutes
//	go run ./scripts/bench -update 2     only the update on two threads: median and shortest time (ms),
//	                                     median share of the peak, median peak (GFLOP/s); also with
//	                                     -precision split or bfloat16
//	go run ./scripts/bench -only parts   where the time of an update goes, in each precision, on one thread and
//	                                     on two, in six times -seconds
//
// Other programs on the machine disturb the measurements. Therefore an update is
// compared with the peak that is measured just before and after it. Beside the
// median stands what the least disturbed tenth of the updates reached. The cost of a
// tool is its processor time.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"gridcells/pkg/kernel"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	bin := flag.String("bin", "bin", "directory of the tools")
	seconds := flag.Float64("seconds", 3, "how long to measure an update of one size")
	update := flag.Int("update", 0, "only time the update on that many threads")
	precisionName := flag.String("precision", "single", "precision of -update: "+strings.Join(kernel.Precisions(), ", "))
	only := flag.String("only", "", "measure only `parts` of the default update, updates, or tools")
	flag.Parse()
	duration := time.Duration(*seconds * float64(time.Second))
	precision, err := kernel.ParsePrecision(*precisionName)
	if err != nil {
		log.Fatal(err)
	}
	if path := os.Getenv("GRIDCELLS_KERNEL"); path != "" {
		if _, err := kernel.Use(path); err != nil {
			log.Fatal(err)
		}
	}
	if *update > 0 {
		r := measure(size{10, 256, *update, precision}, duration)
		fmt.Printf("%.4f %.4f %.3f %.1f\n", milliseconds(median(r.update)), milliseconds(slices.Min(r.update)),
			median(r.share), median(r.peak)/1e9)
		return
	}
	fmt.Printf("%s, %d cores, kernels: %s\n", processor(), runtime.NumCPU(), kernel.Path())
	fmt.Println(units())
	// The tools come first. When a program starts another, Linux counts its own
	// memory as the other's.
	if *only == "parts" {
		partsAlone(duration)
		return
	}
	if *only != "updates" {
		if err := measureTools(*bin); err != nil {
			log.Fatal(err)
		}
	}
	if *only != "tools" {
		updates(duration)
	}
}

func measureTools(bin string) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t := tools{bin: bin, dir: dir}
	if err := t.pipelines(); err != nil {
		return err
	}
	return t.stages()
}

// processor is the name of the processor, if the system tells it.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// units says what the processor has and which of it the kernels use.
func units() string {
	p := kernel.ThisProcessor()
	has := func(name string, there bool) string {
		if there {
			return name + " yes"
		}
		return name + " no"
	}
	list := []string{has("AVX2", p.AVX2), has("AVX-512", p.AVX512), has("AVX-512 BF16", p.AVX512BF16), has("AMX", p.AMX)}
	if !p.AMX {
		list[3] += " (" + p.NoAMX + ")"
	}
	return strings.Join(list, ", ")
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// median returns the median of x, which it sorts.
func median[T float64 | time.Duration](x []T) T { return quantile(x, 0.5) }

// quantile returns a quantile of x, which it sorts.
func quantile[T float64 | time.Duration](x []T, q float64) T {
	slices.Sort(x)
	return x[min(len(x)-1, int(q*float64(len(x))))]
}
