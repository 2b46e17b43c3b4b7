// Package memory allocates float32 vectors so that vector code runs fast on them:
// they begin at cache lines and lie close together in large pages.
package memory

import "unsafe"

const (
	line  = 64 / 4          // elements of a cache line
	page  = (2 << 20) / 4   // elements of a large page
	block = 4*page - 2*line // elements that are allocated at a time
)

// Pool takes vectors from large blocks of memory. A block is freed when the last of
// its vectors is. The zero Pool is ready for use by one goroutine.
type Pool struct {
	free []float32
}

// Floats returns n zeros that begin at a cache line.
func (p *Pool) Floats(n int) []float32 {
	size := (n + line - 1) / line * line
	if size > len(p.free) {
		p.free = newBlock(max(size, block))
	}
	v := p.free[:n:n]
	p.free = p.free[size:]
	return v
}

// newBlock allocates n zeros that begin at a large page. The system provides a page
// only when it is first written to, so unused pages cost nothing.
func newBlock(n int) []float32 {
	s := make([]float32, n+page)
	skip := 0
	if over := int(uintptr(unsafe.Pointer(&s[0])) / 4 % page); over != 0 {
		skip = page - over
	}
	s = s[skip : skip+n]
	adviseLargePages(unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*n))
	return s
}
