package results

import (
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/npy"
)

// PathIntegration is what activations --path-integration writes. Values beside
// curves are those at the last step.
type PathIntegration struct {
	Trajectories int      `json:"trajectories"`
	Decode       string   `json:"decode"` // how positions were read from the place code
	Loss         Number   `json:"loss"`   // nats
	Final        Number   `json:"final_error_m"`
	FinalSD      Number   `json:"final_error_sd_m"`
	Floor        Number   `json:"floor_m"` // mean distance to the nearest place cell, by their density
	Time         []Number `json:"time_s"`
	Error        []Number `json:"error_m"` // mean over trajectories, at each time

	Trained   NetworkErrors `json:"trained"`
	Untrained NetworkErrors `json:"untrained"`
	Effect    EffectSizes   `json:"effect_size"`
	// CodeFloor has the errors that remain when the code itself is decoded, by the way
	// of decoding and unit: top1_m, heading_deg.
	CodeFloor map[string]Number `json:"code_floor"`

	Provenance npy.Provenance `json:"provenance"`
}

// NetworkErrors are a network's errors, by the way of decoding.
type NetworkErrors struct {
	Loss     Number                   `json:"loss"`
	Position map[string]PositionCurve `json:"position"`
	Heading  *HeadingCurve            `json:"heading,omitempty"`
}

// PositionCurve is a position error by time.
type PositionCurve struct {
	Final Number   `json:"final_error_m"`
	SD    Number   `json:"final_error_sd_m"`
	Error []Number `json:"error_m"`
}

// HeadingCurve is an error of the head direction by time.
type HeadingCurve struct {
	Final Number   `json:"final_error_deg"`
	SD    Number   `json:"final_error_sd_deg"`
	Error []Number `json:"error_deg"`
}

// EffectSizes are Cohen's d of the final errors, the untrained network's against
// the trained one's; unknown where neither varies.
type EffectSizes struct {
	Position map[string]Number `json:"position"`
	Heading  Number            `json:"heading,omitzero"`
}

// ReadPathIntegration reads what [PathIntegration.Write] wrote. A file without
// final_error_m has the last value of error_m there.
func ReadPathIntegration(r io.Reader) (*PathIntegration, error) {
	p := &PathIntegration{}
	if err := read(r, p); err != nil {
		return nil, err
	}
	if len(p.Time) != len(p.Error) {
		return nil, fmt.Errorf("time_s has %d values and error_m %d: the numbers must be equal", len(p.Time), len(p.Error))
	}
	if !p.Final.Known() {
		if len(p.Error) == 0 {
			return nil, errors.New("neither final_error_m nor error_m: this is not what activations --path-integration writes")
		}
		p.Final = p.Error[len(p.Error)-1]
	}
	return p, nil
}

// Write writes the errors as JSON.
func (p *PathIntegration) Write(w io.Writer) error { return write(w, p) }
