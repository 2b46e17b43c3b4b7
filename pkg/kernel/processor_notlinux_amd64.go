//go:build !noasm && !linux

package kernel

// requestTiles is only known for Linux.
func requestTiles() bool { return false }
