package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/alecthomas/kong"

	"gridcells/pkg/npy"
)

// Common holds the flags that every tool has. Embed it.
type Common struct {
	Quiet      bool           `help:"Write no progress and no remarks to standard error." short:"q" group:"Common"`
	Progress   bool           `help:"Show progress on a terminal even if the output goes to a pipe." group:"Common" more:""`
	Threads    int            `help:"Use this many threads. 0 uses one for each core. The output does not depend on it." default:"0" min:"0" max:"1024" group:"Common"`
	Help       helpFlag       `help:"Show the flags that most people need." short:"h" group:"Common"`
	HelpAll    helpAllFlag    `help:"Show all flags." group:"Common"`
	HelpJSON   helpJSONFlag   `help:"Describe all flags as JSON, for programs that call this one." name:"help-json" group:"Common" more:""`
	Version    versionFlag    `help:"Show the version." group:"Common" more:""`
	Completion completionFlag `help:"Print the completion script for a shell: bash, zsh or fish." placeholder:"SHELL" group:"Common" more:""`
}

// Input holds the files of a tool that reads streams. Embed it.
type Input struct {
	Files []string `arg:"" optional:"" name:"file" help:"Read these files one after another. Without files, or for -, read standard input. gzip and zstd are recognised." reads:""`
}

// OutputFile holds the flag of a tool that writes a file. Embed it, or [Output] if the
// file is a stream.
type OutputFile struct {
	Output string `help:"Write to this file. It appears only when it is complete. The default - is standard output." short:"o" default:"-" placeholder:"FILE" group:"Output" writes:""`
}

// Output holds the flags of a tool that writes a stream. Embed it.
type Output struct {
	OutputFile
	Compress string `help:"Compress the output: none, gzip or zstd." enum:"none,gzip,zstd" default:"none" group:"Output" more:""`
}

// Drop holds the flag of a tool that can leave fields out of its output. Embed
// it.
type Drop struct {
	Drop []string `help:"Leave these fields out of the output." placeholder:"FIELD" group:"Output" more:"" json:"drop,omitempty"`
}

// From returns d without the fields to drop. It is a [UsageError] if d has no
// field of such a name.
func (f Drop) From(d *npy.DType) (*npy.DType, error) {
	for _, name := range f.Drop {
		if _, ok := d.Field(name); !ok {
			var names []string
			for _, field := range d.Fields() {
				names = append(names, field.Name)
			}
			return nil, Usagef("--drop %s: there is no such field (there are %s)", name, strings.Join(names, ", "))
		}
	}
	return d.Without(f.Drop...), nil
}

// Variables is implemented by flags whose struct tags hold ${name}: the values of
// these names. Lists that a table of another package owns, such as the values of an
// enumeration, reach the help text and the check of the command line in this way.
type Variables interface{ Variables() map[string]string }

// insert puts the variables of flags into the texts of the parser's model. Kong could do
// so, but it looks for variables in all variables once for each flag, which takes a
// millisecond at every start of a tool. Kong's own names, such as ${enum}, are left to it.
func insert(flags any) func(*kong.Kong) error {
	return func(parser *kong.Kong) error {
		v, ok := flags.(Variables)
		if !ok {
			return nil
		}
		var pairs []string
		for name, value := range v.Variables() {
			pairs = append(pairs, "${"+name+"}", value)
		}
		values := strings.NewReplacer(pairs...)
		for _, flag := range parser.Model.Flags {
			for _, text := range []*string{&flag.Default, &flag.Enum, &flag.PlaceHolder, &flag.Help} {
				*text = values.Replace(*text)
			}
		}
		return nil
	}
}

