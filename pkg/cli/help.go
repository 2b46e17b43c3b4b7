package cli

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

const (
	// helpWidth is the largest number of columns of a help text.
	helpWidth = 100
	// narrowestHelp bounds the width from below on narrow terminals.
	narrowestHelp = 60
	// widestFlag is the largest width of the column of flags. Wider flags get a
	// line of their own.
	widestFlag = 30
	// commonGroup is the group of flags that every tool has. It comes last.
	commonGroup = "Common"
)

// Detailed is implemented by the flags of a tool that has more to say than its
// description: --help-all shows the details after the description.
type Detailed interface{ Details() string }

// help writes the help text of a tool. Flags with the struct tag more:"" and
// the details are shown only if all is set.
type help struct {
	app     *kong.Application
	details string
	all     bool
	width   int
	b       strings.Builder
}

func printHelp(w io.Writer, app *kong.Application, all bool) error {
	h := &help{app: app, all: all, width: helpWidth}
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			h.width = max(narrowestHelp, min(columns, helpWidth))
		}
	}
	if app.Target.CanAddr() {
		if d, ok := app.Target.Addr().Interface().(Detailed); ok {
			h.details = d.Details()
		}
	}
	h.write()
	_, err := io.WriteString(w, h.b.String())
	return err
}

func (h *help) write() {
	h.usage()
	h.paragraphs(h.app.Help)
	if h.all {
		h.paragraphs(h.details)
	}
	groups, hidden := h.groups()
	column := h.column(groups)
	if len(h.app.Positional) > 0 {
		h.b.WriteString("\nArguments\n")
		for _, p := range h.app.Positional {
			h.entry(column, "  "+argument(p), p.Help)
		}
	}
	for _, g := range groups {
		fmt.Fprintf(&h.b, "\n%s\n", g.title)
		for _, f := range g.flags {
			h.entry(column, "  "+flagName(f), flagHelp(f))
		}
	}
	switch {
	case h.all:
	case hidden > 0:
		fmt.Fprintf(&h.b, "\n%s --help-all shows %d more flags.\n", h.app.Name, hidden)
	default:
		fmt.Fprintf(&h.b, "\n%s --help-all shows the whole help.\n", h.app.Name)
	}
}

// usage writes the first line: required flags, arguments, other flags.
func (h *help) usage() {
	fmt.Fprintf(&h.b, "Usage: %s", h.app.Name)
	for _, f := range h.app.Flags {
		if f.Required {
			fmt.Fprintf(&h.b, " --%s=%s", f.Name, placeholder(f))
		}
	}
	for _, p := range h.app.Positional {
		h.b.WriteString(" " + argument(p))
	}
	h.b.WriteString(" [flags]\n")
}

// paragraphs writes text. Indented lines stay lines of their own; others are
// filled.
func (h *help) paragraphs(text string) {
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if paragraph == "" {
			continue
		}
		h.b.WriteByte('\n')
		if strings.HasPrefix(paragraph, " ") {
			for line := range strings.Lines(paragraph) {
				h.indented(strings.TrimRight(line, "\n"))
			}
			continue
		}
		for _, line := range wrap(paragraph, h.width) {
			h.b.WriteString(line + "\n")
		}
	}
}

// indented writes an indented line. If it is too long, the second column of a table
// is filled, and a pipeline goes on in the next line after a bar.
func (h *help) indented(line string) {
	if utf8.RuneCountInString(line) <= h.width {
		h.b.WriteString(line + "\n")
		return
	}
	text := strings.TrimLeft(line, " ")
	indent := len(line) - len(text)
	if term, rest, ok := strings.Cut(text, "  "); ok {
		rest = strings.TrimLeft(rest, " ")
		h.entry(utf8.RuneCountInString(line)-utf8.RuneCountInString(rest), line[:indent]+term, rest)
		return
	}
	row := line[:indent]
	for i, stage := range strings.SplitAfter(text, "| ") {
		if i > 0 && utf8.RuneCountInString(row+stage) > h.width {
			h.b.WriteString(strings.TrimRight(row, " ") + "\n")
			row = strings.Repeat(" ", indent+4)
		}
		row += stage
	}
	h.b.WriteString(row + "\n")
}

