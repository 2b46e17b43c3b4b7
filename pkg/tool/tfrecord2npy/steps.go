package tfrecord2npy

import (
	"bytes"
	"errors"
	"fmt"

	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

// How many records, and how many bytes of them, vote looks at.
const (
	maxAhead      = 64
	maxAheadBytes = 16 << 20
)

// chooseSteps finds out T, the number of steps of the trajectories: that of the
// first record. With skipCorrupt the first record may itself be the odd one, so
// that T is the one that most of the first records have.
func (c *converter) chooseSteps() (int, error) {
	if c.skipCorrupt {
		return c.commonSteps()
	}
	if !c.records.Next() {
		return 0, c.noRecords()
	}
	c.ahead = append(c.ahead, c.records.Record())
	steps, err := stepsOf(c.records.Record())
	if err != nil {
		return 0, c.records.Locate(err)
	}
	return steps, nil
}

// commonSteps is the number of steps that most of the first records have. It reads on
// as long as none has any.
func (c *converter) commonSteps() (int, error) {
	for {
		steps, last := c.vote()
		if steps > 0 {
			return steps, nil
		}
		if len(c.ahead) == 0 {
			return 0, c.noRecords()
		}
		for range c.ahead {
			if err := c.bad(last); err != nil {
				return 0, err
			}
		}
		c.ahead = nil
	}
}

// vote looks at some records and keeps them. It returns the number of steps that most
// of them have, 0 if none has any, and the error about the last wrong one.
func (c *converter) vote() (best int, last error) {
	votes, size := map[int]int{}, 0
	for len(c.ahead) < maxAhead && size < maxAheadBytes && c.records.Next() {
		record := bytes.Clone(c.records.Record())
		c.ahead, size = append(c.ahead, record), size+len(record)
		steps, err := stepsOf(record)
		if err != nil {
			last = c.records.Locate(err)
			continue
		}
		if votes[steps]++; votes[steps] > votes[best] {
			best = steps
		}
	}
	return best, last
}

// noRecords is the error for an input without any record.
func (c *converter) noRecords() error {
	if err := c.records.Err(); err != nil {
		return err
	}
	return errors.New("no records in the input")
}

// stepsOf returns the number of steps, T, of the trajectory in a record. It is an
// error if the record is none, or if the lengths of its features do not agree.
func stepsOf(record []byte) (int, error) {
	features, err := tfrecord.Features(record)
	if err != nil {
		return 0, err
	}
	byKey := map[string]tfrecord.Feature{}
	for _, f := range features {
		byKey[f.Key] = f
	}
	heading, ok := byKey["target_hd"]
	switch {
	case !ok:
		return 0, errors.New(`feature "target_hd" is missing: not a trajectory`)
	case heading.Kind != tfrecord.Float || heading.Len == 0:
		return 0, fmt.Errorf("feature %q is a list of %d %v values, not of floats", heading.Key, heading.Len, heading.Kind)
	}
	for _, want := range trajectory.Fields(heading.Len) {
		if f, ok := byKey[want.Key]; !ok {
			return 0, fmt.Errorf("feature %q is missing: not a trajectory", want.Key)
		} else if f.Kind != tfrecord.Float || f.Len != want.Len {
			return 0, fmt.Errorf("feature %q is a list of %d %v values, not of %d floats", f.Key, f.Len, f.Kind, want.Len)
		}
	}
	return heading.Len, nil
}
