package rerun

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// localName returns a file name from a provenance if it names a plain file in the
// current directory, and otherwise the fallback. Provenance holds names without
// directories, so that anything else was not written by the tools.
func localName(recorded, fallback string) string {
	plain := recorded != "" && len(recorded) <= 100 && utf8.ValidString(recorded) &&
		!strings.ContainsAny(recorded, `/\:`) && !strings.HasPrefix(recorded, ".") && !strings.HasPrefix(recorded, "-") &&
		!strings.ContainsFunc(recorded, func(r rune) bool { return !strconv.IsPrint(r) })
	if plain {
		return recorded
	}
	return fallback
}

// names are the file names of a script.
type names struct {
	taken map[string]int       // how often each name was asked for
	given map[[2]string]string // local names of files that no command makes, by kind and recorded name
}

func newNames() names { return names{map[string]int{}, map[[2]string]string{}} }

// unique returns the name if no other file has it, and otherwise a similar name.
func (n names) unique(name string) string {
	if n.taken[name] == 0 {
		n.taken[name] = 1
		return name
	}
	extension := path.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	for {
		n.taken[name]++
		other := fmt.Sprintf("%s-%d%s", stem, n.taken[name], extension)
		if n.taken[other] == 0 {
			n.taken[other] = 1
			return other
		}
	}
}

// foreign returns the local name of a file that no command makes: the one recorded
// if that is a plain name, otherwise the fallback. The same file keeps its name.
func (n names) foreign(kind, recorded, fallback string) string {
	key := [2]string{kind, recorded}
	name, ok := n.given[key]
	if !ok {
		name = n.unique(localName(recorded, fallback))
		n.given[key] = name
	}
	return name
}
