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
	stream *random.Stream
	walker Walker
	path   *Path
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
	return &Generator{c, random.New(c.Seed, "trajectory"), w, NewPath(c.Steps)}, nil
}

// Generate fills t, of the configured number of steps, with trajectory k.
func (g *Generator) Generate(k uint64, t *Trajectory) {
	g.stream.Seek(k)
	g.walker.Walk(g.path, k, g.stream)
	g.path.store(t, g.config.Arena, g.config.EgoVel, g.config.Heading)
}
