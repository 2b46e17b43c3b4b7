package cli

import (
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"
)

// checkValues checks the values of all flags that the command line or a resolver
// gives. What tells nothing, an empty list or name, is refused where the command
// line has it: a variable of a script that is not set would otherwise pass for the
// default, or for no work at all.
func checkValues(ctx *kong.Context) error {
	for _, p := range ctx.Path {
		if p.Flag == nil {
			continue
		}
		v := ctx.Value(p)
		if err := checkNumber(p.Flag, v); err != nil {
			return err
		}
		if p.Resolved || !v.IsValid() {
			continue
		}
		if err := checkGiven(p.Flag, v); err != nil {
			return err
		}
	}
	return nil
}

// checkGiven checks that a value of the command line is not empty, and that one
// which must name a file does.
func checkGiven(f *kong.Flag, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Map:
		if v.Len() == 0 {
			return fmt.Errorf("--%s: the list is empty", f.Name)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return fmt.Errorf("--%s: the list is empty", f.Name)
		}
		for i := range v.Len() {
			if e := v.Index(i); e.Kind() == reflect.String && e.Len() == 0 {
				return fmt.Errorf("--%s: element %d of the list is empty", f.Name, i+1)
			}
		}
	case reflect.String:
		isFile := f.Tag.Has("reads") || f.Tag.Has("writes")
		switch {
		case isFile && v.Len() == 0:
			return fmt.Errorf("--%s: the name of the file is empty", f.Name)
		case f.Tag.Has("file") && v.String() == "-":
			return fmt.Errorf("--%s needs the name of a file: - stands for a standard stream, which it cannot be", f.Name)
		}
	}
	return nil
}
