package report

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
)

// readFrom opens a file of results and reads it; errors name the file.
func readFrom[T any](name string, stdin io.Reader, read func(io.Reader) (T, error)) (v T, err error) {
	in, err := cli.Open(name, stdin)
	if err != nil {
		return v, err
	}
	defer in.Close()
	if v, err = read(in); err != nil {
		return v, fmt.Errorf("%s: %w", cli.DisplayName(name), err)
	}
	return v, nil
}

// readLog reads a training's log. Lines without a loss are passed over. Where a
// training was resumed from before the log's end, the later lines hold.
func readLog(r io.Reader) (*figure.LossCurve, error) {
	curve := &figure.LossCurve{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var l struct {
			Step *float64 `json:"step"`
			Loss *float64 `json:"loss"`
			SD   *float64 `json:"loss_sd"`
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if l.Loss == nil {
			continue
		}
		if l.Step == nil {
			return nil, fmt.Errorf("line %d: no \"step\"", n)
		}
		appendLoss(curve, *l.Step, *l.Loss, orNaN(l.SD))
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(curve.Loss) == 0 {
		return nil, errors.New("no line has a loss")
	}
	return curve, nil
}

func appendLoss(c *figure.LossCurve, step, loss, sd float64) {
	n := len(c.Update)
	for n > 0 && c.Update[n-1] >= step {
		n--
	}
	c.Update = append(c.Update[:n], step)
	c.Loss = append(c.Loss[:n], loss)
	c.SD = append(c.SD[:n], sd)
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// errorsFile is what the report takes from what `activations` writes about path
// integration.
type errorsFile struct {
	figure.PathIntegration
	provenance npy.Provenance
}

// readErrors reads a file of errors of path integration, if one is named.
func readErrors(name string, stdin io.Reader) (*figure.PathIntegration, npy.Provenance, error) {
	if name == "" {
		return nil, nil, nil
	}
	e, err := readFrom(name, stdin, readPathIntegration)
	if err != nil {
		return nil, nil, err
	}
	return &e.PathIntegration, e.provenance, nil
}

func readPathIntegration(r io.Reader) (*errorsFile, error) {
	var j struct {
		Time  []float64 `json:"time_s"`
		Error []float64 `json:"error_m"`
		Final *float64  `json:"final_error_m"`
		Floor *float64  `json:"floor_m"`
		Loss  *float64  `json:"loss"`

		Provenance npy.Provenance `json:"provenance"`
	}
	if err := json.NewDecoder(r).Decode(&j); err != nil {
		return nil, err
	}
	if len(j.Time) != len(j.Error) {
		return nil, fmt.Errorf("time_s has %d values and error_m %d", len(j.Time), len(j.Error))
	}
	pi := &errorsFile{figure.PathIntegration{Time: j.Time, Error: j.Error, Final: orNaN(j.Final), Floor: orNaN(j.Floor), Loss: orNaN(j.Loss)}, j.Provenance}
	if j.Final == nil {
		if len(j.Error) == 0 {
			return nil, errors.New("neither final_error_m nor error_m")
		}
		pi.Final = j.Error[len(j.Error)-1]
	}
	return pi, nil
}

// readTrajectory reads one record, counted from 0, of a stream of decoded
// positions.
func readTrajectory(ctx context.Context, name string, stdin io.Reader, index int) (*figure.Trajectory, npy.Provenance, error) {
	reader := cli.Records([]string{name}, stdin)
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, nil, err
	}
	truth, err := d.Floats("target_pos", -1, 2)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", cli.DisplayName(name), err)
	}
	decoded, err := d.Floats("decoded_pos", truth.Shape[0], 2)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", cli.DisplayName(name), err)
	}
	row, err := recordAt(ctx, reader, index)
	if err == io.EOF {
		return nil, nil, fmt.Errorf("%s: no record %d", cli.DisplayName(name), index)
	}
	if err != nil {
		return nil, nil, err
	}
	t := &figure.Trajectory{True: path(truth, row), Decoded: path(decoded, row)}
	var arena string
	if _, err := provenance.Parameter("arena", &arena); err != nil {
		return nil, nil, err
	}
	t.Round, t.Periodic = arena == "circle", arena == "periodic"
	_, err = provenance.Parameter("env_size", &t.Side)
	return t, provenance, err
}

func recordAt(ctx context.Context, reader *npy.Reader, index int) ([]byte, error) {
	var buffer []byte
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		rows, err := reader.Next(buffer, min(index+1, 64))
		if err != nil {
			return nil, err
		}
		if index < rows.Len() {
			return rows.Row(index), nil
		}
		index -= rows.Len()
		buffer = rows.Data
	}
}

func path(c npy.Column, row []byte) [][2]float64 {
	v := make([]float64, c.Len())
	c.Float64(v, row)
	p := make([][2]float64, len(v)/2)
	for i := range p {
		p[i] = [2]float64{v[2*i], v[2*i+1]}
	}
	return p
}