// Parse reads args into flags, a pointer to a struct with kong tags that
// embeds [Common]. The description says what the tool reads and writes, with a
// pipeline as example. Parse returns [ErrDone] after --help and the like, and a
// [UsageError] for a wrong command line. A method Validate() error of flags
// checks how they relate.
//
// Parse knows these struct tags besides kong's:
//
//	more:""       only --help-all shows the flag
//	reads:""      the value names an input
//	writes:""     the value names an output
//	reads:"NAME"  the value names an input that may also be the output of the
//	              flag --NAME
//	min:"0"       the smallest value of a number, or of each number of a list
//	above:"0"     the number that values lie above
//	max:"1"       the largest value
//	below:"1"     the number that values lie below
//	file:""       the value names a file or directory; - is refused
//
// Numbers must be finite. The limits are part of the help. Only values that the
// command line or defaults give are checked, so that the default in the tag may
// lie outside the range where it stands for "not given". A list that the command
// line gives must not be empty, nor have an empty element, and the name of a file
// must not be empty.
//
// It is a [UsageError] if an output is the same file as another output or as an
// input, whatever their names.
func Parse(name, description string, flags any, args []string, stdin io.Reader, stdout, stderr io.Writer, defaults ...Defaults) error {
	var failure error
	parser, err := kong.New(flags,
		kong.Name(name),
		kong.Description(description),
		kong.NoDefaultHelp(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) {}),
		kong.WithBeforeApply(checkValues),
		kong.PostBuild(insert(flags)),
		kong.Resolvers(resolvers(defaults, &failure)...),
	)
	if err != nil {
		return err
	}
	_, err = parser.Parse(args)
	if errors.Is(err, ErrDone) {
		return ErrDone
	}
	if failure != nil {
		return failure
	}
	var unwritable *fs.PathError // the answer to --help or the like
	if errors.As(err, &unwritable) {
		return unwritable
	}
	if err == nil {
		err = checkFiles(parser.Model, stdin, stdout)
	}
	if err != nil {
		return &UsageError{err}
	}
	return nil
}

// Defaults supplies values for flags that the command line does not give,
// depending on those that it gives: given returns a flag's text or "". Of
// several Defaults the last one that knows a flag wins.
type Defaults func(given func(flag string) string) (map[string]string, error)

// resolvers turns Defaults into what kong wants. An error of theirs is no wrong
// command line, so it is kept apart in failure.
func resolvers(defaults []Defaults, failure *error) []kong.Resolver {
	var list []kong.Resolver
	for _, d := range defaults {
		var values map[string]string
		list = append(list, kong.ResolverFunc(func(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			if values == nil {
				var err error
				if values, err = d(func(name string) string { return given(ctx, name) }); err != nil {
					*failure = err
					return nil, err
				}
			}
			if v, ok := values[flag.Name]; ok {
				return v, nil
			}
			return nil, nil
		}))
	}
	return list
}

// given returns the text of a flag on the command line.
func given(ctx *kong.Context, name string) string {
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Name == name && !p.Resolved {
			return fmt.Sprint(ctx.FlagValue(p.Flag))
		}
	}
	return ""
}

// Preset makes Defaults of named sets of values, chosen by the flag --preset.
func Preset(sets map[string]map[string]string) Defaults {
	return func(given func(string) string) (map[string]string, error) {
		values := sets[given("preset")]
		if values == nil {
			values = map[string]string{}
		}
		return values, nil
	}
}

type versionFlag bool

// BeforeReset answers --version.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	if _, err := fmt.Fprintf(app.Stdout, "%s %s\n", app.Model.Name, Version); err != nil {
		return err
	}
	return ErrDone
}

type completionFlag string

// BeforeReset answers --completion.
func (completionFlag) BeforeReset(app *kong.Kong, ctx *kong.Context) error {
	shell := ""
	for i, arg := range ctx.Args {
		if value, ok := strings.CutPrefix(arg, "--completion="); ok {
			shell = value
		} else if arg == "--completion" && i+1 < len(ctx.Args) {
			shell = ctx.Args[i+1]
		}
	}
	if err := completion(app.Stdout, app.Model, shell); err != nil {
		return err
	}
	return ErrDone
}
