//go:build !amd64 || noasm

package kernel

func assemblyPaths() []*implementation { return nil }

// tileState is what an operand needs on the path amx. This build has no such path.
type tileState struct{}

func processor() Processor { return Processor{NoAMX: "this program has no assembly"} }
