//go:build !amd64 || noasm

package kernel

func assemblyPaths() []*implementation { return nil }
