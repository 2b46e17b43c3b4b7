// Command rooms draws the packages as the floors of a house, from their imports, into CONTRIBUTING.md.
//
// A package stands one floor above the highest package that it imports, so that imports only run
// downwards. The table under the picture takes each package's idea from the first sentence of its
// package comment.
//
//	go run ./scripts/rooms          # rewrite the picture
//	go run ./scripts/rooms -check   # fail if it is not current
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/doc"
	"io"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"
)

const (
	document = "CONTRIBUTING.md"
	begin    = "<!-- rooms: made by go run ./scripts/rooms -->\n"
	end      = "<!-- end of rooms -->\n"
	module   = "gridcells/"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("rooms: ")
	check := flag.Bool("check", false, "fail if the picture is not current")
	flag.Parse()
	if err := run(*check); err != nil {
		log.Fatal(err)
	}
}

func run(check bool) error {
	rooms, err := list()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no place for the picture: %q … %q", document, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	now := before + begin + draw(rooms) + end + after
	switch {
	case now == string(text):
		return nil
	case check:
		return errors.New("the picture in " + document + " is not current: run go run ./scripts/rooms")
	}
	return os.WriteFile(document, []byte(now), 0o666)
}

// room is one package.
type room struct {
	name    string // without the module's name
	idea    string
	imports []string // rooms, by name
	floor   int
}

// list asks Go for the packages and finds the floor of each.
func list() ([]*room, error) {
	command := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", "./cmd/...", "./pkg/...")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	byName := map[string]*room{}
	var rooms []*room
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Doc string
			Imports         []string
		}
		if err := decoder.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		r := &room{name: strings.TrimPrefix(p.ImportPath, module), idea: idea(p.Doc)}
		if r.name == "cmd" {
			continue // tests alone
		}
		for _, i := range p.Imports {
			if name, ours := strings.CutPrefix(i, module); ours {
				r.imports = append(r.imports, name)
			}
		}
		rooms, byName[r.name] = append(rooms, r), r
	}
	for _, r := range rooms {
		r.setFloor(byName)
	}
	return rooms, nil
}

// setFloor puts a room one floor above the highest room that it imports.
func (r *room) setFloor(byName map[string]*room) {
	if r.floor > 0 {
		return
	}
	r.floor = 1
	for _, name := range r.imports {
		below := byName[name]
		below.setFloor(byName)
		r.floor = max(r.floor, below.floor+1)
	}
}

// idea is the first sentence of a package comment without its first words,
// `Package x` or `Command x`.
func idea(comment string) string {
	comment = strings.ReplaceAll(comment, "et al.", "et al\u2024") // which ends no sentence
	sentence := strings.TrimSuffix(new(doc.Package).Synopsis(comment), ".")
	sentence = strings.ReplaceAll(sentence, "\u2024", ".")
	words := strings.SplitN(sentence, " ", 3)
	if len(words) == 3 && (words[0] == "Package" || words[0] == "Command") {
		sentence = words[2]
	}
	return strings.ReplaceAll(sentence, "|", `\|`)
}

const width = 100

// draw writes the floors, highest first, and the table of rooms.
func draw(rooms []*room) string {
	var b strings.Builder
	top := 0
	for _, r := range rooms {
		top = max(top, r.floor)
	}
	b.WriteString("```text\n")
	for floor := top; floor >= 1; floor-- {
		var names []string
		for _, r := range rooms {
			if r.floor == floor {
				names = append(names, strings.TrimPrefix(r.name, "pkg/"))
			}
		}
		label := fmt.Sprintf("%2d ", floor)
		for _, line := range wrap(names, width-len(label)) {
			fmt.Fprintf(&b, "%s %s\n", label, line)
			label = strings.Repeat(" ", len(label))
		}
	}
	b.WriteString("```\n\n| package | what it does | imports |\n|---|---|---|\n")
	slices.SortStableFunc(rooms, func(a, b *room) int { return b.floor - a.floor })
	for _, r := range rooms {
		if strings.HasPrefix(r.name, "cmd/") {
			continue // a few lines over pkg/tool
		}
		var imports []string
		for _, i := range r.imports {
			imports = append(imports, strings.TrimPrefix(i, "pkg/"))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.name, r.idea, strings.Join(imports, ", "))
	}
	return b.String()
}

// wrap sets words into lines of at most n characters.
func wrap(words []string, n int) []string {
	var lines []string
	for _, w := range words {
		if last := len(lines) - 1; last >= 0 && len(lines[last])+2+len(w) <= n {
			lines[last] += "  " + w
		} else {
			lines = append(lines, w)
		}
	}
	return lines
}
