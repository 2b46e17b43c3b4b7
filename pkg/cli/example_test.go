package cli_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"gridcells/pkg/cli"
)

// A tool's body: it reads its flags, opens its output and commits it.
func ExampleParse() {
	run := func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
		var f struct {
			cli.Common
			cli.Output
			Bins int `help:"Bins along a side." default:"20"`
		}
		if err := cli.Parse("tool", "What it does.", &f, args, stdin, stdout, stderr); err != nil {
			return err
		}
		out, err := f.Create(stdout, false)
		if err != nil {
			return err
		}
		defer out.Discard()
		fmt.Fprintln(out, f.Bins, "bins")
		return out.Commit()
	}
	err := run(context.Background(), os.Stdin, os.Stdout, os.Stderr, []string{"--bins", "32"})
	fmt.Println(cli.Status(err))
	err = run(context.Background(), os.Stdin, os.Stdout, os.Stderr, []string{"--bins", "many"})
	fmt.Println(cli.Status(err))
	// Output:
	// 32 bins
	// 0
	// 2
}
