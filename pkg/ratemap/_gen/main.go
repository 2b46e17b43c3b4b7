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

const wide = 16 // units that are added at once while there are as many

// genAddRow emits addRowScalar for a number of units that is a multiple of four.
func genAddRow() {
	TEXT("addRowAVX2", attr.NOSPLIT, "func(sums *float64, row *float32, units int)")
	Pragma("noescape")
	sums, row, units := parameter("sums"), parameter("row"), parameter("units")
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
	add(wide)
	CMPQ(units, Imm(wide))
	JGE(LabelRef("many"))
	Label("few")
	TESTQ(units, units)
	JZ(LabelRef("done"))
	Label("four")
	add(4)
	JNZ(LabelRef("four"))
	Label("done")
	VZEROUPPER()
	RET()
}
