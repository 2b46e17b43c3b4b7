package trajectory

import (
	"fmt"
	"math"

	"gridcells/pkg/random"
)

// RaudiesHasselmo is the random walk of Raudies & Hasselmo (PLoS Comput. Biol.
// 8, 2012). Its behaviour at walls is that of Banino et al. or of the programs
// that rebuilt their data. In every simulation step the animal advances with its
// speed and heading; Advance says whether these change before or after. The
// animal faces a wall if the wall is nearer than Perimeter and the angle between
// the heading and the outward normal of the wall is less than FacingAngle.
type RaudiesHasselmo struct {
	TimeStep     float64 `json:"time_step"`     // simulation step, s
	StepDuration float64 `json:"step_duration"` // stored step, s
	// Spread chooses the simulated instants that are stored, i = 0 … T+1. If it is
	// true they are ⌊i·(N−1)/(T+1)⌋ of N = T·StepDuration/TimeStep instants, as
	// NumPy's linspace(0, N−1, T+2) gives them; otherwise ⌊i·StepDuration/TimeStep⌋.
	Spread bool `json:"spread"`

	SpeedScale  float64 `json:"speed_scale"`  // of the Rayleigh distribution of speeds, m/s
	TurnSD      float64 `json:"turn_sd"`      // of the normal distribution of turning rates, rad/s
	Perimeter   float64 `json:"perimeter"`    // m
	FacingAngle float64 `json:"facing_angle"` // rad

	SpeedFactor float64 `json:"speed_factor"` // ρ: factor on the speed of an animal that faces a wall
	Compound    bool    `json:"compound"`     // ρ multiplies the previous speed in every step; otherwise a new speed

	TurnAngle float64 `json:"turn_angle"` // Δ: a facing animal turns towards this angle to the normal of the wall, rad
	TurnRate  float64 `json:"turn_rate"`  // share of the remaining angle that is turned, 1/s; at most all of it in a step
	TurnFully bool    `json:"turn_fully"` // turn by Δ in one step, whatever angle remains

	Advance Advance `json:"advance"`
}

// Advance says when in a simulation step the animal advances.
type Advance string

const (
	AdvanceFirst      Advance = "first"       // with the speed and heading of the step before
	AdvanceAfterSpeed Advance = "after-speed" // with the new speed and the old heading
	AdvanceLast       Advance = "last"        // with the new speed and heading
)

// Banino is the walk of the released dataset: Supplementary Table 1 of Banino et
// al., interpreted so that it has the statistics of the surviving sample.
func Banino() *RaudiesHasselmo {
	return &RaudiesHasselmo{
		TimeStep: 0.02, StepDuration: 0.15, Spread: true,
		SpeedScale: 0.13, TurnSD: radians(330),
		Perimeter: 0.03, FacingAngle: radians(85),
		SpeedFactor: 0.25, Compound: true,
		TurnAngle: radians(90), TurnRate: 1,
		Advance: AdvanceFirst,
	}
}

// Sorscher is the walk of Sorscher et al. (NeurIPS 2019). Every simulation step
// is stored. Speeds and turns are larger to make up for the shorter steps. An
// animal at a wall turns along it at once.
func Sorscher() *RaudiesHasselmo {
	return &RaudiesHasselmo{
		TimeStep: 0.02, StepDuration: 0.02,
		SpeedScale: 0.13 * 2 * math.Pi, TurnSD: 2 * 5.76,
		Perimeter: 0.03, FacingAngle: radians(90),
		SpeedFactor: 0.25,
		TurnAngle:   radians(90), TurnRate: math.MaxFloat64,
		Advance: AdvanceAfterSpeed,
	}
}

// SorscherNotebook is the walk of their notebook and of Schaeffer et al.
// (NeurIPS 2022): at a wall the speed shrinks in every simulation step.
func SorscherNotebook() *RaudiesHasselmo {
	m := Sorscher()
	m.Compound = true
	return m
}

