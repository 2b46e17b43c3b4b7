//go:build !amd64 || noasm

package kernel

func assemblyPaths() []*implementation { return nil }

// tileState is what an operand needs on a path that there is not here.
type tileState struct{}

func processor() Processor { return Processor{NoAMX: "this program has no assembly"} }
