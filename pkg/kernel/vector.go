package kernel

import "math"

// In this file products are converted to float32. This forbids the compiler to fuse
// a product with a sum, as it would on some architectures. Results must not depend
// on where they were computed.

// Mul sets dst[i] = a[i]·b[i]; dst may be a or b.
func Mul(dst, a, b []float32) {
	sameLength("Mul", len(dst), len(a), len(b))
	active.mul(dst, a, b)
}

func mulScalar(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// MulAdd adds a[i]·b[i] to dst[i]; the product is rounded first.
func MulAdd(dst, a, b []float32) {
	sameLength("MulAdd", len(dst), len(a), len(b))
	active.mulAdd(dst, a, b)
}

func mulAddScalar(dst, a, b []float32) {
	for i := range dst {
		dst[i] += float32(a[i] * b[i])
	}
}

// Add adds x[i] to dst[i].
func Add(dst, x []float32) {
	sameLength("Add", len(dst), len(x))
	active.add(dst, x)
}

func addScalar(dst, x []float32) {
	for i := range dst {
		dst[i] += x[i]
	}
}

// Scale multiplies x[i] by s.
func Scale(x []float32, s float32) { active.scale(x, s) }

func scaleScalar(x []float32, s float32) {
	for i := range x {
		x[i] *= s
	}
}

// Axpy adds a·x[i] to y[i]; the product is rounded first.
func Axpy(y []float32, a float32, x []float32) {
	sameLength("Axpy", len(y), len(x))
	active.axpy(y, a, x)
}

func axpyScalar(y []float32, a float32, x []float32) {
	for i := range y {
		y[i] += float32(a * x[i])
	}
}

// Prefetch asks the processor to bring x into its second-level cache, because x will be
// needed soon. It changes nothing but time.
func Prefetch(x []float32) { active.prefetch(x) }

func noPrefetch([]float32) {}

// ColumnSums sets sums [n] to the sums over the rows of X [rows, n], or adds
// them if accumulate is set. Each sum runs in float32 in the order of the rows.
func ColumnSums(x Matrix, sums []float32, accumulate bool) {
	x.check("ColumnSums", "X")
	sameLength("ColumnSums: sums", x.Cols, len(sums))
	switch {
	case x.Cols == 0:
	case x.Rows > 0:
		active.columnSums(x, sums, accumulate)
	case !accumulate:
		clear(sums)
	}
}

func columnSumsScalar(x Matrix, sums []float32, accumulate bool) {
	if !accumulate {
		clear(sums)
	}
	for i := range x.Rows {
		for j, v := range x.Data[i*x.Stride:][:x.Cols] {
			sums[j] += v
		}
	}
}

// ApplyMask sets dst[i] = x[i]·scale where bit i of mask is set, else 0. Bit 0
// of mask[0] belongs to element 0. dst may be x.
func ApplyMask(dst, x []float32, mask []uint64, scale float32) {
	sameLength("ApplyMask", len(dst), len(x))
	if len(mask) < (len(dst)+63)/64 {
		panic("kernel: ApplyMask: mask shorter than the vector")
	}
	active.applyMask(dst, x, mask, scale)
}

func applyMaskScalar(dst, x []float32, mask []uint64, scale float32) {
	for i, v := range x {
		y := float32(0)
		if mask[i/64]>>(i%64)&1 != 0 {
			y = v * scale
		}
		dst[i] = y
	}
}

// sumLanes are the partial sums of a sum in float64. On every path element i goes to
// lane i mod 8.
type sumLanes [8]float64

// fold adds the lanes by halves.
func (s *sumLanes) fold() float64 {
	for w := 4; w > 0; w /= 2 {
		for i := range w {
			s[i] += s[i+w]
		}
	}
	return s[0]
}

// SumSquares returns the sum of x[i]². It sums in eight float64 lanes and folds them
// at the end. All paths give the same bits.
func SumSquares(x []float32) float64 { return active.sumSquares(x) }

func sumSquaresScalar(x []float32) float64 {
	var sum sumLanes
	for i, v := range x {
		sum[i%8] += float64(v) * float64(v)
	}
	return sum.fold()
}

// Clip limits x to [−limit, limit], limit ≥ 0, and returns how many elements this
// changed. NaN stays NaN and is not counted.
func Clip(x []float32, limit float32) int { return active.clip(x, limit) }

func clipScalar(x []float32, limit float32) int {
	clipped := 0
	for i, v := range x {
		switch {
		case v > limit:
			x[i] = limit
			clipped++
		case v < -limit:
			x[i] = -limit
			clipped++
		}
	}
	return clipped
}

// FirstNonFinite returns the index of the first NaN or infinity in x, or −1.
func FirstNonFinite(x []float32) int { return active.firstNonFinite(x) }

func firstNonFiniteScalar(x []float32) int {
	for i, v := range x {
		if math.Float32bits(v)&0x7f800000 == 0x7f800000 {
			return i
		}
	}
	return -1
}