// helpGroup is a group of flags that are shown.
type helpGroup struct {
	title string
	flags []*kong.Flag
}

// groups returns the flags to show by group, in the order in which the groups
// first occur but for the common flags, and the number of flags left out.
func (h *help) groups() (groups []helpGroup, hidden int) {
	for _, f := range h.app.Flags {
		if f.Hidden {
			continue
		}
		if !h.all && f.Tag.Has("more") {
			hidden++
			continue
		}
		title := "Flags"
		if f.Group != nil {
			title = f.Group.Title
		}
		i := slices.IndexFunc(groups, func(g helpGroup) bool { return g.title == title })
		if i < 0 {
			i = len(groups)
			groups = append(groups, helpGroup{title: title})
		}
		groups[i].flags = append(groups[i].flags, f)
	}
	if i := slices.IndexFunc(groups, func(g helpGroup) bool { return g.title == commonGroup }); i >= 0 {
		common := groups[i]
		groups = append(slices.Delete(groups, i, i+1), common)
	}
	return groups, hidden
}

// column is where the sentences begin: behind the widest flag that is not too
// wide.
func (h *help) column(groups []helpGroup) int {
	column := 0
	for _, g := range groups {
		for _, f := range g.flags {
			if n := utf8.RuneCountInString(flagName(f)); n <= widestFlag {
				column = max(column, n)
			}
		}
	}
	return column + 4 // two spaces before and two behind
}

func (h *help) entry(column int, name, text string) {
	indent := strings.Repeat(" ", column)
	line := name
	if n := utf8.RuneCountInString(name); n+2 > column {
		h.b.WriteString(name + "\n")
		line = indent
	} else {
		line += indent[n:]
	}
	for _, words := range wrap(text, h.width-column) {
		h.b.WriteString(line + words + "\n")
		line = indent
	}
}

// wrap breaks text into lines of at most width characters, unless a word is
// longer.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

func argument(p *kong.Positional) string {
	name := strings.ToUpper(p.Name)
	if p.IsSlice() {
		name += " ..."
	}
	if !p.Required {
		name = "[" + name + "]"
	}
	return name
}

func flagName(f *kong.Flag) string {
	short := "    "
	if f.Short != 0 {
		short = fmt.Sprintf("-%c, ", f.Short)
	}
	switch {
	case isNegatable(f):
		return short + "--[no-]" + f.Name
	case f.IsBool():
		return short + "--" + f.Name
	}
	return short + "--" + f.Name + "=" + placeholder(f)
}

// isNegatable reports whether --no-NAME turns the flag off.
func isNegatable(f *kong.Flag) bool { return f.IsBool() && f.Tag.Negatable != "" }

// placeholder is what the help shows as the value of a flag: its placeholder,
// or else its default.
func placeholder(f *kong.Flag) string {
	value := f.PlaceHolder
	switch {
	case value != "":
	case f.HasDefault && f.Default != "":
		value = f.Default
	default:
		value = strings.ToUpper(f.Name)
	}
	listed := f.Target.Kind() == reflect.Slice && f.Tag.Sep != -1 || f.Target.Kind() == reflect.Map
	if listed && !strings.Contains(value, ",") {
		value += ",..."
	}
	return value
}

// flagHelp is the text about a flag, with the range of its numbers and its other
// names.
func flagHelp(f *kong.Flag) string {
	text := f.Help
	if f.Enum != "" {
		text = strings.ReplaceAll(text, f.Enum, strings.Join(f.EnumSlice(), ", "))
	}
	if r := limitsOf(f.Value).String(); r != "" {
		text += " " + strings.ToUpper(r[:1]) + r[1:] + "."
	}
	for _, alias := range f.Aliases {
		text += " Also --" + alias + "."
	}
	return text
}

type helpFlag bool

// BeforeReset answers --help before required flags are missed.
func (helpFlag) BeforeReset(app *kong.Kong) error { return answerHelp(app, false) }

type helpAllFlag bool

// BeforeReset answers --help-all.
func (helpAllFlag) BeforeReset(app *kong.Kong) error { return answerHelp(app, true) }

func answerHelp(app *kong.Kong, all bool) error {
	if err := printHelp(app.Stdout, app.Model, all); err != nil {
		return err
	}
	return ErrDone
}
