package network

import "unsafe"

// alignedSlice allocates n zeros that begin at a cache line, so that vector
// loads of the kernels do not straddle two.
func alignedSlice(n int) []float32 {
	s := make([]float32, n+align)
	skip := 0
	if over := int(uintptr(unsafe.Pointer(&s[0])) / 4 % align); over != 0 {
		skip = align - over
	}
	return s[skip : skip+n : skip+n]
}

// leading is the leading dimension for rows of n elements: a cache line more
// where n is a power of two or nearly so, since rows that lie such distances
// apart push each other out of the nearest cache.
func leading(n int) int {
	if n%128 == 0 {
		return n + align
	}
	return n
}
