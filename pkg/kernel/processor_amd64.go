//go:build !noasm

package kernel

import (
	"sync"

	"golang.org/x/sys/cpu"
)

// tilesOf says whether a process may use the matrix unit, and if not, why.
var tilesOf = sync.OnceValues(func() (ok bool, reason string) {
	x := &cpu.X86
	switch {
	case !x.HasAMXTile || !x.HasAMXBF16:
		return false, "the processor has none"
	case !x.HasOSXSAVE || extendedState()&tileState0 != tileState0:
		return false, "the system does not keep its state"
	case !requestTiles():
		return false, "the system does not grant it"
	}
	return true, ""
})

// tileState0 are the bits of XCR0 for the configuration and the data of tiles.
const tileState0 = 3 << 17

// processor tells which units of this processor the kernels can use.
func processor() Processor {
	x := &cpu.X86
	p := Processor{AVX2: x.HasAVX2 && x.HasFMA, AVX512: x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL, AVX512BF16: x.HasAVX512BF16}
	p.AMX, p.NoAMX = tilesOf()
	return p
}
