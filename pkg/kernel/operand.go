package kernel

import (
	"fmt"
	"unsafe"
)

// blockLength is the number of links of a chain that are summed by themselves
// before they are added to C: what a tile of the processor's matrix unit holds.
const blockLength = 32

// Operand is a matrix that is prepared for products in [Split] or [BFloat16]: its
// elements are rounded and laid out as the path in use needs them. The zero Operand
// is ready for a Set method. Its memory grows when it must and is used again. It
// serves only on the path on which it was set. A left factor takes part in one
// product at a time.
type Operand struct {
	// Memory allocates n zeros that begin at a cache line. If it is nil, the operand's
	// memory is on Go's heap, in small pages.
	Memory func(n int) []float32

	precision  Precision
	right      bool
	rows, cols int // of A [m, k] or B [k, n]
	layout     layout
	tiles      tileState
}

// layout is the memory of an operand on the paths without a matrix unit: float32s
// that are bfloat16s in value. First come the high parts, then the low ones. The
// chain is padded with zeros to whole blocks.
type layout struct {
	data     []float32
	low      int // index of the first low part
	row, col int // element (i, j) is data[i*row+j*col]
}

// resize gives the layout room for size elements, from a cache line on.
func (l *layout) resize(size int, memory func(n int) []float32) {
	if memory == nil {
		memory = alignedFloats
	}
	if cap(l.data) < size {
		l.data = memory(size)
	}
	l.data = l.data[:size]
}

// alignedFloats allocates n zeros that begin at a cache line.
func alignedFloats(n int) []float32 {
	const line = 16
	data := make([]float32, n+line)
	skip := (64 - uintptr(unsafe.Pointer(&data[0]))%64) % 64 / 4
	return data[skip:][:n:n]
}

// SetLeft makes a the left factor A [m, k] of products.
func (o *Operand) SetLeft(p Precision, a Matrix) {
	a.check("SetLeft", "A")
	o.precision, o.right, o.rows, o.cols = p, false, a.Rows, a.Cols
	active.low.setLeft(o, a)
}

// SetLeftTransposed makes the transpose of a [k, m] the left factor of products.
func (o *Operand) SetLeftTransposed(p Precision, a Matrix) {
	a.check("SetLeftTransposed", "A")
	o.precision, o.right, o.rows, o.cols = p, false, a.Cols, a.Rows
	active.low.setLeftTransposed(o, a)
}

// SetRight makes b the right factor B [k, n] of products.
func (o *Operand) SetRight(p Precision, b Matrix) {
	b.check("SetRight", "B")
	o.precision, o.right, o.rows, o.cols = p, true, b.Rows, b.Cols
	active.low.setRight(o, b)
}

// Slice makes o the part of a factor with n rows of A, or n columns of B, from `first`
// on, and with the links from `from` to to−1 of the chain. It shares the factor's
// memory. first is a multiple of 16, and from is a multiple of 32.
func (o *Operand) Slice(factor *Operand, first, n, from, to int) {
	limit, chain := factor.rows, factor.cols
	if factor.right {
		limit, chain = chain, limit
	}
	if first < 0 || n < 0 || first+n > limit || from < 0 || to < from || to > chain || from%blockLength != 0 || first%16 != 0 {
		panic(fmt.Sprintf("kernel: Slice: %d from %d on and links %d to %d of a factor %d×%d", n, first, from, to, factor.rows, factor.cols))
	}
	o.precision, o.right, o.layout = factor.precision, factor.right, factor.layout
	o.rows, o.cols = n, to-from
	if o.right {
		o.rows, o.cols = o.cols, o.rows
	}
	if n > 0 && to > from {
		o.layout.data = o.layout.data[active.low.index(factor, first, from):]
	}
}

// Multiply computes C = A·B, C = A·B + bias if bias [n] is not nil, or C += A·B if
// accumulate is set. An element of C starts from 0, from its bias or from itself.
//
// The chain over k is cut into blocks of 32 links. The last one is padded with zeros.
// A block has two partial sums, which start from 0. One takes the links with even k,
// the other those with odd k, in the order of k:
//
//	even = fma(a[2i], b[2i], even)    odd = fma(a[2i+1], b[2i+1], odd)    i = 0 … 15
//	c = c + (even + odd)
//
// With [BFloat16], a and b are the rounded elements. With [Split], a block is worked
// through three times: with the high parts of A and the low parts of B, with both
// high parts, and with the low parts of A and the high parts of B. All operations
// round to the nearest float32, to the even one of two equally near. Denormal
// operands and results count as zeros of their sign. The payload of a NaN is not
// specified.
//
// So every path gives the same bits, and so does any division of the rows and columns
// among calls, or of the chain among calls at multiples of 32.
func Multiply(c Matrix, a, b *Operand, bias []float32, accumulate bool) {
	c.check("Multiply", "C")
	if a.right || !b.right || a.precision != b.precision || a.cols != b.rows || c.Rows != a.rows || c.Cols != b.cols {
		panic(fmt.Sprintf("kernel: Multiply: C is %d×%d, A %d×%d in %v and B %d×%d in %v",
			c.Rows, c.Cols, a.rows, a.cols, a.precision, b.rows, b.cols, b.precision))
	}
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	if bias != nil {
		sameLength("Multiply: bias", c.Cols, len(bias))
	}
	if a.cols > 0 {
		active.low.multiply(c, a, b, bias, accumulate)
	} else if !accumulate {
		startRows(c, bias)
	}
}

