package report

import (
	"context"
	"fmt"
	"io"
	"slices"

	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/pipeline"
)

// scored is what a stream of scored units holds.
type scored struct {
	layers     []figure.Layer
	provenance npy.Provenance
	// checkpoints has the provenance of each input of --over-training, by update.
	checkpoints map[float64]npy.Provenance
	directed    bool // mean vectors of head direction were measured
}

// readScored reads a stream to its end and closes it. Layers are in the order in
// which they appear. The name is for messages. If page is not nil, it gets what only a
// page for a browser shows.
func readScored(ctx context.Context, name string, reader *npy.Reader, page *pageRows) (*scored, error) {
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, err
	}
	c, err := unitColumns(d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, pipeline.Explain(err, d, pipeline.Scores))
	}
	s := &scored{provenance: provenance, directed: c.directionLength != nil}
	addToPage := page.units(d, c, provenance)
	err = eachRow(ctx, reader, func(row []byte) {
		l := layerOf(&s.layers, c.layerName(row))
		u := c.read(row, len(l.Units))
		l.Units = append(l.Units, u)
		addToPage(l.Name, u, row)
	})
	if err != nil {
		return nil, err
	}
	if len(s.layers) == 0 {
		return nil, fmt.Errorf("%s: no units: the input has no rows", name)
	}
	return s, nil
}

// eachRow calls take for each row that is left in a stream.
func eachRow(ctx context.Context, reader *npy.Reader, take func(row []byte)) error {
	var buffer []byte
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		rows, err := reader.Next(buffer, 64)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		buffer = rows.Data
		for i := range rows.Len() {
			take(rows.Row(i))
		}
	}
}

// layerOf returns the layer of a name. It adds the layer if it is missing.
func layerOf(layers *[]figure.Layer, name string) *figure.Layer {
	k := slices.IndexFunc(*layers, func(l figure.Layer) bool { return l.Name == name })
	if k < 0 {
		k = len(*layers)
		*layers = append(*layers, figure.Layer{Name: name})
	}
	return &(*layers)[k]
}
