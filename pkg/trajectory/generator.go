package trajectory

import (
	"errors"
	"fmt"

	"gridcells/pkg/random"
)

// Config holds all settings on which trajectories depend.
type Config struct {
	Steps   int
	Arena   Arena
	Model   Model
	EgoVel  EgoVel
	Heading Heading
	Seed    uint64
}

// Generator makes trajectories. It is not safe for concurrent use: give each
// goroutine its own.
type Generator struct {
	config Config
	walker Walker
	// A groupWalker walks the paths of trajectories first, first + 1, … at once. They
	// wait here until they are asked for.
	group   groupWalker // nil if the walker makes one walk at a time
	first   uint64
	walked  [groupSize]bool // the paths that wait
	streams [groupSize]*random.Stream
	paths   [groupSize]*Path
}

// Model is a kind of movement.
type Model interface {
	// NewWalker prepares walks of the given number of stored steps.
	NewWalker(steps int, arena Arena) (Walker, error)
}

// Walker makes paths. It is not safe for concurrent use.
type Walker interface {
	// Walk fills the path of steps + 2 instants. It draws random numbers from s,
	// which is the stream of walk number k.
	Walk(p *Path, k uint64, s *random.Stream)
}

// NewGenerator checks the configuration and returns a generator for it.
func NewGenerator(c Config) (*Generator, error) {
	switch {
	case c.Steps < 1:
		return nil, fmt.Errorf("trajectories of %d steps: want at least 1", c.Steps)
	case c.Arena == nil || c.Model == nil:
		return nil, errors.New("a trajectory needs an arena and a motion model")
	}
	w, err := c.Model.NewWalker(c.Steps, c.Arena)
	if err != nil {
		return nil, err
	}
	g := &Generator{config: c, walker: w}
	if group, ok := w.(groupWalker); ok && group.groups() {
		g.group = group
	}
	for i := range g.paths {
		g.paths[i], g.streams[i] = NewPath(c.Steps), random.New(c.Seed, "trajectory")
	}
	return g, nil
}

// Generate fills t, of the configured number of steps, with trajectory k.
func (g *Generator) Generate(k uint64, t *Trajectory) {
	g.walk(k).store(t, g.config.Arena, g.config.EgoVel, g.config.Heading)
}

// walk returns the path of trajectory k. The caller may change it.
func (g *Generator) walk(k uint64) *Path {
	if g.group == nil {
		g.streams[0].Seek(k)
		g.walker.Walk(g.paths[0], k, g.streams[0])
		return g.paths[0]
	}
	i := k - g.first
	if i >= groupSize || !g.walked[i] {
		for i, s := range g.streams {
			s.Seek(k + uint64(i))
			g.walked[i] = true
		}
		g.group.walkGroup(&g.paths, &g.streams)
		g.first, i = k, 0
	}
	g.walked[i] = false
	return g.paths[i]
}
