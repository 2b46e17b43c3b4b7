//go:build !noasm

package kernel

import "golang.org/x/sys/unix"

// requestTiles asks Linux to let the process use the matrix unit. Each process must
// ask once, because the unit's state takes 8 KiB in every thread that uses it.
func requestTiles() bool {
	const (
		requestPermission = 0x1023 // ARCH_REQ_XCOMP_PERM
		tileData          = 18     // XFEATURE_XTILEDATA
	)
	_, _, errno := unix.Syscall(unix.SYS_ARCH_PRCTL, requestPermission, tileData, 0)
	return errno == 0
}
