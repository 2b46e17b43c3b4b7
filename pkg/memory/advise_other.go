//go:build !linux

package memory

func adviseLargePages([]byte) {}
