package rerun

// Flags returns the parameters of a tool that are printed as its flags.
func Flags(tool string) []string { return flags[tool] }
