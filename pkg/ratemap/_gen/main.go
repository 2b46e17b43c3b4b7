// Command gen writes the amd64 assembly of package ratemap. The go:generate line is in
// ../doc.go; the output depends on nothing but this program.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!noasm")
	genAddRow()
	Generate()
}

func parameter(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

const (
	wide     = 16         // units that are added at once while there are as many
	exponent = 0x7f800000 // the bits of a float32's exponent
)

// genAddRow emits addRowScalar for a number of units that is a multiple of four. It
// returns 0 if the row is finite.
func genAddRow() {
	TEXT("addRowAVX2", attr.NOSPLIT, "func(sums *float64, row *float32, units int) (notFinite uint32)")
	Pragma("noescape")
	sums, row, units := parameter("sums"), parameter("row"), parameter("units")
	// A value is finite unless all bits of its exponent are set, so the largest exponent
	// tells whether all values are.
	bits, largest := YMM(), YMM()
	mask := GP32()
	MOVL(U32(exponent), mask)
	VMOVD(mask, bits.AsX())
	VPBROADCASTD(bits.AsX(), bits)
	VPXOR(largest, largest, largest)
	check := func(v reg.VecVirtual) {
		VPAND(bits, v, v)
		VPMAXUD(v, largest, largest)
	}
	add := func(count int) {
		v := make([]reg.VecVirtual, count/4)
		for k := range v {
			v[k] = YMM()
			VCVTPS2PD(Mem{Base: row, Disp: 16 * k}, v[k])
		}
		for k := range v {
			VADDPD(Mem{Base: sums, Disp: 32 * k}, v[k], v[k])
		}
		for k := range v {
			VMOVUPD(v[k], Mem{Base: sums, Disp: 32 * k})
		}
		ADDQ(Imm(uint64(8*count)), sums)
		ADDQ(Imm(uint64(4*count)), row)
		SUBQ(Imm(uint64(count)), units)
	}
	CMPQ(units, Imm(wide))
	JLT(LabelRef("few"))
	Label("many")
	for k := range wide / 8 {
		v := YMM()
		VMOVDQU(Mem{Base: row, Disp: 32 * k}, v)
		check(v)
	}
	add(wide)
	CMPQ(units, Imm(wide))
	JGE(LabelRef("many"))
	Label("few")
	TESTQ(units, units)
	JZ(LabelRef("done"))
	Label("four")
	v := YMM()
	VMOVDQU(Mem{Base: row}, v.AsX()) // the rest of v is zero
	check(v)
	add(4)
	JNZ(LabelRef("four"))
	Label("done")
	VPCMPEQD(bits, largest, largest)
	VMOVMSKPS(largest, mask)
	Store(mask, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
