package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/reg"
)

// TestEncodings compares the encodings with what objdump (GNU binutils) reads.
func TestEncodings(t *testing.T) {
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("needs objdump of GNU binutils")
	}
	var code []byte
	var want []string
	add := func(bytes []byte, format string, args ...any) {
		code, want = append(code, bytes...), append(want, fmt.Sprintf(format, args...))
	}
	names := map[reg.Register]string{}
	for r := range registerNumbers {
		name := strings.ToLower(r.Asm())
		if !strings.HasPrefix(name, "r") {
			name = "r" + name
		}
		names[r] = name
	}
	for base, b := range names {
		if base != reg.R12 && base != reg.R13 { // these need another form, which is not used
			add(encodeLoadConfig(base), "ldtilecfg (%%%s)", b)
		}
		for index, i := range names {
			for _, offset := range []int32{0, 64, 0x12345, -64} {
				address := fmt.Sprintf("%#x(%%%s,%%%s,1)", offset, b, i)
				for _, tile := range []byte{0, 5, 7} {
					add(encodeTileLoad(tile, base, index, offset), "tileloadd %s,%%tmm%d", address, tile)
					add(encodeTileStore(tile, base, index, offset), "tilestored %%tmm%d,%s", tile, address)
				}
			}
		}
	}
	for x := range byte(8) {
		for y := range byte(8) {
			for z := range byte(8) {
				add(encodeToBFloat16(x, y, z), "vcvtne2ps2bf16 %%zmm%d,%%zmm%d,%%zmm%d", x, y, z)
			}
		}
		add(encodeTileZero(x), "tilezero %%tmm%d", x)
		for y := range byte(8) {
			for z := range byte(8) {
				if x == y || y == z || x == z {
					continue // the processor refuses a tile in two places
				}
				add(encodeDotProduct(x, y, z), "tdpbf16ps %%tmm%d,%%tmm%d,%%tmm%d", z, y, x)
			}
		}
	}
	add(encodeRelease(), "tilerelease")
	add([]byte{0xc3}, "ret")

	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, code, 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(objdump, "-D", "-b", "binary", "-m", "i386:x86-64", "--no-show-raw-insn", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := regexp.MustCompile(`(?m)^ *[0-9a-f]+:\t(.*?) *$`).FindAllStringSubmatch(string(out), -1)
	if len(got) != len(want) {
		t.Fatalf("objdump reads %d instructions, want %d", len(got), len(want))
	}
	space := regexp.MustCompile(`\s+`)
	for i := range want {
		if text := space.ReplaceAllString(got[i][1], " "); text != want[i] {
			t.Errorf("instruction %d is read as %q, want %q", i, text, want[i])
		}
	}
}
