package ensemble

import (
	"encoding/json"
	"fmt"
	"math"

	"gridcells/pkg/npy"
)

// Centres are the centres [N, 2] (m) of an ensemble of place cells that another
// program than targets has made.
type Centres [][2]float64

// CentresParameter is the parameter by which such a program states, in its stage of
// the provenance, where the cells of the field place_target lie.
const CentresParameter = "place_centres"

// CentresFromProvenance returns the centres that the newest stage that made codes
// states. They are nil if it states none, or if it is targets, whose centres follow
// from a [Config].
func CentresFromProvenance(p npy.Provenance) (Centres, error) {
	for i := len(p) - 1; i >= 0; i-- {
		var parameters map[string]json.RawMessage
		if json.Unmarshal(p[i].Parameters, &parameters) != nil {
			continue
		}
		if _, ok := parameters["n_pc"]; ok {
			return nil, nil
		}
		raw, ok := parameters[CentresParameter]
		if !ok {
			continue
		}
		var rows [][]float64 // of any length, so that a wrong one is noticed
		if err := json.Unmarshal(raw, &rows); err != nil {
			return nil, fmt.Errorf("provenance of %s: %s: %w", p[i].Tool, CentresParameter, err)
		}
		c := make(Centres, len(rows))
		for k, row := range rows {
			if len(row) != 2 {
				return nil, fmt.Errorf("provenance of %s: %s: cell %d has %d coordinates, wanted x and y", p[i].Tool, CentresParameter, k, len(row))
			}
			c[k] = [2]float64(row)
		}
		return c, nil
	}
	return nil, nil
}

// CentresOf returns the centres in a plain array [N, 2] of numbers (m).
func CentresOf(a *npy.Array) (Centres, error) {
	if len(a.Shape) != 2 || a.Shape[1] != 2 {
		return nil, fmt.Errorf("found an array of shape %v, wanted the centres of N place cells: [N, 2] in m", a.Shape)
	}
	x, err := a.Float64()
	if err != nil {
		return nil, err
	}
	c := make(Centres, a.Shape[0])
	for k := range c {
		c[k] = [2]float64{x[2*k], x[2*k+1]}
		for _, v := range c[k] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("cell %d lies at %v, wanted finite coordinates in m", k, c[k])
			}
		}
	}
	return c, nil
}

// PlaceCells returns cells at the centres, for decoding positions from their
// activities. period is the side of a periodic room (m), or 0. The cells have no
// fields, and encode nothing.
func (c Centres) PlaceCells(period float64) *PlaceCells {
	cells := &PlaceCells{x: make([]float64, len(c)), y: make([]float64, len(c)), side: period, all: ascending(len(c))}
	for i, at := range c {
		cells.x[i], cells.y[i] = at[0], at[1]
	}
	return cells
}
