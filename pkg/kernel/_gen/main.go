// Command gen writes the amd64 assembly of package kernel.
//
// One run writes one part: -part gemm (matrix products and the peak loop), -part parts
// (products in low precision) or -part vector (elementwise operations). The go:generate
// lines are in ../doc.go. The output depends on nothing but this program, so running it
// twice gives the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	part := flag.String("part", "", "`part` to generate: gemm, parts or vector")
	flag.Parse()

	ConstraintExpr("amd64,!noasm")
	switch *part {
	case "gemm":
		for _, s := range []isa{avx2, avx512} {
			genGemm(s)
			genFMALoop(s)
		}
		genTranspose()
	case "parts":
		for _, s := range []isa{avx2, avx512} {
			genParts(s)
			genRound(s)
		}
		genTileProducts()
		genPack()
	case "vector":
		for _, s := range []isa{avx2, avx512} {
			genMaps(s)
			genCells(s)
			genLosses(s)
			genOptimisers(s)
			genReductions(s)
		}
		avx2.genPrefetch()
	default:
		fmt.Fprintf(os.Stderr, "gen: unknown part %q\n", *part)
		os.Exit(2)
	}
	Generate()
}
