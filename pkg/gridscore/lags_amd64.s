//go:build !noasm

#include "textflag.h"

// func addBlockAVX2(sums *[40]float64, a, b *float64, rows, count, strideA, strideB int)
//
// for i := range rows {
//	for k := range count {
//		for j := range 40 {
//			sums[j] += a[i*strideA+k] * b[i*strideB+k+j]
//		}
//	}
// }
//
// The 40 sums stay in ten registers; the loop is bound by the ten loads of b.
TEXT ·addBlockAVX2(SB), NOSPLIT, $0-56
	MOVQ sums+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ rows+24(FP), CX
	MOVQ count+32(FP), R8
	MOVQ strideA+40(FP), R9
	MOVQ strideB+48(FP), R10
	SHLQ $3, R9
	SHLQ $3, R10
	VMOVUPD (DI), Y0
	VMOVUPD 32(DI), Y1
	VMOVUPD 64(DI), Y2
	VMOVUPD 96(DI), Y3
	VMOVUPD 128(DI), Y4
	VMOVUPD 160(DI), Y5
	VMOVUPD 192(DI), Y6
	VMOVUPD 224(DI), Y7
	VMOVUPD 256(DI), Y8
	VMOVUPD 288(DI), Y9
	TESTQ R8, R8
	JLE   done

row:
	DECQ CX
	JLT  done
	XORQ BX, BX

column:
	VBROADCASTSD (SI)(BX*8), Y10
	VFMADD231PD  (DX)(BX*8), Y10, Y0
	VFMADD231PD  32(DX)(BX*8), Y10, Y1
	VFMADD231PD  64(DX)(BX*8), Y10, Y2
	VFMADD231PD  96(DX)(BX*8), Y10, Y3
	VFMADD231PD  128(DX)(BX*8), Y10, Y4
	VFMADD231PD  160(DX)(BX*8), Y10, Y5
	VFMADD231PD  192(DX)(BX*8), Y10, Y6
	VFMADD231PD  224(DX)(BX*8), Y10, Y7
	VFMADD231PD  256(DX)(BX*8), Y10, Y8
	VFMADD231PD  288(DX)(BX*8), Y10, Y9
	INCQ BX
	CMPQ BX, R8
	JLT  column
	ADDQ R9, SI
	ADDQ R10, DX
	JMP  row

done:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VMOVUPD Y4, 128(DI)
	VMOVUPD Y5, 160(DI)
	VMOVUPD Y6, 192(DI)
	VMOVUPD Y7, 224(DI)
	VMOVUPD Y8, 256(DI)
	VMOVUPD Y9, 288(DI)
	VZEROUPPER
	RET
