package cli

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/alecthomas/kong"
)

// Common holds the flags that every tool has. Embed it.
type Common struct {
	Quiet      bool           `help:"No progress and no remarks on standard error." short:"q" group:"Common"`
	Progress   bool           `help:"Show progress on a terminal also when the output goes to a pipe." group:"Common"`
	Threads    int            `help:"Threads to use; 0 is one for each core. The output does not depend on it." default:"0" group:"Common"`
	Help       helpFlag       `help:"Show this help." short:"h" group:"Common"`
	Version    versionFlag    `help:"Show the version." group:"Common"`
	Completion completionFlag `help:"Print the completion script for a shell: bash, zsh or fish." placeholder:"SHELL" group:"Common"`
}

// Input holds the files of a tool that reads streams. Embed it.
type Input struct {
	Files []string `arg:"" optional:"" name:"file" help:"Inputs, read one behind the other; none or - is standard input. zstd and gzip are recognised."`
}

// Output holds the flags of a tool that writes a stream. Embed it.
type Output struct {
	Output   string `help:"Output file, written whole or not at all; - is standard output." short:"o" default:"-" placeholder:"FILE" group:"Output"`
	Compress string `help:"Compress the output: ${enum}." enum:"none,gzip,zstd" default:"none" group:"Output"`
}

// Workers is the number of threads to use.
func (c Common) Workers() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// Parse reads args into flags, a pointer to a struct with kong tags that
// embeds [Common]. The description is the tool's manual: what it reads and
// writes, with a pipeline as example. It returns [ErrDone] after --help and
// the like, and a [UsageError] for a wrong command line. A method
// Validate() error of flags checks how they relate.
func Parse(name, description string, flags any, args []string, stdout, stderr io.Writer, defaults ...Defaults) error {
	var failure error
	parser, err := kong.New(flags,
		kong.Name(name),
		kong.Description(description),
		kong.NoDefaultHelp(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) {}),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100, FlagsLast: true}),
		kong.ValueFormatter(withAliases),
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
	if err != nil {
		return &UsageError{err}
	}
	return nil
}

// withAliases is a flag's help with its other names.
func withAliases(value *kong.Value) string {
	text := kong.DefaultHelpValueFormatter(value)
	if value.Flag != nil {
		for _, alias := range value.Flag.Aliases {
			text += " Also --" + alias + "."
		}
	}
	return text
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

type helpFlag bool

// BeforeReset answers --help before required flags are missed.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return ErrDone
}

type versionFlag bool

// BeforeReset answers --version.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintf(app.Stdout, "%s %s\n", app.Model.Name, Version)
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
