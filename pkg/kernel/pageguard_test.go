//go:build linux

package kernel

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// fenced maps pages for n float32 between two pages that may not be touched.
// It returns the whole room; a stray access before or after it faults.
func fenced(t *testing.T, n int) []float32 {
	t.Helper()
	page := os.Getpagesize()
	size := (4*n + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(m); err != nil {
			t.Error(err)
		}
	})
	for _, fence := range [][]byte{m[:page], m[page+size:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&m[page])), size/4)
}

// TestVectorFences runs every kernel on buffers flush against the fence on
// either side: masked lanes must not be read, either.
func TestVectorFences(t *testing.T) {
	var rooms [][]float32
	for range 6 {
		rooms = append(rooms, fenced(t, 300))
	}
	for _, path := range assemblyPaths() {
		for _, c := range vectorCases {
			for n := range 71 {
				var first, last [][]float32
				for i, times := range c.buffers {
					first = append(first, rooms[i][:n*times])
					last = append(last, rooms[i][len(rooms[i])-n*times:])
				}
				c.run(path, first)
				c.run(path, last)
			}
		}
	}
}

// TestGemmFences does the same for matrices.
func TestGemmFences(t *testing.T) {
	roomA, roomB, roomC := fenced(t, 4096), fenced(t, 4096), fenced(t, 4096)
	tail := func(room []float32, n int) []float32 { return room[len(room)-n:] }
	rng := rand.New(rand.NewPCG(1, 1))
	onEveryPath(t, func(t *testing.T) {
		for m := 1; m <= 29; m++ {
			for i := range 54 {
				n := i + 1
				if i >= 50 {
					n = 127 + i - 50 // up to the widest tiles
				}
				k := 1 + rng.IntN(9)
				c, b := Dense(tail(roomC, m*n), m, n), Dense(tail(roomB, k*n), k, n)
				Gemm(c, Dense(tail(roomA, m*k), m, k), b, true)
				GemmTA(c, Dense(tail(roomA, m*k), k, m), b, false)
				Transpose(Dense(tail(roomC, m*n), n, m), Dense(tail(roomB, m*n), m, n))
				ColumnSums(Dense(tail(roomB, m*n), m, n), tail(roomA, n), true)
			}
		}
	})
}
