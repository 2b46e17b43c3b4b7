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

// 2⁻⁵¹, 1, −1 and 2, and the sign bit.
DATA constants<>+0(SB)/8, $0x3cc0000000000000
DATA constants<>+8(SB)/8, $0x3ff0000000000000
DATA constants<>+16(SB)/8, $0xbff0000000000000
DATA constants<>+24(SB)/8, $0x4000000000000000
GLOBL constants<>(SB), RODATA|NOPTR, $32

// func pearsonAVX2(r *float64, groups int, count, x, y, xx, yy, xy *float64)
//
// for i := range 4*groups {
//	r[i] = pearson(count[i], x[i], y[i], xx[i], yy[i], xy[i])
// }
//
// The operations and their order are those of pearson, so the bits are the same.
TEXT ·pearsonAVX2(SB), NOSPLIT, $0-64
	MOVQ r+0(FP), DI
	MOVQ groups+8(FP), CX
	MOVQ count+16(FP), R8
	MOVQ x+24(FP), R9
	MOVQ y+32(FP), R10
	MOVQ xx+40(FP), R11
	MOVQ yy+48(FP), R12
	MOVQ xy+56(FP), R13
	VBROADCASTSD constants<>+0(SB), Y12
	VBROADCASTSD constants<>+8(SB), Y13
	VBROADCASTSD constants<>+16(SB), Y14
	VBROADCASTSD constants<>+24(SB), Y15
	XORQ BX, BX

group:
	DECQ CX
	JLT  finished
	VMOVUPD (R8)(BX*1), Y0  // count
	VMOVUPD (R9)(BX*1), Y1  // x
	VMOVUPD (R10)(BX*1), Y2 // y
	VMOVUPD (R11)(BX*1), Y3 // xx
	VMOVUPD (R12)(BX*1), Y4 // yy
	VMOVUPD (R13)(BX*1), Y5 // xy
	VDIVPD  Y0, Y13, Y6     // share
	VMULPD  Y1, Y1, Y7
	VMULPD  Y6, Y7, Y7
	VSUBPD  Y7, Y3, Y7      // vx
	VMULPD  Y2, Y2, Y8
	VMULPD  Y6, Y8, Y8
	VSUBPD  Y8, Y4, Y8      // vy
	VMULPD  Y2, Y1, Y9
	VMULPD  Y6, Y9, Y9
	VSUBPD  Y9, Y5, Y9      // covariance
	VMULPD  Y0, Y12, Y10    // 2⁻⁵¹ count
	VMULPD  Y3, Y10, Y3
	VMULPD  Y4, Y10, Y4
	VCMPPD  $0x1e, Y3, Y7, Y3 // vx > …, false for NaN
	VCMPPD  $0x1e, Y4, Y8, Y4
	VCMPPD  $0x1d, Y15, Y0, Y0 // count ≥ 2
	VANDPD  Y3, Y0, Y0
	VANDPD  Y4, Y0, Y0
	VSQRTPD Y7, Y7
	VSQRTPD Y8, Y8
	VMULPD  Y8, Y7, Y7
	VDIVPD  Y7, Y9, Y9
	VMINPD  Y13, Y9, Y9
	VMAXPD  Y14, Y9, Y9
	VANDPD  Y0, Y9, Y9
	VMOVUPD Y9, (DI)(BX*1)
	ADDQ $32, BX
	JMP  group

finished:
	VZEROUPPER
	RET

// func interpolateAVX2(out *[2]float64, samples *sample, count int, value, turned *float64, stride int)
//
// for i := range count {
//	for a := range 4 {
//		for b := range 4 {
//			at := samples[i].index + a*stride + b
//			out[i][0] += samples[i].weights[4*a+b] * value[at]
//			out[i][1] += samples[i].weights[4*a+b] * turned[at]
//		}
//	}
// }
TEXT ·interpolateAVX2(SB), NOSPLIT, $0-48
	MOVQ out+0(FP), DI
	MOVQ samples+8(FP), SI
	MOVQ count+16(FP), CX
	MOVQ value+24(FP), R8
	MOVQ turned+32(FP), R9
	MOVQ stride+40(FP), DX
	SHLQ $3, DX
	LEAQ (DX)(DX*2), R12

point:
	DECQ CX
	JLT  interpolated
	MOVQ (SI), BX
	LEAQ (R8)(BX*8), R10
	LEAQ (R9)(BX*8), R11
	VMOVUPD 8(SI), Y0
	VMOVUPD 40(SI), Y1
	VMOVUPD 72(SI), Y2
	VMOVUPD 104(SI), Y3
	VMULPD (R10), Y0, Y4
	VMULPD (R11), Y0, Y5
	VMULPD (R10)(DX*2), Y2, Y6
	VMULPD (R11)(DX*2), Y2, Y7
	VFMADD231PD (R10)(DX*1), Y1, Y4
	VFMADD231PD (R11)(DX*1), Y1, Y5
	VFMADD231PD (R10)(R12*1), Y3, Y6
	VFMADD231PD (R11)(R12*1), Y3, Y7
	VADDPD Y6, Y4, Y4
	VADDPD Y7, Y5, Y5
	VHADDPD Y5, Y4, Y4 // value, turned of columns 0, 1; then of 2, 3
	VEXTRACTF128 $1, Y4, X5
	VADDPD X5, X4, X4
	VMOVUPD X4, (DI)
	ADDQ $16, DI
	ADDQ $136, SI
	JMP  point

interpolated:
	VZEROUPPER
	RET
