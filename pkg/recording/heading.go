package recording

import (
	"fmt"
	"math"
	"math/cmplx"

	"gridcells/pkg/spool"
)

const (
	// movementSeconds is the time before and after an instant between which its
	// direction of movement is taken.
	movementSeconds = 0.1
	// slowest is the speed (m/s) below which a movement has no direction: it is the
	// swaying of the head and the tracker's noise.
	slowest = 0.025
)

// eachMovement calls use with each frame (x, y and head direction) and the direction
// in which the animal moves then (rad), NaN where it is not known.
func (f *Frames) eachMovement(use func(row *[3]float64, angle float64) error) error {
	n, h := f.Len(), max(1, int(math.Round(movementSeconds/f.Seconds)))
	here, before, after := f.follower(), f.follower(), f.follower()
	for i := range n {
		a, b := max(0, i-h), min(n-1, i+h)
		for _, to := range []struct {
			rows  *follower
			frame int
		}{{here, i}, {before, a}, {after, b}} {
			if err := to.rows.seek(to.frame); err != nil {
				return err
			}
		}
		dx, dy := after.row[0]-before.row[0], after.row[1]-before.row[1]
		angle := math.NaN()
		// The comparison is false if a position was lost (NaN).
		if math.Hypot(float64(float32(dx)), float64(float32(dy))) >= slowest*float64(b-a)*f.Seconds && b > a {
			angle = wrapped(math.Atan2(float64(float32(dy)), float64(float32(dx))))
		}
		if err := use(&here.row, angle); err != nil {
			return err
		}
	}
	return nil
}

// movement makes directions of movement the head directions of frames.
func (f *Frames) movement(temporary string) error {
	directed := spool.New(temporary, 3)
	err := f.eachMovement(func(row *[3]float64, angle float64) error {
		if math.IsNaN(angle) {
			f.Found.HeadMissing++
		}
		return directed.Append(row[0], row[1], angle)
	})
	if err != nil {
		directed.Close()
		return err
	}
	f.rows.Close()
	f.rows = directed
	return nil
}

// Heads says how head directions go with the direction of movement, in which an
// animal looks most of the time. Each is a mean direction (degrees) and the length of
// the mean vector, from 0 to 1.
type Heads struct {
	Frames int `json:"frames"` // in which both are known

	// Of the head direction minus the direction of movement: 0 for an animal that
	// looks where it goes.
	Turned       float64 `json:"turned_deg"`
	TurnedLength float64 `json:"turned_length"`

	// Of the sum of the two. Its length is the greater one if the axes of positions
	// and head directions are mirror images.
	Mirrored       float64 `json:"mirrored_deg"`
	MirroredLength float64 `json:"mirrored_length"`
}

// headSums gathers what Heads says.
type headSums struct {
	frames           int
	turned, mirrored complex128
}

// add adds a head direction and a direction of movement (rad); NaN is not known.
func (s *headSums) add(head, movement float64) {
	if !math.IsNaN(head + movement) {
		s.turned += cmplx.Rect(1, head-movement)
		s.mirrored += cmplx.Rect(1, head+movement)
		s.frames++
	}
}

// heads is nil if both directions are never known.
func (s *headSums) heads() *Heads {
	if s.frames == 0 {
		return nil
	}
	h := &Heads{Frames: s.frames}
	h.Turned, h.TurnedLength = meanDirection(s.turned, s.frames)
	h.Mirrored, h.MirroredLength = meanDirection(s.mirrored, s.frames)
	return h
}

// measureHeads compares head directions with directions of movement.
func (f *Frames) measureHeads() error {
	var sums headSums
	err := f.eachMovement(func(row *[3]float64, angle float64) error {
		sums.add(row[2], angle)
		return nil
	})
	f.Found.Heads = sums.heads()
	return err
}

// MeasureHeads compares the head directions (rad) of samples with the direction in which
// the animal moves. Times are in s and rise; positions are in m, and NaN where they are
// not known.
func MeasureHeads(time, x, y, head []float64) *Heads {
	var sums headSums
	a, b := 0, 0 // samples at least movementSeconds before and after
	for i, t := range time {
		for a+1 < i && time[a+1] <= t-movementSeconds {
			a++
		}
		for b < len(time)-1 && time[b] < t+movementSeconds {
			b++
		}
		dx, dy, dt := x[b]-x[a], y[b]-y[a], time[b]-time[a]
		// The comparison is false if a position was lost (NaN).
		if dt > 0 && dt <= 4*movementSeconds && math.Hypot(dx, dy) >= slowest*dt {
			sums.add(head[i], math.Atan2(dy, dx))
		}
	}
	return sums.heads()
}

// meanDirection is the direction (degrees, rounded) and the length of a mean vector.
// Adding 0 turns −0 into 0.
func meanDirection(sum complex128, n int) (degrees, length float64) {
	return math.Round(cmplx.Phase(sum)*180/math.Pi) + 0, math.Round(1000*cmplx.Abs(sum)/float64(n)) / 1000
}

// Advice says what is odd about head directions; "" is nothing. downwards says that y may
// have to be turned around.
func (h *Heads) Advice() (text string, downwards bool) {
	const (
		enough    = 500  // frames
		related   = 0.25 // length of a mean vector
		different = 0.15 // of two lengths
		oblique   = 45   // degrees
	)
	switch {
	case h == nil || h.Frames < enough:
	case h.MirroredLength >= related && h.MirroredLength >= h.TurnedLength+different:
		why := "x and y seem to be swapped"
		switch m := math.Abs(h.Mirrored); {
		case m <= oblique:
			why, downwards = "y seems to point downwards in one of them", true
		case m >= 180-oblique:
			why = "x seems to point leftwards in one of them"
		}
		return fmt.Sprintf("head directions turn against the path: they go with the mirrored direction of movement (length of the mean vector %.2f), not with the direction itself (%.2f); %s", h.MirroredLength, h.TurnedLength, why), downwards
	case h.TurnedLength >= related && math.Abs(h.Turned) > oblique:
		return fmt.Sprintf("head directions lie %v° from the direction of movement on average (length of the mean vector %.2f): are the axes of the path, or the LEDs, turned?", h.Turned, h.TurnedLength), false
	}
	return "", false
}
