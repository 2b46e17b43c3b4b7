package trajectory

import (
	"fmt"
	"math"

	"gridcells/pkg/random"
)

// OrnsteinUhlenbeck is the walker of RatInABox (George et al., eLife 13,
// 2024). The turning rate is an Ornstein–Uhlenbeck process. The speed is one too,
// mapped to a Rayleigh distribution. Walls push the animal away; with thigmotaxis
// they also hold it along them.
type OrnsteinUhlenbeck struct {
	TimeStep     float64 `json:"time_step"`     // simulation step, s
	StepDuration float64 `json:"step_duration"` // stored step, s

	SpeedScale     float64 `json:"speed_scale"`     // of the Rayleigh distribution of speeds, m/s
	SpeedCoherence float64 `json:"speed_coherence"` // time over which the speed is correlated, s
	TurnSD         float64 `json:"turn_sd"`         // of turning rates, rad/s
	TurnCoherence  float64 `json:"turn_coherence"`  // time over which the turning rate is correlated, s

	RepelDistance float64 `json:"repel_distance"` // how far walls act, m
	RepelStrength float64 `json:"repel_strength"`
	Thigmotaxis   float64 `json:"thigmotaxis"` // 0: repelled from walls, 1: drawn along them
}

// Ratlike is the walker fitted to ten minutes of a rat in a box of 1 m
// (Sargolini et al., Science 312, 2006). It was fitted to stored steps of 0.15 s:
// their mean length, the turns between them and the distances to walls.
func Ratlike() *OrnsteinUhlenbeck {
	m := RatInABox()
	m.SpeedScale = 0.1
	m.TurnSD = 6.5
	m.RepelStrength = 1.5
	return m
}

// RatInABox is the walker with its published parameters, fitted to smoothed
// paths of the same rats. It turns less than [Ratlike] and stays nearer to walls.
func RatInABox() *OrnsteinUhlenbeck {
	return &OrnsteinUhlenbeck{
		TimeStep: 0.02, StepDuration: 0.15,
		SpeedScale: 0.08, SpeedCoherence: 0.7,
		TurnSD: radians(120), TurnCoherence: 0.08,
		RepelDistance: 0.1, RepelStrength: 1, Thigmotaxis: 0.5,
	}
}

// NewWalker implements [Model].
func (m *OrnsteinUhlenbeck) NewWalker(steps int, arena Arena) (Walker, error) {
	for name, v := range map[string]float64{
		"speed_scale": m.SpeedScale, "speed_coherence": m.SpeedCoherence, "turn_sd": m.TurnSD, "turn_coherence": m.TurnCoherence,
		"repel_distance": m.RepelDistance, "repel_strength": m.RepelStrength, "thigmotaxis": m.Thigmotaxis,
	} {
		if !(v >= 0) || v == 0 && (name == "speed_coherence" || name == "turn_coherence") {
			return nil, fmt.Errorf("%s is %v: want a positive number", name, v)
		}
	}
	sampling := RaudiesHasselmo{TimeStep: m.TimeStep, StepDuration: m.StepDuration}
	at, err := sampling.instants(steps)
	if err != nil {
		return nil, err
	}
	return &ouWalker{m: *m, arena: arena, instants: at, interval: m.TimeStep * float64(at[steps+1]) / float64(steps+1)}, nil
}

type ouWalker struct {
	m        OrnsteinUhlenbeck
	arena    Arena
	instants []int
	interval float64

	x, y   float64
	vx, vy float64 // m/s
	turn   float64 // rad/s
}

func (w *ouWalker) Walk(p *Path, _ uint64, s *random.Stream) {
	w.x, w.y = w.arena.Uniform(s)
	sin, cos := math.Sincos(s.Uniform(-math.Pi, math.Pi))
	v := s.Rayleigh(w.m.SpeedScale)
	w.vx, w.vy = v*cos, v*sin
	w.turn = s.NormFloat64() * w.m.TurnSD
	p.Interval = w.interval
	last := 0
	for i, at := range w.instants {
		for range at - last {
			w.step(s)
		}
		last = at
		p.X[i], p.Y[i], p.Heading[i] = w.x, w.y, math.Atan2(w.vy, w.vx)
	}
}

