package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"gridcells/pkg/atomicfile"
)

// A NamedFile is an input or an output of a tool.
type NamedFile struct {
	Flag string // as messages call it: --summary, or "the input"
	Name string // as it was given; - is a standard stream

	replacedBy string      // of an input: the output flag that may replace it
	resolved   string      // path without symbolic links
	info       os.FileInfo // nil: there is no such file
}

// checkFiles compares the files that the flags with the tags reads and writes
// name.
func checkFiles(app *kong.Application, stdin io.Reader, stdout io.Writer) error {
	var inputs, outputs []NamedFile
	add := func(v *kong.Value, flag string) {
		for _, name := range names(v) {
			if v.Tag.Has("reads") {
				inputs = append(inputs, NamedFile{Flag: flag, Name: name, replacedBy: "--" + v.Tag.Get("reads")})
			} else {
				outputs = append(outputs, NamedFile{Flag: flag, Name: name})
			}
		}
	}
	for _, p := range app.Positional {
		if p.Tag.Has("reads") && p.Target.Len() == 0 {
			inputs = append(inputs, NamedFile{Flag: "the input", Name: "-"})
		} else if p.Tag.Has("reads") {
			add(p, "the input")
		}
	}
	for _, f := range app.Flags {
		if f.Tag.Has("reads") || f.Tag.Has("writes") {
			add(f.Value, "--"+f.Name)
		}
	}
	return Distinct(inputs, outputs, stdin, stdout)
}

// names are the values of a flag that names files.
func names(v *kong.Value) []string {
	switch value := v.Target.Interface().(type) {
	case string:
		if value != "" {
			return []string{value}
		}
	case []string:
		return value
	}
	return nil
}

// Distinct returns an error if an output is the same file as another output or
// as an input, by whatever name: a relative or absolute path, a symbolic or hard
// link, or a standard stream that was redirected to it. Two flags may write to
// the same device.
func Distinct(inputs, outputs []NamedFile, stdin io.Reader, stdout io.Writer) error {
	for i := range inputs {
		inputs[i].find(stdin)
	}
	for i := range outputs {
		outputs[i].find(stdout)
	}
	for i := range inputs {
		if standardTwice(inputs[:i], inputs[i]) {
			return fmt.Errorf("%s and %s both read standard input", flagOf(inputs, "-"), inputs[i].Flag)
		}
	}
	for o := range outputs {
		out := &outputs[o]
		if standardTwice(outputs[:o], *out) {
			return fmt.Errorf("%s and %s both write to standard output; give one of them a file", flagOf(outputs, "-"), out.Flag)
		}
		for i := range outputs[:o] {
			if outputs[i].same(out) {
				return fmt.Errorf("%s and %s are the same file: %s", outputs[i].Flag, out.Flag, out.display())
			}
		}
		for i := range inputs {
			if inputs[i].same(out) && inputs[i].replacedBy != out.Flag {
				return fmt.Errorf("%s would overwrite an input: %s is %s", out.Flag, out.display(), inputs[i].describe())
			}
		}
	}
	return nil
}

func standardTwice(before []NamedFile, f NamedFile) bool {
	return f.Name == "-" && flagOf(before, "-") != ""
}

// flagOf is the flag that gave a name.
func flagOf(files []NamedFile, name string) string {
	for _, f := range files {
		if f.Name == name {
			return f.Flag
		}
	}
	return ""
}

func (f *NamedFile) describe() string {
	if f.Flag == "the input" {
		return "the input " + DisplayName(f.Name)
	}
	return "the file of " + f.Flag
}

// display is what messages call an output.
func (f *NamedFile) display() string {
	if f.Name == "-" {
		return "standard output"
	}
	return f.Name
}

// find looks up what the name stands for. standard is the standard stream.
func (f *NamedFile) find(standard any) {
	if f.Name != "-" {
		f.resolved = atomicfile.Resolve(f.Name)
		f.info, _ = os.Stat(f.Name)
		return
	}
	if file, ok := standard.(*os.File); ok && file != nil {
		f.info, _ = file.Stat()
	}
}

// same reports whether two files are the same one. Devices such as /dev/null and
// terminals, and sockets, can serve several purposes at once.
func (f *NamedFile) same(g *NamedFile) bool {
	if f.info != nil && f.info.Mode()&(os.ModeDevice|os.ModeSocket) != 0 {
		return false
	}
	if f.info != nil && g.info != nil {
		return os.SameFile(f.info, g.info)
	}
	return f.resolved != "" && f.resolved == g.resolved
}
