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
	genAddRows()
	Generate()
}

func parameter(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

const (
	wide      = 32 // units whose sums stay in registers while there are as many
	unordered = 3  // the comparison that is true if a number is NaN
)

// genAddRows emits addRowsScalar for a number of units that is a multiple of four, and
// at least one row. It returns 0 if all sums are finite.
func genAddRows() {
	TEXT("addRowsAVX2", attr.NOSPLIT, "func(sums *float64, rows *float32, units, steps, stride int) (notFinite uint32)")
	Pragma("noescape")
	sums, rows, units, steps, stride := parameter("sums"), parameter("rows"), parameter("units"), parameter("steps"), parameter("stride")
	SHLQ(Imm(2), stride) // bytes
	zero := YMM()
	VXORPD(zero, zero, zero)
	// These are zero as long as all sums are finite. They are several, because one sum
	// would have to wait for the other.
	strange := make([]reg.VecVirtual, 4)
	for i := range strange {
		strange[i] = YMM()
		VXORPD(strange[i], strange[i], strange[i])
	}
	row, left := GP64(), GP64()
	add := func(label string, count int) {
		s := make([]reg.VecVirtual, count/4)
		for k := range s {
			s[k] = YMM()
			VMOVUPD(Mem{Base: sums, Disp: 32 * k}, s[k])
		}
		MOVQ(rows, row)
		MOVQ(steps, left)
		Label(label)
		for k := range s {
			v := YMM()
			VCVTPS2PD(Mem{Base: row, Disp: 16 * k}, v)
			VADDPD(v, s[k], s[k])
		}
		ADDQ(stride, row)
		DECQ(left)
		JNZ(LabelRef(label))
		for k := range s {
			VMOVUPD(s[k], Mem{Base: sums, Disp: 32 * k})
			VFMADD231PD(s[k], zero, strange[k%len(strange)])
		}
		ADDQ(U32(8*count), sums)
		ADDQ(U32(4*count), rows)
		SUBQ(U32(count), units)
	}
	CMPQ(units, Imm(wide))
	JLT(LabelRef("few"))
	Label("many")
	add("manyRow", wide)
	CMPQ(units, Imm(wide))
	JGE(LabelRef("many"))
	Label("few")
	TESTQ(units, units)
	JZ(LabelRef("done"))
	Label("four")
	add("fourRow", 4)
	JNZ(LabelRef("four"))
	Label("done")
	Comment("Zero times a number is zero, unless the number is infinite or NaN.")
	for _, other := range strange[1:] {
		VADDPD(other, strange[0], strange[0])
	}
	VCMPPD(Imm(unordered), strange[0], strange[0], strange[0])
	mask := GP32()
	VMOVMSKPD(strange[0], mask)
	Store(mask, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
