package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The encodings of the instructions of AMX, which neither avo nor Go's assembler
// know. All have the prefix VEX.128.0F38.W0 (Intel 64 and IA-32 Architectures
// Software Developer's Manual, volume 2).

// prefix is the field pp of a VEX prefix.
type prefix byte

const (
	noPrefix prefix = 0
	prefix66 prefix = 1
	prefixF3 prefix = 2
	prefixF2 prefix = 3
)

// Numbers of the 64-bit registers in encodings.
var registerNumbers = map[reg.Register]byte{
	reg.RAX: 0, reg.RCX: 1, reg.RDX: 2, reg.RBX: 3, reg.RSI: 6, reg.RDI: 7,
	reg.R8: 8, reg.R9: 9, reg.R10: 10, reg.R11: 11, reg.R12: 12, reg.R13: 13,
}

func numberOf(r reg.Register) byte {
	n, ok := registerNumbers[r]
	if !ok {
		panic(fmt.Sprintf("no number of register %v", r))
	}
	return n
}

// vex returns prefix and opcode. index and base are numbers of registers, or 0;
// source is the operand in the field vvvv, or 0.
func vex(p prefix, source, index, base, opcode byte) []byte {
	const noR, map0F38 = 0x80, 2
	first := byte(noR | map0F38)
	if index < 8 {
		first |= 0x40
	}
	if base < 8 {
		first |= 0x20
	}
	return []byte{0xc4, first, (^source&0xf)<<3 | byte(p), opcode}
}

// addressed encodes an instruction with tile and the memory at base + index + offset.
// index holds the bytes between rows.
func addressed(p prefix, opcode byte, tile byte, base, index reg.Register, offset int32) []byte {
	b, i := numberOf(base), numberOf(index)
	u := uint32(offset)
	const withOffset, withIndex = 0x80, 4
	return append(vex(p, 0, i, b, opcode), withOffset|tile<<3|withIndex, i&7<<3|b&7, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
}

func encodeLoadConfig(base reg.Register) []byte {
	b := numberOf(base)
	return append(vex(noPrefix, 0, 0, b, 0x49), b&7)
}

func encodeRelease() []byte { return append(vex(noPrefix, 0, 0, 0, 0x49), 0xc0) }

func encodeTileLoad(tile byte, base, index reg.Register, offset int32) []byte {
	return addressed(prefixF2, 0x4b, tile, base, index, offset)
}

func encodeTileStore(tile byte, base, index reg.Register, offset int32) []byte {
	return addressed(prefixF3, 0x4b, tile, base, index, offset)
}

func encodeTileZero(tile byte) []byte { return append(vex(prefixF2, 0, 0, 0, 0x49), 0xc0|tile<<3) }

// encodeDotProduct encodes TDPBF16PS: the tile sum plus a·b.
func encodeDotProduct(sum, a, b byte) []byte {
	return append(vex(prefixF3, b, 0, 0, 0x5c), 0xc0|sum<<3|a)
}

// encodeToBFloat16 encodes VCVTNE2PS2BF16: the vector dst of 512 bits gets the float32s
// of first, and above them those of second, as bfloat16s. All are numbers below 8. Its
// prefix is EVEX.512.F2.0F38.W0.
func encodeToBFloat16(first, second, dst byte) []byte {
	return []byte{0x62, 0xf2, (^second&0xf)<<3 | 7, 0x48, 0x72, 0xc0 | dst<<3 | first}
}

func vcvtne2ps2bf16(first, second, dst byte) {
	raw(encodeToBFloat16(first, second, dst), "VCVTNE2PS2BF16 Z%d, Z%d, Z%d", first, second, dst)
}

// raw emits an instruction as bytes, with its text as a comment.
func raw(code []byte, format string, args ...any) {
	Commentf(format, args...)
	for _, b := range code {
		Instruction(&ir.Instruction{Opcode: "BYTE", Operands: []operand.Op{operand.U8(b)}})
	}
}

func ldtilecfg(base reg.Register) { raw(encodeLoadConfig(base), "LDTILECFG (%s)", base.Asm()) }

func tilerelease() { raw(encodeRelease(), "TILERELEASE") }

func tileloadd(base, index reg.Register, offset int32, tile byte) {
	raw(encodeTileLoad(tile, base, index, offset), "TILELOADD %d(%s)(%s*1), TMM%d", offset, base.Asm(), index.Asm(), tile)
}

func tilestored(tile byte, base, index reg.Register, offset int32) {
	raw(encodeTileStore(tile, base, index, offset), "TILESTORED TMM%d, %d(%s)(%s*1)", tile, offset, base.Asm(), index.Asm())
}

func tilezero(tile byte) { raw(encodeTileZero(tile), "TILEZERO TMM%d", tile) }

func tdpbf16ps(b, a, sum byte) {
	raw(encodeDotProduct(sum, a, b), "TDPBF16PS TMM%d, TMM%d, TMM%d", b, a, sum)
}
