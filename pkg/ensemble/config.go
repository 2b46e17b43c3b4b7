package ensemble

import (
	"fmt"
	"math"

	"gridcells/pkg/npy"
)

// Config says which ensembles encode a trajectory, how their targets are made and
// where the cells lie. It is part of the provenance of encoded streams.
type Config struct {
	EnvSize           float64   `json:"env_size"` // size of the room (m): its longer side or diameter
	NPC               []int     `json:"n_pc"`     // cells of each place ensemble
	PCScale           []float64 `json:"pc_scale"` // standard deviation of the fields (m)
	NHDC              []int     `json:"n_hdc"`    // cells of each head-direction ensemble
	HDCConcentration  []float64 `json:"hdc_concentration"`
	NeuronsSeed       uint32    `json:"neurons_seed"`
	TargetsType       Code      `json:"targets_type"`
	InitConditionType Code      `json:"init_type"`
	// SurroundScale is the variance of the surround of [DoG] codes in units of the
	// centre's. It is 0 for other codes.
	SurroundScale float64 `json:"surround_scale,omitempty"`
	// Periodic says that the room is a torus: an animal that leaves it on one side
	// enters it on the opposite side. Distances are the shortest ones around it.
	Periodic bool `json:"periodic,omitempty"`
}

// Period is the side of a periodic room (m). It is 0 for a room with walls.
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

// DefaultConfig is the configuration of the released program.
func DefaultConfig() Config {
	return Config{
		EnvSize: 2.2, NPC: []int{256}, PCScale: []float64{0.01}, NHDC: []int{12}, HDCConcentration: []float64{20},
		NeuronsSeed: 8341, TargetsType: Softmax, InitConditionType: Softmax,
	}
}

// Named is an ensemble with its place in a stream: whether it is the first, second,
// … of its kind.
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

// Known reports whether the configuration describes any ensemble. It does not if
// the codes came without provenance.
func (c Config) Known() bool { return len(c.NPC)+len(c.NHDC) > 0 }

const (
	// maxCells is the largest number of cells of all ensembles. Encoding needs
	// memory in proportion to it.
	maxCells = 1 << 16
	// Lengths (m) are between these two, so that squares and ratios are finite.
	minLength, maxLength = 1e-6, 1e6
	// maxConcentration is the largest concentration of head-direction cells.
	maxConcentration = 1e6
	// maxNormalized is the largest concentration whose exp, the largest value of
	// the code [Normalized], is finite in single precision.
	maxNormalized = 88
)

// Validate checks the configuration. The error names the flag of targets that sets
// the value.
func (c Config) Validate() error {
	switch {
	case len(c.NPC) != len(c.PCScale):
		return fmt.Errorf("--n-pc has %d ensembles of place cells but --pc-scale has %d scales", len(c.NPC), len(c.PCScale))
	case len(c.NHDC) != len(c.HDCConcentration):
		return fmt.Errorf("--n-hdc has %d ensembles of head-direction cells but --hdc-concentration has %d concentrations", len(c.NHDC), len(c.HDCConcentration))
	case !c.Known():
		return fmt.Errorf("no ensemble: neither place cells (--n-pc) nor head-direction cells (--n-hdc)")
	case c.TargetsType.Loss() == "":
		return fmt.Errorf("--targets-type %q: want one of %v", c.TargetsType, TargetCodes())
	case c.InitConditionType.entry() == nil:
		return fmt.Errorf("--init-type %q: want one of %v", c.InitConditionType, InitialCodes())
	case !within(c.EnvSize, minLength, maxLength):
		return fmt.Errorf("--env-size %v: want a room of %v to %v m", c.EnvSize, minLength, maxLength)
	case c.SurroundScale != 0 && !(c.SurroundScale > 1 && c.SurroundScale <= maxLength):
		return fmt.Errorf("--surround-scale %v: want a surround wider than the centre: above 1 and at most %v", c.SurroundScale, maxLength)
	}
	return c.validateCells()
}

func (c Config) validateCells() error {
	cells := 0
	count := func(flag string, n int) error {
		if n <= 0 || n > maxCells-cells {
			return fmt.Errorf("--%s %d: want at least 1 cell in an ensemble, and at most %d in all", flag, n, maxCells)
		}
		cells += n
		return nil
	}
	for i, n := range c.NPC {
		if err := count("n-pc", n); err != nil {
			return err
		}
		if !within(c.PCScale[i], minLength, maxLength) {
			return fmt.Errorf("--pc-scale %v: want a standard deviation of %v to %v m", c.PCScale[i], minLength, maxLength)
		}
	}
	highest := float64(maxConcentration)
	if c.TargetsType == Normalized || c.InitConditionType == Normalized {
		highest = maxNormalized
	}
	for i, n := range c.NHDC {
		if err := count("n-hdc", n); err != nil {
			return err
		}
		if k := c.HDCConcentration[i]; !(k > 0 && k <= highest) {
			return fmt.Errorf("--hdc-concentration %v: want a concentration above 0 and at most %v for these types of codes", k, highest)
		}
	}
	return nil
}

// within reports whether lo ≤ x ≤ hi; it is false for NaN.
func within(x, lo, hi float64) bool { return x >= lo && x <= hi && !math.IsNaN(x) }

// Build makes the ensembles, place cells first. Each is drawn anew from the same
// seed, as in the released program. It returns the error of [Config.Validate].
func (c Config) Build() ([]Named, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var named []Named
	for i, n := range c.NPC {
		e, err := NewPlaceCells(n, c.PCScale[i], c.EnvSize, c.NeuronsSeed, c.Periodic)
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
	return named, nil
}

// FromProvenance reads the configuration that targets left in the provenance of a
// stream. If the provenance does not state all of it, the result is the zero
// Config, which is not [Config.Known]. Nothing is assumed about codes of unknown
// origin.
func FromProvenance(p npy.Provenance) (Config, error) {
	var c Config
	for name, value := range map[string]any{
		"env_size": &c.EnvSize, "n_pc": &c.NPC, "pc_scale": &c.PCScale, "n_hdc": &c.NHDC,
		"hdc_concentration": &c.HDCConcentration, "neurons_seed": &c.NeuronsSeed,
		"targets_type": &c.TargetsType, "init_type": &c.InitConditionType,
	} {
		if found, err := p.Parameter(name, value); err != nil || !found {
			return Config{}, err
		}
	}
	for name, value := range map[string]any{"surround_scale": &c.SurroundScale, "periodic": &c.Periodic} {
		if _, err := p.Parameter(name, value); err != nil {
			return Config{}, err
		}
	}
	return c, nil
}
