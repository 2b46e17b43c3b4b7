package cli

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// FlagDescription describes a flag or an argument, as --help-json writes it.
type FlagDescription struct {
	Name      string   `json:"name"` // without dashes
	Short     string   `json:"short,omitempty"`
	Aliases   []string `json:"aliases,omitempty"`
	Argument  bool     `json:"argument,omitempty"`  // it is no flag: it stands without a name
	Type      string   `json:"type"`                // bool, int, uint, float, duration or string
	List      bool     `json:"list,omitempty"`      // of values with commas in between
	Map       bool     `json:"map,omitempty"`       // of NAME=VALUE
	Negatable bool     `json:"negatable,omitempty"` // --no-NAME turns it off
	Required  bool     `json:"required,omitempty"`
	Default   string   `json:"default,omitempty"`
	Values    []string `json:"values,omitempty"`      // the only ones allowed
	Value     string   `json:"placeholder,omitempty"` // what the help shows as the value, such as FILE
	Min       string   `json:"min,omitempty"`
	Above     string   `json:"above,omitempty"`
	Max       string   `json:"max,omitempty"`
	Below     string   `json:"below,omitempty"`
	Reads     bool     `json:"reads,omitempty"`  // it names inputs
	Writes    bool     `json:"writes,omitempty"` // it names an output
	Group     string   `json:"group,omitempty"`
	More      bool     `json:"more,omitempty"` // only --help-all shows it
	Help      string   `json:"help"`
}

// describe writes all flags and arguments of a tool as a JSON array.
func describe(w io.Writer, app *kong.Application) error {
	var all []FlagDescription
	for _, p := range app.Positional {
		d := describeValue(p)
		d.Argument, d.Help = true, p.Help
		all = append(all, d)
	}
	for _, f := range app.Flags {
		if f.Hidden {
			continue
		}
		d := describeValue(f.Value)
		d.Aliases, d.Values, d.Value, d.More, d.Help = f.Aliases, choices(f), f.PlaceHolder, f.Tag.Has("more"), flagHelp(f)
		d.Negatable = isNegatable(f)
		if f.Short != 0 {
			d.Short = string(f.Short)
		}
		if f.Group != nil {
			d.Group = f.Group.Title
		}
		all = append(all, d)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

func describeValue(v *kong.Value) FlagDescription {
	l := limitsOf(v)
	d := FlagDescription{
		Name: v.Name, Required: v.Required, Default: v.Default,
		Min: l.min, Above: l.above, Max: l.max, Below: l.below,
		Reads: v.Tag.Has("reads"), Writes: v.Tag.Has("writes"),
	}
	t := v.Target.Type()
	switch t.Kind() {
	case reflect.Slice:
		d.List, t = true, t.Elem()
	case reflect.Map:
		d.Map, t = true, t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		d.Type = "duration"
	case t.Kind() == reflect.Bool:
		d.Type = "bool"
	case t.Kind() == reflect.String:
		d.Type = "string"
	default:
		d.Type = strings.TrimRight(t.Kind().String(), "0123456789")
	}
	return d
}

type helpJSONFlag bool

// BeforeReset answers --help-json.
func (helpJSONFlag) BeforeReset(app *kong.Kong) error {
	if err := describe(app.Stdout, app.Model); err != nil {
		return err
	}
	return ErrDone
}
