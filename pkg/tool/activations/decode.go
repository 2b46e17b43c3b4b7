package activations

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/feed"
	"gridcells/pkg/npy"
)

// decoder reads positions from the logits of place cells.
type decoder struct {
	cells *ensemble.PlaceCells
	how   ensemble.Decoding
}

// path decodes the positions [T, 2] (m) of one trajectory.
func (d *decoder) path(dst []float32, steps int, logits func(t int) []float32) {
	activity := make([]float32, d.cells.Cells())
	for t := range steps {
		z := logits(t)
		if d.how == ensemble.Mean {
			softmax(activity, z)
			z = activity
		}
		x, y := d.cells.Decode(z, d.how)
		dst[2*t], dst[2*t+1] = float32(x), float32(y)
	}
}

func softmax(dst, z []float32) {
	largest := z[0]
	for _, v := range z {
		largest = max(largest, v)
	}
	var sum float64
	for i, v := range z {
		e := math.Exp(float64(v - largest))
		dst[i] = float32(e)
		sum += e
	}
	for i := range dst {
		dst[i] = float32(float64(dst[i]) / sum)
	}
}

// defaultStep is the time between stored steps of the released data (s).
const defaultStep = 0.15

// pathErrors gathers the distance between true and decoded positions by step,
// and the floor below which the place code cannot get.
type pathErrors struct {
	steps   int
	seconds float64 // of a step
	decode  string

	position npy.Column // target_pos
	sum      []float64  // for each step
	square   []float64
	count    int
	loss     float64
}

// newPathErrors needs target_pos in the input; without it there is nothing to
// compare with and it returns nil.
func newPathErrors(data *feed.Feed) (*pathErrors, error) {
	if _, ok := data.DType.Field("target_pos"); !ok {
		return nil, nil
	}
	e := &pathErrors{steps: data.Steps, seconds: defaultStep, sum: make([]float64, data.Steps), square: make([]float64, data.Steps)}
	var err error
	if e.position, err = data.DType.Floats("target_pos", data.Steps, 2); err != nil {
		return nil, err
	}
	_, err = data.Provenance.Parameter("step_seconds", &e.seconds)
	return e, err
}

// add compares a batch. The mean loss of a batch counts by its trajectories.
func (e *pathErrors) add(in, out npy.Rows, decoded *npy.Column, loss float64) {
	if e == nil {
		return
	}
	truth, guess := make([]float64, 2*e.steps), make([]float64, 2*e.steps)
	for i := range in.Len() {
		e.position.Float64(truth, in.Row(i))
		decoded.Float64(guess, out.Row(i))
		for t := range e.steps {
			d := math.Hypot(truth[2*t]-guess[2*t], truth[2*t+1]-guess[2*t+1])
			e.sum[t] += d
			e.square[t] += d * d
		}
	}
	e.count += in.Len()
	e.loss += loss * float64(in.Len())
}

// pathIntegration is the JSON file that the tool writes.
type pathIntegration struct {
	Trajectories int       `json:"trajectories"`
	Decode       string    `json:"decode"`
	Loss         float64   `json:"loss"`
	FinalError   float64   `json:"final_error_m"`
	FinalErrorSD float64   `json:"final_error_sd_m"`
	Floor        float64   `json:"floor_m"` // ½√(A/N): mean distance to the nearest of N cells in the area A
	Time         []float64 `json:"time_s"`
	Error        []float64 `json:"error_m"`
}

func (r *run) writePathIntegration(path string) error {
	if path == "" {
		return nil
	}
	e := r.errors
	if e == nil || e.count == 0 {
		return fmt.Errorf("no path-integration errors to write to %s: there were no trajectories with target_pos and place cells", path)
	}
	n := float64(e.count)
	size := r.data.Ensembles.EnvSize
	p := pathIntegration{
		Trajectories: e.count, Decode: r.flags.Decode, Loss: e.loss / n,
		Floor: 0.5 * math.Sqrt(size*size/float64(r.decoder.cells.Cells())),
	}
	for t := range e.steps {
		p.Time = append(p.Time, math.Round(float64(t+1)*e.seconds*1e9)/1e9)
		p.Error = append(p.Error, e.sum[t]/n)
	}
	last := e.steps - 1
	p.FinalError = p.Error[last]
	p.FinalErrorSD = math.Sqrt(max(0, e.square[last]/n-p.FinalError*p.FinalError))
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o666)
}
