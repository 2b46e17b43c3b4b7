package memory

import (
	"testing"
	"unsafe"
)

func TestFloats(t *testing.T) {
	var p Pool
	var vectors [][]float32
	for _, n := range []int{1, 15, 16, 17, 0, 1000, block, 3, block + 1, 100} {
		v := p.Floats(n)
		if len(v) != n || cap(v) != n {
			t.Fatalf("%d elements: length %d, capacity %d", n, len(v), cap(v))
		}
		if n > 0 && uintptr(unsafe.Pointer(&v[0]))%64 != 0 {
			t.Errorf("%d elements do not begin at a cache line", n)
		}
		for i, x := range v {
			if x != 0 {
				t.Fatalf("element %d of %d is %v: not zero, or another vector's", i, n, x)
			}
			v[i] = 1
		}
		vectors = append(vectors, v)
	}
	for _, v := range vectors {
		for _, x := range v {
			if x != 1 {
				t.Fatal("vectors overlap")
			}
		}
	}
}
