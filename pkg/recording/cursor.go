package recording

import (
	"errors"
	"io"
)

// known is a quantity at an instant where it is known: a position, or a head
// direction.
type known struct {
	t float64 // s
	v [2]float64
}

// cursor walks along the known samples of a quantity. It holds two of them, however
// long the gap between them is.
type cursor struct {
	samples *chosenReader
	of      func(*chosen) (known, bool)
	bridge  func(a, b *known) bool // whether it may interpolate between them
	before  *known                 // the last one at or before the instant asked for; nil if there is none
	after   *known                 // the one after it
	begun   bool
	two     [2]known // where they are
}

func newCursor(samples *chosenReader, of func(*chosen) (known, bool), bridge func(a, b *known) bool) *cursor {
	return &cursor{samples: samples, of: of, bridge: bridge}
}

// advance takes the next known sample.
func (c *cursor) advance() error {
	free := &c.two[0]
	if c.after == free {
		free = &c.two[1]
	}
	c.before, c.after = c.after, nil
	for {
		s, err := c.samples.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if k, ok := c.of(s); ok {
			*free = k
			c.after = free
			return nil
		}
	}
}

// seek finds the known samples before and after an instant. Instants must not go
// backwards from call to call.
func (c *cursor) seek(t float64) error {
	for !c.begun || c.after != nil && c.after.t <= t {
		c.begun = true
		if err := c.advance(); err != nil {
			return err
		}
	}
	return nil
}

// between finds the samples a and b around an instant t, and the share of the way
// from a to b at which t lies. a is nil if nothing is known of the instant. half is
// half the duration of a frame.
func (c *cursor) between(t, half float64) (a, b *known, share float64, err error) {
	if err := c.seek(t); err != nil {
		return nil, nil, 0, err
	}
	a, b = c.before, c.after
	switch {
	case a != nil && t-a.t <= 2e-6*half: // the instant is that of a sample
		return a, a, 0, nil
	case b != nil && b.t-t <= 2e-6*half:
		return b, b, 0, nil
	case a != nil && b != nil && c.bridge(a, b):
		return a, b, (t - a.t) / (b.t - a.t), nil
	case a != nil && t-a.t <= half: // a sample lies in the frame, but no other is near
		return a, a, 0, nil
	case b != nil && b.t-t <= half:
		return b, b, 0, nil
	}
	return nil, nil, 0, nil
}
