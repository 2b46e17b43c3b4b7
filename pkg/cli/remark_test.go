package cli_test

import (
	"bytes"
	"testing"

	"gridcells/pkg/cli"
)

func TestRemark(t *testing.T) {
	var out bytes.Buffer
	cli.Common{}.Remark(&out, "tool", "layer \x1b[31m\nred", "", "größe 格子")
	cli.Common{Quiet: true}.Remark(&out, "tool", "nothing")
	if want := "tool: layer \\x1b[31m\\nred\ntool: größe 格子\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
