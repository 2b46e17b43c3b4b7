// Package pdftest reads PDFs back, for tests.
package pdftest

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// Contents validates a PDF and returns its pages' operators.
func Contents(t testing.TB, pdf []byte) []string {
	t.Helper()
	pages, err := contents(pdf)
	if err != nil {
		t.Fatalf("no valid PDF: %v", err)
	}
	return pages
}

func contents(pdf []byte) ([]string, error) {
	model.ConfigPath = "disable" // no configuration directory in the home
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationStrict
	if err := api.Validate(bytes.NewReader(pdf), conf); err != nil {
		return nil, err
	}
	ctx, err := api.ReadAndValidate(bytes.NewReader(pdf), conf)
	if err != nil {
		return nil, err
	}
	pages := make([]string, ctx.PageCount)
	for i := range pages {
		r, err := pdfcpu.ExtractPageContent(ctx, i+1)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		pages[i] = string(text)
	}
	return pages, nil
}

var showText = regexp.MustCompile(`(?s)Td \(((?:\\.|[^\\)])*)\) Tj`)

// Texts returns the strings that a page's operators show, in the order drawn.
func Texts(content string) []string {
	var all []string
	unescape := strings.NewReplacer(`\\`, `\`, `\(`, "(", `\)`, ")", `\r`, "\r")
	for _, m := range showText.FindAllStringSubmatch(content, -1) {
		b := unescape.Replace(m[1])
		var u []uint16
		for i := 0; i+1 < len(b); i += 2 {
			u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
		}
		all = append(all, string(utf16.Decode(u)))
	}
	return all
}

// Script returns the lines of the pages headed Commands.
func Script(pdf []byte) ([]string, error) {
	pages, err := contents(pdf)
	var lines []string
	for _, page := range pages {
		// Title, note, lines, page number.
		if texts := Texts(page); len(texts) > 3 && texts[0] == "Commands" {
			lines = append(lines, texts[2:len(texts)-1]...)
		}
	}
	return lines, err
}
