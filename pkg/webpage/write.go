package webpage

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
)

//go:embed parts vendored
var files embed.FS

// A library is a program that others wrote. Its file is as they published it.
type library struct{ name, version, script, licence string }

var libraries = []library{
	{"D3", "7.9.0", "vendored/d3/d3.min.js", "vendored/d3/LICENSE"},
	{"Observable Plot", "0.6.17", "vendored/plot/plot.umd.min.js", "vendored/plot/LICENSE"},
}

// scripts are the programs of the page itself, in the order in which they run.
// Each may use what those before it declare, and the libraries.
var scripts = []string{"stats", "data", "judge", "maps", "charts", "units", "unit", "page"}

// Write writes the page.
func (p *Page) Write(w io.Writer) error {
	if len(p.Runs) == 0 {
		return errors.New("a page needs at least one run")
	}
	// The package's JSON escapes <, > and &, so that no text in it ends the element
	// that holds it.
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	style, err := files.ReadFile("parts/page.css")
	if err != nil {
		return err
	}
	body, err := files.ReadFile("parts/page.html")
	if err != nil {
		return err
	}
	licences, err := licences()
	if err != nil {
		return err
	}
	var programs bytes.Buffer
	var allowed []string
	for _, name := range scriptFiles() {
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if i := strings.Index(strings.ToLower(string(text)), "</script"); i >= 0 {
			return fmt.Errorf("page: %s holds </script at byte %d", name, i)
		}
		sum := sha256.Sum256(text)
		allowed = append(allowed, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		fmt.Fprintf(&programs, "<script>%s</script>\n", text)
	}
	// Styles in the file are its own: text from the input never becomes markup.
	policy := "default-src 'none'; script-src " + strings.Join(allowed, " ") + "; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
	for _, part := range []string{
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
		"<meta http-equiv=\"Content-Security-Policy\" content=\"", policy, "\">\n",
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n",
		"<meta name=\"generator\" content=\"", html.EscapeString(p.Generator), "\">\n",
		"<link rel=\"icon\" href=\"data:,\">\n",
		"<title>", html.EscapeString(p.Title), "</title>\n<style>\n", string(style), "</style>\n</head>\n<body>\n",
		string(body), "<script type=\"text/plain\" id=\"licences\">", licences, "</script>\n<script type=\"application/json\" id=\"data\">", string(data), "</script>\n", programs.String(), "</body>\n</html>\n",
	} {
		if _, err := io.WriteString(w, part); err != nil {
			return err
		}
	}
	return nil
}

func scriptFiles() []string {
	var names []string
	for _, l := range libraries {
		names = append(names, l.script)
	}
	for _, name := range scripts {
		names = append(names, "parts/"+name+".js")
	}
	return names
}

// licences are those of the libraries, as their authors wrote them.
func licences() (string, error) {
	var all strings.Builder
	for _, l := range libraries {
		text, err := files.ReadFile(l.licence)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&all, "%s %s\n\n%s\n", l.name, l.version, text)
	}
	return all.String(), nil
}
