package report

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/results"
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

// readLog reads the log of a training, which must have a line.
func readLog(r io.Reader) ([]results.LogLine, error) {
	log, err := results.ReadLog(r)
	if err == nil && len(log) == 0 {
		err = errors.New("no line has a loss")
	}
	return log, err
}

// readErrors reads a file of errors of path integration, if one is named.
func readErrors(name string, stdin io.Reader) (*results.PathIntegration, npy.Provenance, error) {
	if name == "" {
		return nil, nil, nil
	}
	p, err := readFrom(name, stdin, results.ReadPathIntegration)
	if err != nil {
		return nil, nil, err
	}
	return p, p.Provenance, nil
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
		return nil, nil, fmt.Errorf("%s: %w", cli.DisplayName(name), pipeline.Explain(err, d, pipeline.Activities))
	}
	decoded, err := d.Floats("decoded_pos", truth.Shape[0], 2)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", cli.DisplayName(name), pipeline.Explain(err, d, pipeline.Activities))
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