// startRows sets the rows of C to the values from which its chains start.
func startRows(c Matrix, bias []float32) {
	p := product{n: c.Cols, c: c.Data, ldc: c.Stride, bias: bias}
	for i := range c.Rows {
		p.startRow(i)
	}
}

// lowPrecision is how a path prepares operands and multiplies them.
type lowPrecision interface {
	setLeft(o *Operand, a Matrix)
	setLeftTransposed(o *Operand, a Matrix)
	setRight(o *Operand, b Matrix)
	// multiply is Multiply of operands none of whose dimensions is 0.
	multiply(c Matrix, a, b *Operand, bias []float32, accumulate bool)
	// index is where the data of a row of A or column of B begin, from a link on.
	index(o *Operand, first, link int) int
	// loop executes only independent operations of BFloat16 and returns their number.
	loop(iterations int) (flop int64)
}

// ProductLoop executes only independent operations of matrix products in a precision
// and returns their number. Its speed is the peak with which products are compared.
// A link of a chain counts as a multiplication and an addition in any precision,
// although [Split] makes three of each.
func ProductLoop(p Precision, iterations int) (flop int64) {
	switch p {
	case Single:
		return active.fmaLoop(iterations)
	case Split:
		return active.low.loop(iterations) / 3
	}
	return active.low.loop(iterations)
}

// blocks is the number of blocks of a chain of k links.
func blocks(k int) int { return (k + blockLength - 1) / blockLength }

// floatParts keeps operands as float32s and multiplies them with one function.
type floatParts struct {
	round func(hi, lo, x []float32) // lo is nil for BFloat16
	add   func(p partProduct)
}

func (f *floatParts) loop(iterations int) int64 { return active.fmaLoop(iterations) }

func (f *floatParts) setLeft(o *Operand, a Matrix) { f.set(o, a, a.Rows, blocks(a.Cols)*blockLength) }

func (f *floatParts) setLeftTransposed(o *Operand, a Matrix) {
	f.set(o, a, blocks(a.Rows)*blockLength, a.Cols)
	o.layout.row, o.layout.col = o.layout.col, o.layout.row
}

func (f *floatParts) setRight(o *Operand, b Matrix) { f.set(o, b, blocks(b.Rows)*blockLength, b.Cols) }

// set rounds the rows of a matrix and adds zeros to rows × cols.
func (f *floatParts) set(o *Operand, x Matrix, rows, cols int) {
	l, stride := &o.layout, RowStride(cols)
	l.row, l.col, l.low = stride, 1, rows*stride
	size := l.low
	if o.precision == Split {
		size *= 2
	}
	l.resize(size, o.Memory)
	for i := range rows {
		var source []float32
		if i < x.Rows {
			source = x.Data[i*x.Stride:][:x.Cols]
		}
		high, low := l.data[i*stride:][:cols], []float32(nil)
		if o.precision == Split {
			low = l.data[l.low+i*stride:][:cols]
			clear(low[len(source):])
			low = low[:len(source)]
		}
		clear(high[len(source):])
		f.round(high[:len(source)], low, source)
	}
}

func (f *floatParts) index(o *Operand, first, link int) int {
	if o.right {
		return link*o.layout.row + first*o.layout.col
	}
	return first*o.layout.row + link*o.layout.col
}

// partProduct is C += A·B of operands kept as float32s.
type partProduct struct {
	m, n, k int
	split   bool
	a, b    *layout
	c       []float32
	ldc     int
}

func (f *floatParts) multiply(c Matrix, a, b *Operand, bias []float32, accumulate bool) {
	if !accumulate {
		startRows(c, bias)
	}
	f.add(partProduct{
		m: c.Rows, n: c.Cols, k: a.cols, split: a.precision == Split,
		a: &a.layout, b: &b.layout, c: c.Data, ldc: c.Stride,
	})
}

// addPartsScalar runs the sums of one row of C side by side.
func addPartsScalar(p partProduct) {
	for i := range p.m {
		row := p.c[i*p.ldc:][:p.n]
		for block := range blocks(p.k) {
			a := p.a.data[i*p.a.row+block*blockLength*p.a.col:]
			b := p.b.data[block*blockLength*p.b.row:]
			if p.split {
				p.addBlock(row, a, b[p.b.low:])
			}
			p.addBlock(row, a, b)
			if p.split {
				p.addBlock(row, a[p.a.low:], b)
			}
		}
	}
}

// addBlock adds one block of the chains to a row of C.
func (p *partProduct) addBlock(row, a, b []float32) {
	const columns = 64
	for j := 0; j < len(row); j += columns {
		var even, odd [columns]float32
		n := min(columns, len(row)-j)
		for k := 0; k < blockLength; k += 2 {
			addLink(even[:n], a[k*p.a.col], b[k*p.b.row+j:])
			addLink(odd[:n], a[(k+1)*p.a.col], b[(k+1)*p.b.row+j:])
		}
		for q, c := range row[j:][:n] {
			sum := flushed(float64(even[q]) + float64(odd[q]))
			row[j+q] = flushed(float64(notDenormal(c)) + float64(sum))
		}
	}
}

// addLink computes sums = fma(a, b, sums). In float64 the product of two bfloat16s and
// its sum with a float32 never round to a tie between two float32s.
func addLink(sums []float32, a float32, b []float32) {
	x := float64(a)
	for j, y := range b[:len(sums)] {
		sums[j] = flushed(x*float64(y) + float64(sums[j]))
	}
}