// step is one simulation step: the animal turns, changes its speed, is repelled
// by the nearest wall, moves, and is reflected if it has crossed a wall.
func (w *ouWalker) step(s *random.Stream) {
	m := &w.m
	dt := m.TimeStep
	w.turn += relax(w.turn, m.TurnSD, m.TurnCoherence, dt, s)
	sin, cos := math.Sincos(w.turn * dt)
	w.vx, w.vy = w.vx*cos-w.vy*sin, w.vx*sin+w.vy*cos
	w.changeSpeed(s)
	w.repel(dt)
	w.x += w.vx * dt
	w.y += w.vy * dt
	w.bounce()
}

// relax is the change in a time dt of an Ornstein–Uhlenbeck process whose mean is
// 0.
func relax(x, sd, coherence, dt float64, s *random.Stream) float64 {
	return -x*dt/coherence + sd*math.Sqrt(2*dt/coherence)*s.NormFloat64()
}

// changeSpeed maps the speed to a normal variable, changes that by a step of an
// Ornstein–Uhlenbeck process and maps it back, so that speeds keep their Rayleigh
// distribution.
func (w *ouWalker) changeSpeed(s *random.Stream) {
	m := &w.m
	v := math.Hypot(w.vx, w.vy)
	if v == 0 || m.SpeedScale == 0 {
		w.vx, w.vy = 0, 0
		return
	}
	tail := math.Exp(-v * v / (2 * m.SpeedScale * m.SpeedScale)) // share of faster speeds
	tail = min(max(tail, 1e-6), 1-1e-6)
	z := math.Sqrt2 * math.Erfinv(1-2*tail)
	z += relax(z, 1, m.SpeedCoherence, m.TimeStep, s)
	tail = min(max(0.5*math.Erfc(z/math.Sqrt2), 1e-6), 1-1e-6)
	factor := m.SpeedScale * math.Sqrt(-2*math.Log(tail)) / v
	w.vx *= factor
	w.vy *= factor
}

// repel has two parts. A spring turns the velocity of the animal away from the
// wall. A conveyor belt shifts only its position: an animal that walks towards
// the wall keeps its velocity and so stays along the wall.
func (w *ouWalker) repel(dt float64) {
	m := &w.m
	distance, nx, ny := w.arena.Wall(w.x, w.y)
	if distance >= m.RepelDistance || m.RepelDistance == 0 {
		return
	}
	distance = max(distance, 0)
	v := m.RepelStrength * m.SpeedScale
	spring := v * v / (m.RepelDistance * m.RepelDistance) * (m.RepelDistance - distance)
	dv := 3 * (1 - m.Thigmotaxis) * (1 - m.Thigmotaxis) * spring * dt
	w.vx -= dv * nx
	w.vy -= dv * ny
	depth := 1 - distance/m.RepelDistance
	dx := 6 * m.Thigmotaxis * m.Thigmotaxis * v * (1 - math.Sqrt(1-depth*depth)) * dt
	w.x -= dx * nx
	w.y -= dx * ny
}

// bounce reflects an animal that has crossed a wall. It then has half the speed
// scale.
func (w *ouWalker) bounce() {
	for range 2 { // a corner has two walls
		distance, nx, ny := w.arena.Wall(w.x, w.y)
		if distance >= 0 {
			return
		}
		w.x += 2 * distance * nx
		w.y += 2 * distance * ny
		if along := w.vx*nx + w.vy*ny; along > 0 {
			w.vx -= 2 * along * nx
			w.vy -= 2 * along * ny
		}
		if v := math.Hypot(w.vx, w.vy); v > 0 {
			f := 0.5 * w.m.SpeedScale / v
			w.vx *= f
			w.vy *= f
		}
	}
}
