package report

import (
	"context"
	"fmt"
	"io"
	"math"

	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/webpage"
)

// readSession reads the path and the spikes of a recorded session. The units are
// those of the first layer, whose name is that of the field of their rates.
func readSession(ctx context.Context, name string, stdin io.Reader, layers []figure.Layer) (*figure.Session, npy.Provenance, error) {
	reader := cli.Records([]string{name}, stdin)
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, nil, err
	}
	about, err := pipeline.RecordingOf(provenance)
	if err != nil {
		return nil, nil, err
	}
	if about == nil {
		return nil, nil, fmt.Errorf("%s: not a recorded session: --session reads what the tool neurons wrote", cli.DisplayName(name))
	}
	s := &figure.Session{FrameSeconds: about.FrameSeconds, Room: about.Room, Names: about.UnitNames, DirectionSource: about.DirectionSource}
	if !(s.FrameSeconds > 0) || !(s.Room[0] > 0) || !(s.Room[1] > 0) {
		return nil, nil, fmt.Errorf("%s: a session in frames of %v s in a room of %v × %v m: want positive numbers", cli.DisplayName(name), s.FrameSeconds, s.Room[0], s.Room[1])
	}
	c, err := sessionColumns(d, layers)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", cli.DisplayName(name), err)
	}
	s.Spikes = make([][]int32, c.rates.Shape[1])
	if err := eachRow(ctx, reader, func(row []byte) { c.add(s, row) }); err != nil {
		return nil, nil, err
	}
	if n := int(about.Frames); n > 0 && n < len(s.Path) { // the others fill the last record
		s.Path = s.Path[:n]
	}
	return s, provenance, nil
}

// sessionFields are the fields of a session that are drawn, and working memory.
type sessionFields struct {
	position, rates npy.Column
	xy, values      []float64
}

func sessionColumns(d *npy.DType, layers []figure.Layer) (*sessionFields, error) {
	position, err := d.Floats("target_pos", -1, 2)
	if err != nil {
		return nil, err
	}
	name := figure.Unnamed
	if len(layers) > 0 {
		name = layers[0].Name
	}
	rates, err := d.Floats(name, position.Shape[0], -1)
	if err != nil {
		return nil, fmt.Errorf("the session has other units than those of layer %q: %w", name, err)
	}
	return &sessionFields{position, rates, make([]float64, position.Len()), make([]float64, rates.Len())}, nil
}

// add adds a record.
func (c *sessionFields) add(s *figure.Session, row []byte) {
	c.position.Float64(c.xy, row)
	c.rates.Float64(c.values, row)
	units := len(s.Spikes)
	for t := range len(c.xy) / 2 {
		frame := int32(len(s.Path))
		s.Path = append(s.Path, [2]float64{c.xy[2*t], c.xy[2*t+1]})
		for k, rate := range c.values[t*units : (t+1)*units] {
			// More spikes than this do not fit into a frame; a foreign file may claim them.
			for range min(int(math.Round(rate*s.FrameSeconds)), 1000) {
				s.Spikes[k] = append(s.Spikes[k], frame)
			}
		}
	}
}

// addSession adds the path and the spikes of the units to a run.
func addSession(run *webpage.Run, s *figure.Session) {
	if s == nil {
		return
	}
	shown := &webpage.Session{Room: s.Room, Path: webpage.PathOf(s.Room, s.Path), Directions: s.DirectionSource}
	for unit, frames := range s.Spikes {
		shown.Spikes = append(shown.Spikes, webpage.SpikesOf(s.Room, s.Path, frames))
		shown.Counts = append(shown.Counts, s.Placed(unit))
	}
	run.Session = shown
}
