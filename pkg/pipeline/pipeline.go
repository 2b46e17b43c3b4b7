// Package pipeline knows the order of the tools in a pipeline, and recognises by
// its fields which of them wrote a stream. A tool that is given the output of a
// wrong tool can then say which tool is missing.
package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"gridcells/pkg/npy"
)

// Content is what the records of a stream hold. Contents are in the order of the
// pipeline: each is made of the one before.
type Content int

// The contents. Unknown is that of a stream which no tool wrote.
const (
	Unknown Content = iota
	Trajectories
	Codes
	Activities
	Ratemaps
	Scores
)

// stage describes a content.
type stage struct {
	name   string   // in messages
	maker  string   // the tool that writes it
	reader string   // the tool that makes the next content of it
	fields []string // a stream with one of these fields holds at least this content
}

var stages = [...]stage{
	Trajectories: {"trajectories", "simulate", "targets", []string{"ego_vel", "init_pos"}},
	Codes:        {"codes", "targets", "activations", []string{"place_target", "head_direction_target"}},
	Activities:   {"activities", "activations", "ratemaps", []string{"lstm", "bottleneck", "decoded_pos"}},
	Ratemaps:     {"ratemaps", "ratemaps", "gridscore", []string{"ratemap"}},
	Scores:       {"scores", "gridscore", "report", []string{"score_60", "score_90"}},
}

// Of is the content of a stream with these fields.
func Of(d *npy.DType) Content {
	for c := Scores; c > Unknown; c-- {
		if slices.ContainsFunc(stages[c].fields, func(name string) bool { return has(d, name) }) {
			return c
		}
	}
	return Unknown
}

func has(d *npy.DType, name string) bool { _, ok := d.Field(name); return ok }

// Explain adds to err, which says that a field of a stream is missing or wrong,
// what the stream holds and which tool makes what is wanted of it. It returns err
// itself if the stream holds what is wanted, or nobody knows what it holds.
func Explain(err error, d *npy.DType, wanted Content) error {
	held := Of(d)
	if held == Unknown && wanted > Activities && has(d, "target_pos") {
		held = Activities // recorded ones, whose fields have names of their own
	}
	switch {
	case err == nil || held == Unknown || held == wanted:
		return err
	case held > wanted:
		return fmt.Errorf("the input holds %s already: run %s on it, or read the %s that %s writes (%w)",
			stages[held].name, stages[held].reader, stages[wanted].name, stages[wanted].maker, err)
	}
	var missing []string
	for c := held + 1; c <= wanted; c++ {
		missing = append(missing, stages[c].maker)
	}
	list := strings.Join(missing, ", ")
	if n := len(missing); n > 1 {
		list = strings.Join(missing[:n-1], ", ") + " and " + missing[n-1]
	}
	return fmt.Errorf("the input holds %s, but no %s: run %s first (%w)", stages[held].name, stages[wanted].name, list, err)
}
