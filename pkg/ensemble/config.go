package ensemble

import (
	"fmt"

	"gridcells/pkg/npy"
)

// Config says which ensembles encode a trajectory, how their targets are made
// and where the cells lie. It is part of the provenance of encoded streams.
type Config struct {
	EnvSize           float64   `json:"env_size"` // side of the room (m)
	NPC               []int     `json:"n_pc"`     // cells of each place ensemble
	PCScale           []float64 `json:"pc_scale"` // standard deviation of the fields (m)
	NHDC              []int     `json:"n_hdc"`    // cells of each head-direction ensemble
	HDCConcentration  []float64 `json:"hdc_concentration"`
	NeuronsSeed       uint32    `json:"neurons_seed"`
	TargetsType       Code      `json:"targets_type"`
	InitConditionType Code      `json:"init_type"`
	// SurroundScale is the variance of the surround of [DoG] codes in units of
	// the centre's, 0 if there are none.
	SurroundScale float64 `json:"surround_scale,omitempty"`
	// Periodic says that the room is a torus: what leaves it on one side comes
	// in on the other, and distances are the shortest ones around it.
	Periodic bool `json:"periodic,omitempty"`
}

// Period is the side of a periodic room (m), 0 for a room with walls.
func (c Config) Period() float64 {
	if c.Periodic {
		return c.EnvSize
	}
	return 0
}

// Encoder makes an encoder for one of the ensembles.
func (c Config) Encoder(e Ensemble) *Encoder {
	encoder := NewEncoder(e)
	if c.SurroundScale > 0 {
		encoder.surround = c.SurroundScale
	}
	return encoder
}

// DefaultConfig is the released program's.
func DefaultConfig() Config {
	return Config{
		EnvSize: 2.2, NPC: []int{256}, PCScale: []float64{0.01}, NHDC: []int{12}, HDCConcentration: []float64{20},
		NeuronsSeed: 8341, TargetsType: Softmax, InitConditionType: Softmax,
	}
}

// Named is an ensemble with its place in a stream: the first, second, … of its
// kind.
type Named struct {
	Ensemble
	Kind  string // "place" or "head_direction"
	Index int    // from 0 within the kind
}

// Field names what a stream or checkpoint holds for the ensemble: place_target,
// place_target_2, head_direction_logits.
func (n Named) Field(quantity string) string {
	name := n.Kind + "_" + quantity
	if n.Index > 0 {
		name += fmt.Sprintf("_%d", n.Index+1)
	}
	return name
}

// Build makes the ensembles, place cells first. Every ensemble is drawn anew
// from the same seed, as in the released program.
func (c Config) Build() ([]Named, error) {
	if len(c.NPC) != len(c.PCScale) {
		return nil, fmt.Errorf("%d numbers of place cells but %d scales", len(c.NPC), len(c.PCScale))
	}
	if len(c.NHDC) != len(c.HDCConcentration) {
		return nil, fmt.Errorf("%d numbers of head-direction cells but %d concentrations", len(c.NHDC), len(c.HDCConcentration))
	}
	if c.SurroundScale != 0 && !(c.SurroundScale > 1) {
		return nil, fmt.Errorf("a surround of scale %v: it must be above 1, the centre's", c.SurroundScale)
	}
	var named []Named
	for i, n := range c.NPC {
		e, err := newPlaceCells(n, c.PCScale[i], c.EnvSize, c.NeuronsSeed, c.Periodic)
		if err != nil {
			return nil, err
		}
		named = append(named, Named{e, "place", i})
	}
	for i, n := range c.NHDC {
		e, err := NewHeadDirectionCells(n, c.HDCConcentration[i], c.NeuronsSeed)
		if err != nil {
			return nil, err
		}
		named = append(named, Named{e, "head_direction", i})
	}
	if len(named) == 0 {
		return nil, fmt.Errorf("no ensemble: neither place cells nor head-direction cells")
	}
	return named, nil
}

// FromProvenance reads the configuration that `targets` left in a stream's
// provenance; what is not there keeps its default.
func FromProvenance(p npy.Provenance) (Config, error) {
	c := DefaultConfig()
	for name, value := range map[string]any{
		"env_size": &c.EnvSize, "n_pc": &c.NPC, "pc_scale": &c.PCScale, "n_hdc": &c.NHDC,
		"hdc_concentration": &c.HDCConcentration, "neurons_seed": &c.NeuronsSeed,
		"targets_type": &c.TargetsType, "init_type": &c.InitConditionType,
		"surround_scale": &c.SurroundScale, "periodic": &c.Periodic,
	} {
		if _, err := p.Parameter(name, value); err != nil {
			return c, err
		}
	}
	return c, nil
}
