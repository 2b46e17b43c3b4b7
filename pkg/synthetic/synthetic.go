// Package synthetic makes recordings whose truth is known: an animal that
// walks about a rectangular room, and neurons that fire Poisson spikes at rates
// that depend on where it is and where its head points.
//
//	r := synthetic.Make(synthetic.Config{Seconds: 600, Rate: 50, Width: 1, Height: 1, Seed: 1},
//		synthetic.Grid{Scale: 0.4, Peak: 20}, synthetic.HeadDirection{Towards: 0, Concentration: 5, Peak: 15})
//
// The path is that of [trajectory.Ratlike], an Ornstein–Uhlenbeck walker. The
// tracker may lose the animal and may jump.
package synthetic

import (
	"fmt"
	"math"

	"gridcells/pkg/random"
	"gridcells/pkg/recording"
	"gridcells/pkg/trajectory"
)

// Config says what is recorded, and how well.
type Config struct {
	Seconds       float64 // duration
	Rate          float64 // samples of the tracker per second
	Start         float64 // time of the first sample, s
	Width, Height float64 // of the room along x and y, m; its centre is at 0
	Lamps         int     // 1, or 2: the second lamp is behind the first
	Dropouts      float64 // times per minute that the tracker loses the animal, for up to a second
	Jumps         float64 // times per minute that the tracker sees another place for some samples
	Seed          uint64
}

// lampDistance is the distance between the two lamps, m.
const lampDistance = 0.06

// Cell is a neuron, known by its firing rate.
type Cell interface {
	// Rate is the firing rate (Hz) at a place (m about the room's centre) and a head
	// direction (rad).
	Rate(x, y, head float64) float64
}

// Recording is what was recorded. Its path has the tracker's faults.
type Recording struct {
	Path  *recording.Path
	Units []recording.Unit
	True  Truth
}

// Truth is what happened, sample by sample.
type Truth struct {
	X, Y []float64 // m
	Head []float64 // rad
	Lost []bool    // the tracker lost the animal
	Bad  []bool    // the tracker saw another place
}

// Make records cells. Equal configurations and cells give equal recordings. The
// spikes of a cell depend on its index, but not on the other cells.
func Make(c Config, cells ...Cell) (*Recording, error) {
	n := int(math.Round(c.Seconds * c.Rate))
	if n < 2 || !(c.Width > 0) || !(c.Height > 0) {
		return nil, fmt.Errorf("a recording of %v s at %v Hz in a room of %v × %v m: want at least two samples and a room", c.Seconds, c.Rate, c.Width, c.Height)
	}
	r := &Recording{}
	if err := r.walk(c, n); err != nil {
		return nil, err
	}
	r.track(c, n)
	for k, cell := range cells {
		r.Units = append(r.Units, recording.Unit{Name: fmt.Sprint(k + 1), Times: r.spikes(c, cell, uint64(k))})
	}
	return r, nil
}

// walk makes the true path.
func (r *Recording) walk(c Config, n int) error {
	m := trajectory.Ratlike()
	m.StepDuration = 1 / c.Rate
	m.TimeStep = m.StepDuration / math.Ceil(m.StepDuration/0.02)
	walker, err := m.NewWalker(n-1, rectangle{c.Width / 2, c.Height / 2})
	if err != nil {
		return err
	}
	path := trajectory.NewPath(n - 1)
	walker.Walk(path, 0, random.New(c.Seed, "recorded path"))
	r.True = Truth{X: path.X[:n], Y: path.Y[:n], Head: path.Heading[:n], Lost: make([]bool, n), Bad: make([]bool, n)}
	return nil
}

// track makes what the tracker sees of the true path.
func (r *Recording) track(c Config, n int) {
	s := random.New(c.Seed, "tracker")
	p := &recording.Path{Time: make([]float64, n), X: make([]float64, n), Y: make([]float64, n)}
	if c.Lamps == 2 {
		p.X2, p.Y2 = make([]float64, n), make([]float64, n)
	}
	lost, jumped := 0, 0 // samples that are left of a fault
	var atX, atY float64
	for i := range n {
		p.Time[i] = c.Start + float64(i)/c.Rate
		x, y := r.True.X[i], r.True.Y[i]
		perSample := 1 / (60 * c.Rate)
		if s.Float64() < c.Dropouts*perSample {
			lost = 1 + int(s.Float64()*c.Rate)
		}
		if s.Float64() < c.Jumps*perSample {
			jumped = 1 + int(s.Float64()*0.2*c.Rate)
			atX, atY = elsewhere(x, c.Width), elsewhere(y, c.Height)
		}
		sin, cos := math.Sincos(r.True.Head[i])
		ahead := 0.0
		if c.Lamps == 2 {
			ahead = lampDistance / 2
		}
		switch {
		case lost > 0:
			lost--
			r.True.Lost[i] = true
			x, y = math.NaN(), math.NaN()
		case jumped > 0:
			jumped--
			r.True.Bad[i] = true
			x, y = atX, atY
		}
		p.X[i], p.Y[i] = x+ahead*cos, y+ahead*sin
		if c.Lamps == 2 {
			p.X2[i], p.Y2[i] = x-ahead*cos, y-ahead*sin
		}
	}
	r.Path = p
}

// elsewhere returns a place that is half a room away.
func elsewhere(x, side float64) float64 {
	if x > 0 {
		return x - side/2
	}
	return x + side/2
}

// spikes draws the spikes of a cell: a Poisson process whose rate is constant
// within half a sample of each sample's time.
func (r *Recording) spikes(c Config, cell Cell, k uint64) []float64 {
	s := random.New(c.Seed, "spikes")
	s.Seek(k)
	var times []float64
	dt := 1 / c.Rate
	begin := c.Start - dt/2
	due := s.ExpFloat64() // integral of the rate up to the next spike
	for i := range r.True.X {
		rate := max(0, cell.Rate(r.True.X[i], r.True.Y[i], r.True.Head[i]))
		at := 0.0 // within the sample, s
		for rate > 0 && due <= rate*(dt-at) {
			at += due / rate
			times = append(times, begin+float64(i)*dt+at)
			due = s.ExpFloat64()
		}
		due -= rate * (dt - at)
	}
	return times
}

// rectangle is a room of these half sides.
type rectangle struct{ x, y float64 }

func (a rectangle) Wall(x, y float64) (distance, nx, ny float64) {
	dx, dy := a.x-math.Abs(x), a.y-math.Abs(y)
	if dx <= dy {
		return dx, math.Copysign(1, x), 0
	}
	return dy, 0, math.Copysign(1, y)
}

func (a rectangle) Uniform(s *random.Stream) (x, y float64) {
	x = s.Uniform(-a.x, a.x)
	return x, s.Uniform(-a.y, a.y)
}

func (a rectangle) Wrap(x, y float64) (float64, float64) { return x, y }

func (a rectangle) Size() float64 { return 2 * max(a.x, a.y) }