// Soluslan is the walk of the PyTorch port by soluslan: the published table taken
// word for word. At walls the animal turns by 90° and loses a quarter of its speed
// in every simulation step.
func Soluslan() *RaudiesHasselmo {
	m := Banino()
	m.Spread = false
	m.FacingAngle = radians(90)
	m.SpeedFactor = 0.75
	m.TurnFully = true
	m.Advance = AdvanceAfterSpeed
	return m
}

// Literal is the published table without an interpretation of ours. At walls, new
// speeds are reduced to a quarter and the animal turns along the wall at once.
// Every 7.5th simulation step is stored.
func Literal() *RaudiesHasselmo {
	m := Banino()
	m.Spread = false
	m.FacingAngle = radians(90)
	m.Compound = false
	m.TurnRate = math.MaxFloat64
	m.Advance = AdvanceLast
	return m
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }

func (m *RaudiesHasselmo) check() error {
	for name, v := range map[string]float64{
		"speed_scale": m.SpeedScale, "turn_sd": m.TurnSD, "perimeter": m.Perimeter, "facing_angle": m.FacingAngle,
		"speed_factor": m.SpeedFactor, "turn_angle": m.TurnAngle, "turn_rate": m.TurnRate,
	} {
		if !(v >= 0) {
			return fmt.Errorf("%s is %v: want a number that is not negative", name, v)
		}
	}
	switch m.Advance {
	case AdvanceFirst, AdvanceAfterSpeed, AdvanceLast:
		return nil
	}
	return fmt.Errorf("advance is %q: want %s, %s or %s", m.Advance, AdvanceFirst, AdvanceAfterSpeed, AdvanceLast)
}

// instants returns the simulated instants that are stored.
func (m *RaudiesHasselmo) instants(steps int) ([]int, error) {
	if !(m.TimeStep > 0) || !(m.StepDuration >= m.TimeStep) {
		return nil, fmt.Errorf("a stored step of %v s of simulation steps of %v s: want at least one", m.StepDuration, m.TimeStep)
	}
	ratio := m.StepDuration / m.TimeStep
	if ratio*float64(steps+1) > 1<<31 {
		return nil, fmt.Errorf("%d stored steps of %v simulation steps: too many", steps, ratio)
	}
	// Both durations are decimal fractions. tiny undoes their rounding.
	const tiny = 1e-9
	at := make([]int, steps+2)
	n := int(ratio*float64(steps) + tiny)
	for i := range at {
		if m.Spread {
			at[i] = i * (n - 1) / (steps + 1)
		} else {
			at[i] = int(ratio*float64(i) + tiny)
		}
		if i > 0 && at[i] == at[i-1] {
			return nil, fmt.Errorf("%d stored steps in %d simulation steps: too few", steps, n)
		}
	}
	return at, nil
}

// NewWalker implements [Model].
func (m *RaudiesHasselmo) NewWalker(steps int, arena Arena) (Walker, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	at, err := m.instants(steps)
	if err != nil {
		return nil, err
	}
	room, isSquare := arena.(square)
	return &raudiesWalker{m: *m, arena: arena, room: room, isSquare: isSquare, instants: at,
		interval:  m.TimeStep * float64(at[steps+1]) / float64(steps+1),
		turnSD:    m.TurnSD * m.TimeStep,
		facingCos: math.Cos(m.FacingAngle),
		wallTurn:  min(1, m.TurnRate*m.TimeStep),

		advanceFirst:      m.Advance == AdvanceFirst,
		advanceAfterSpeed: m.Advance == AdvanceAfterSpeed,
		advanceLast:       m.Advance == AdvanceLast,
	}, nil
}

type raudiesWalker struct {
	m         RaudiesHasselmo
	arena     Arena
	room      square // the arena, if it is a square
	isSquare  bool
	instants  []int
	interval  float64
	turnSD    float64 // of the turn in a simulation step, rad
	facingCos float64 // cosine of the facing angle
	wallTurn  float64 // share of what is left to Δ, turned in a simulation step

	advanceFirst, advanceAfterSpeed, advanceLast bool // what m.Advance says
}

// animal is the state between simulation steps.
type animal struct {
	x, y     float64
	cos, sin float64 // of the heading
	heading  float64
	speed    float64 // m/s
	// clear is the shortest way to the perimeter. Until the animal has gone so far
	// there is no need to look for walls.
	clear float64
}

