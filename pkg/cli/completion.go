package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// completion writes a shell's completion script for a tool, made from its
// flags.
func completion(w io.Writer, app *kong.Application, shell string) error {
	flags := spellings(app)
	switch shell {
	case "bash":
		return bashCompletion(w, app.Name, flags)
	case "zsh":
		return zshCompletion(w, app.Name, flags)
	case "fish":
		return fishCompletion(w, app.Name, flags)
	}
	return fmt.Errorf("--completion: %q is not bash, zsh or fish", shell)
}

// spelling is a flag under a name that a shell offers.
type spelling struct {
	*kong.Flag
	name  string
	short rune // 0 for none
}

// spellings lists the flags of a tool. Those that can be denied stand there as --no-NAME
// too.
func spellings(app *kong.Application) (list []spelling) {
	for _, group := range app.AllFlags(true) {
		for _, f := range group {
			list = append(list, spelling{f, f.Name, f.Short})
			if isNegatable(f) {
				list = append(list, spelling{f, "no-" + f.Name, 0})
			}
		}
	}
	return list
}

func bashCompletion(w io.Writer, name string, flags []spelling) error {
	var b strings.Builder
	var names []string
	fmt.Fprintf(&b, "_%s() {\n\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n\tcase $previous in\n", name)
	for _, f := range flags {
		names = append(names, "--"+f.name)
		if values := choices(f.Flag); len(values) > 0 {
			fmt.Fprintf(&b, "\t--%s) mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$current\"); return ;;\n", f.name, strings.Join(values, " "))
		}
	}
	fmt.Fprintf(&b, "\tesac\n\tif [[ $current == -* ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -W '%s' -- \"$current\")\n", strings.Join(names, " "))
	fmt.Fprintf(&b, "\telse\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n\tfi\n}\ncomplete -o filenames -F _%s %s\n", name, name)
	_, err := io.WriteString(w, b.String())
	return err
}

func zshCompletion(w io.Writer, name string, flags []spelling) error {
	escape := strings.NewReplacer("'", "'\\''", "[", "\\[", "]", "\\]", ":", "\\:")
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n_arguments -s \\\n", name)
	for _, f := range flags {
		fmt.Fprintf(&b, "  '--%s[%s]%s' \\\n", f.name, escape.Replace(f.Help), zshValue(f.Flag))
	}
	b.WriteString("  '*:file:_files'\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func zshValue(f *kong.Flag) string {
	if f.IsBool() {
		return ""
	}
	if values := choices(f); len(values) > 0 {
		return ":value:(" + strings.Join(values, " ") + ")"
	}
	return ":value:_files"
}

func fishCompletion(w io.Writer, name string, flags []spelling) error {
	escape := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	var b strings.Builder
	for _, f := range flags {
		fmt.Fprintf(&b, "complete -c %s -l %s", name, f.name)
		if f.short != 0 {
			fmt.Fprintf(&b, " -s %c", f.short)
		}
		if values := choices(f.Flag); len(values) > 0 {
			fmt.Fprintf(&b, " -x -a '%s'", strings.Join(values, " "))
		} else if !f.IsBool() {
			b.WriteString(" -r")
		}
		fmt.Fprintf(&b, " -d '%s'\n", escape.Replace(f.Help))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// choices lists the values of a flag that has a fixed set of them.
func choices(f *kong.Flag) []string {
	if f.Name == "completion" {
		return []string{"bash", "zsh", "fish"}
	}
	var values []string
	for _, v := range f.EnumSlice() {
		if v != "" {
			values = append(values, v)
		}
	}
	return values
}
