// Package kernel holds the float32 kernels that training spends its time in:
// matrix products, the nonlinearities of recurrent cells, losses and optimiser
// steps.
//
// Matrices are row-major slices with a leading dimension: element (i, j) of A
// is a[i*lda+j]. Elementwise functions take slices of one length. Lengths and
// dimensions that do not fit together are a programming mistake and panic with
// a text that begins "kernel:". No function allocates, and all may run at the
// same time as long as their outputs are disjoint.
//
// # Paths
//
// Every kernel exists as a scalar Go loop that states what is computed. On
// amd64 the same kernels exist in AVX2 (with FMA) and in AVX-512 (F, BW, DQ,
// VL). The path amx is that of AVX-512, but products in [Split] and [BFloat16] run on
// the processor's matrix unit. The best path that the processor supports is chosen
// once at the start. [Use] switches to another one, and [Path] says which is in use. With the build
// tag noasm only the scalar path is compiled.
//
// # Files
//
//	kernel.go            paths and their table of functions, shape checks
//	gemm.go              matrix products, transposes and their scalar loops
//	precision.go         precisions and the rounding to bfloat16
//	operand.go           products in low precision and their scalar loop
//	tiles_amd64.go       the same by the matrix unit
//	processor_*.go       what the processor has and the system grants
//	activation.go        nonlinearities and cells
//	vector.go            arithmetic, sums, masks
//	loss.go              losses with gradients
//	optimiser.go         optimiser steps
//	paths_amd64.go       the tables of the assembly paths, tile schedule
//	paths_noasm.go       no tables
//	*_amd64.s, *_stubs_amd64.go  generated
//	_gen/                the generator, a module of its own built on avo
//
// # Tiles
//
// The assembly computes C in tiles whose accumulators fill the registers. A tile
// has up to 14 rows × 32 columns with AVX-512, and 6 × 16 with AVX2. Rows are
// divided evenly: 1000 rows are 64 tiles of 14 and 8 of 13. Two strides address
// element (i, p) of A, so one tile function serves A·B and Aᵀ·B. Columns past a
// multiple of the vector are masked. If there are one to three rows, tiles are
// eight vectors wide, and reading B limits the speed. With AVX2 a turn of a tile's loop
// takes four steps of its chains. One call computes all tiles of a height and width. No matrix is copied into
// another layout. Instead B is prefetched some steps ahead. Rows are taken in blocks
// of 252, and chains in pieces of 1024 (256 with AVX2), so that data that are used
// again are still in cache. A product with the transpose of B needs an explicit
// [Transpose], once in an update.
//
// # Why the paths agree
//
// Each element of a matrix product is one chain of fused multiply-adds in the
// order of k. The chain starts from zero or from the element of C. Vector lanes and
// tiles divide the elements among registers, but they never divide a chain. So AVX2
// and AVX-512 give the same bits, and so does any division of the rows or columns
// among calls. If a chain is cut into pieces, a piece goes on from the float32 in C.
// This is the value that the accumulator held, so cutting changes no bits. The scalar
// chain computes float32(a·b+c) with an exact product and a float64 sum. It differs
// from a fused multiply-add only if that sum rounds to a tie between two float32s. The
// difference is then one unit in the last place of one partial sum.
//
// Products in [Split] and [BFloat16] have the same bits on all paths, the scalar one
// included: see [Multiply]. The bits are those of the instruction TDPBF16PS. A product
// of two bfloat16s is exact in float32, and in float64 its sum with a float32 never
// rounds to a tie. The other instruction for bfloat16, VDPBF16PS, is not used, because
// it adds a pair of products to one sum, in another order.
//
// Arithmetic, optimisers and the backward passes round after every operation, in
// the order written in the scalar loop, with IEEE division and square root. So all
// paths give the same bits. Sums in float64 run in eight lanes. Element i is in lane
// i mod 8, and the lanes are folded 4, 2 and 1 apart. This gives the same bits, too.
//
// On the scalar path Sigmoid and Tanh are correctly rounded from float64. On the
// others they are vector polynomials with a relative error below 3e-7. The vector
// versions saturate exactly (0, 1, −1 and +Inf), return subnormal numbers where the
// exact value is subnormal, keep the sign of zero in Tanh and pass NaN on. AVX2 and
// AVX-512 run the same operations and give the same bits.
//
// # Regenerating
//
// Run go generate in this directory after changing _gen. The result depends only
// on the generator, so a second run must change nothing.
package kernel

//go:generate go run -C _gen . -part gemm -out ../gemm_amd64.s -stubs ../gemm_stubs_amd64.go -pkg kernel
//go:generate go run -C _gen . -part vector -out ../vector_amd64.s -stubs ../vector_stubs_amd64.go -pkg kernel
//go:generate go run -C _gen . -part parts -out ../parts_amd64.s -stubs ../parts_stubs_amd64.go -pkg kernel