func (w *raudiesWalker) Walk(p *Path, _ uint64, s *random.Stream) {
	a := w.start(s)
	p.Interval = w.interval
	last := 0
	for i, at := range w.instants {
		w.steps(&a, at-last, s)
		last = at
		p.X[i], p.Y[i], p.Heading[i] = a.x, a.y, a.heading
	}
}

func (w *raudiesWalker) start(s *random.Stream) (a animal) {
	a.x, a.y = w.arena.Uniform(s)
	a.heading = s.Uniform(-math.Pi, math.Pi)
	a.sin, a.cos = math.Sincos(a.heading)
	a.speed = s.Rayleigh(w.m.SpeedScale)
	return a
}

// steps makes n simulation steps, up to a stored instant.
func (w *raudiesWalker) steps(a *animal, n int, s *random.Stream) {
	w.move(a, n, s)
	a.straighten()
}

// straighten makes the heading a unit vector again, which rounding has changed.
func (a *animal) straighten() {
	r := 1.5 - 0.5*(a.cos*a.cos+a.sin*a.sin) // the length's inverse, near 1
	a.cos, a.sin = a.cos*r, a.sin*r
}

// move makes n simulation steps. It works on local variables, since most of the time is
// spent in this loop.
func (w *raudiesWalker) move(a *animal, n int, s *random.Stream) {
	m := &w.m
	x, y, cos, sin, heading, speed, clear := a.x, a.y, a.cos, a.sin, a.heading, a.speed, a.clear
	for range n {
		facing, nx, ny := false, 0., 0.
		if clear <= 0 {
			clear, nx, ny = w.arena.Wall(x, y)
			clear -= m.Perimeter
			facing = clear < 0 && cos*nx+sin*ny > w.facingCos
		}
		if w.advanceFirst {
			d := speed * m.TimeStep
			x, y, clear = x+d*cos, y+d*sin, clear-d
		}
		turn := s.NormFloat64() * w.turnSD
		if facing {
			turn += w.turnFromWall(heading, nx, ny)
		}
		if !facing || !m.Compound {
			speed = s.Rayleigh(m.SpeedScale)
		}
		if facing {
			speed *= m.SpeedFactor
		}
		if w.advanceAfterSpeed {
			d := speed * m.TimeStep
			x, y, clear = x+d*cos, y+d*sin, clear-d
		}
		heading += turn
		turnSin, turnCos := sincos(turn)
		cos, sin = cos*turnCos-sin*turnSin, sin*turnCos+cos*turnSin
		if w.advanceLast {
			d := speed * m.TimeStep
			x, y, clear = x+d*cos, y+d*sin, clear-d
		}
	}
	a.x, a.y, a.cos, a.sin, a.heading, a.speed, a.clear = x, y, cos, sin, heading, speed, clear
}

// sincos is exact to 6e-9. For the small turns of a simulation step it uses Taylor
// polynomials, which cost a third of math.Sincos.
func sincos(turn float64) (sin, cos float64) {
	if q := turn * turn; q < 0.25 {
		sin = turn * (1 + q*(-1./6+q*(1./120+q*(-1./5040))))
		cos = 1 + q*(-1./2+q*(1./24+q*(-1./720+q*(1./40320))))
		return sin, cos
	}
	return math.Sincos(turn)
}

// turnFromWall is the turn of an animal with this heading that faces a wall with the
// outward normal (nx, ny).
func (w *raudiesWalker) turnFromWall(heading, nx, ny float64) float64 {
	a := wrapAngle(heading - direction(nx, ny))
	switch {
	case w.m.TurnFully:
		return math.Copysign(w.m.TurnAngle, a)
	case a == 0:
		return 0
	}
	return math.Copysign((w.m.TurnAngle-math.Abs(a))*w.wallTurn, a)
}

// direction is atan2(y, x). It is quick for the normals of square arenas.
func direction(x, y float64) float64 {
	switch {
	case y == 0 && x > 0:
		return 0
	case y == 0:
		return math.Pi
	case x == 0:
		return math.Copysign(math.Pi/2, y)
	}
	return math.Atan2(y, x)
}
