package kernel

import (
	"fmt"
	"strings"
)

// implementation is one path. The exported functions check their arguments and then
// call the functions of the path in use.
type implementation struct {
	name string

	gradientDepth int             // see GradientDepth
	gemm          func(p product) // m, n and k are positive
	transpose     func(dst []float32, ldd int, src Matrix)
	// fmaLoop executes only independent fused multiply-adds on registers and returns
	// the number of floating-point operations. Its speed is the peak with which
	// benchmarks compare matrix products.
	fmaLoop func(iterations int) int64

	low lowPrecision

	sigmoid, tanh, relu func(dst, x []float32)

	sigmoidBackward, tanhBackward, reluBackward func(dx, y, dy []float32)

	lstmForward  func(gates, cPrev, c, tanhC, h []float32, forgetBias float32)
	lstmBackward func(dgates, act, tanhC, cPrev, dh, dc []float32)

	mul, mulAdd func(dst, a, b []float32)
	add         func(dst, x []float32)
	scale       func(x []float32, s float32)
	prefetch    func(x []float32)
	axpy        func(y []float32, a float32, x []float32)
	applyMask   func(dst, x []float32, mask []uint64, scale float32)

	columnSums     func(x Matrix, sums []float32, accumulate bool)
	sumSquares     func(x []float32) float64
	clip           func(x []float32, limit float32) int
	firstNonFinite func(x []float32) int

	maximum             func(x []float32) float32
	softmaxSums         func(e, z, t []float32, max float32) (sumE, sumT, sumTZ float64)
	softmaxGradient     func(dz, e, t []float32, ratio, scale float32)
	sigmoidCrossEntropy func(dz, z, t []float32, a, b, scale float32) float64
	squaredError        func(dz, z, t []float32, scale float32) float64

	rmspropTF, rmspropTorch func(w, ms, mom, g []float32, lr, decay, momentum, eps float32)
	adam                    func(w, m, v, g []float32, lr, beta1, beta2, eps, mc, vc float32)
	momentum                func(w, buf, g []float32, lr, momentum float32)
}

var scalarPath = implementation{
	name: "scalar",

	gradientDepth: smallCacheDepth,
	gemm:          gemmScalar,
	transpose:     transposeScalar,
	fmaLoop:       fmaLoopScalar,

	low: &floatParts{roundScalar, addPartsScalar},

	sigmoid: sigmoidScalar,
	tanh:    tanhScalar,
	relu:    reluScalar,

	sigmoidBackward: sigmoidBackwardScalar,
	tanhBackward:    tanhBackwardScalar,
	reluBackward:    reluBackwardScalar,

	lstmForward:  lstmForwardScalar,
	lstmBackward: lstmBackwardScalar,

	mul:       mulScalar,
	mulAdd:    mulAddScalar,
	add:       addScalar,
	scale:     scaleScalar,
	prefetch:  noPrefetch,
	axpy:      axpyScalar,
	applyMask: applyMaskScalar,

	columnSums:     columnSumsScalar,
	sumSquares:     sumSquaresScalar,
	clip:           clipScalar,
	firstNonFinite: firstNonFiniteScalar,

	maximum:             maximumScalar,
	softmaxSums:         softmaxSumsScalar,
	softmaxGradient:     softmaxGradientScalar,
	sigmoidCrossEntropy: sigmoidCrossEntropyScalar,
	squaredError:        squaredErrorScalar,

	rmspropTF:    rmspropTFScalar,
	rmspropTorch: rmspropTorchScalar,
	adam:         adamScalar,
	momentum:     momentumScalar,
}

// active is the path in use. It is the best one unless Use has chosen another.
var active = available()[0]

// available lists the paths that this processor can run, best first.
func available() []*implementation { return append(assemblyPaths(), &scalarPath) }

// Available lists the names of the paths that this processor and this build can run,
// best first.
func Available() []string {
	var names []string
	for _, p := range available() {
		names = append(names, p.name)
	}
	return names
}

// Processor tells which of the units that kernels can use this processor has.
type Processor struct {
	AVX2, AVX512 bool
	// AVX512BF16 is not used: its VDPBF16PS adds a pair of products in one chain,
	// which gives other bits than the two chains of [Multiply].
	AVX512BF16 bool
	AMX        bool   // the matrix unit, and the system lets this process use it
	NoAMX      string // why not
}

// ThisProcessor tells what this processor has.
func ThisProcessor() Processor { return processor() }

// smallCacheDepth and largeCacheDepth are the rows of [GradientDepth] for a second-level
// cache of 512 kB, as Zen 3 has, and for one of 1 MB or more, as most processors with AVX-512
// have. The factors of the widest gradient of the default network, that of the cell's
// gates, have 643 columns: 128 of their rows are 329 kB. Both are multiples of the length
// of a block of a chain.
const (
	smallCacheDepth = 128
	largeCacheDepth = 256
)

// GradientDepth is the number of rows of a batch that the gradient of weights, Aᵀ·B over
// all rows, should take at a time, so that the rows of A and B stay in the second-level
// cache for all that is done with them. It changes no bits.
func GradientDepth() int { return active.gradientDepth }

// Path names the path in use: "amx", "avx512", "avx2" or "scalar".
func Path() string { return active.name }

// Use switches to the named path and returns a function that switches back. No
// kernel may be running.
func Use(path string) (restore func(), err error) {
	for _, next := range available() {
		if next.name == path {
			previous := active
			active = next
			return func() { active = previous }, nil
		}
	}
	return nil, fmt.Errorf("kernel: no path %q here (available: %s)", path, strings.Join(Available(), ", "))
}

// sameLength panics unless all lengths are n.
func sameLength(function string, n int, lengths ...int) {
	for _, l := range lengths {
		if l != n {
			panic(fmt.Sprintf("kernel: %s: slices of length %d and %d", function, n, l))
		}
	}
}
