// Package agreement finds out whether two things fit together: a network and the
// data it is given, or the stages of one experiment. It compares the flags under
// which each was made and returns those that differ.
//
// A network or a preset states what is wanted ("there"), the stream or the
// command line what is given ("here"). A flag that one side does not state is not
// compared: streams from other programs may have no provenance, and older ones
// lack newer flags.
package agreement

import (
	"fmt"
	"strings"
)

// Flag is the name of the flag with which a tool accepts differences.
const Flag = "allow-mismatch"

// Difference is a flag of a tool that has two values, both as they are written on
// the command line. Name is the flag without its hyphens. An empty name stands for
// the tool itself, which only one side used; the values are then "used" and "not
// used".
type Difference struct {
	Tool  string `json:"tool"`
	Name  string `json:"flag,omitempty"`
	There string `json:"there"`
	Here  string `json:"here"`
}

// String writes the difference as messages do: simulate --env-size: 2.2 there, 1 here.
func (d Difference) String() string {
	subject := d.Tool
	if d.Name != "" {
		subject += " --" + d.Name
	}
	return fmt.Sprintf("%s: %s there, %s here", subject, shown(d.There), shown(d.Here))
}

func shown(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// Error says that two things do not fit together. Its message has one line.
type Error struct {
	Subject     string // what states the values "there", as the subject of a sentence
	Differences []Difference
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s (there) does not fit what it is given (here): %s; correct the flags, or accept the difference with --%s",
		e.Subject, list(e.Differences), Flag)
}

// list writes all differences in one line.
func list(differences []Difference) string {
	parts := make([]string, len(differences))
	for i, d := range differences {
		parts[i] = d.String()
	}
	return strings.Join(parts, "; ")
}

// Check returns an [*Error] if there are differences and they are not accepted.
// Callers that accept them record them.
func Check(subject string, differences []Difference, accept bool) error {
	if len(differences) == 0 || accept {
		return nil
	}
	return &Error{subject, differences}
}
