package ratemaps

import (
	"fmt"
	"slices"
	"strings"

	"gridcells/pkg/npy"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/printable"
)

// input is what the records hold.
type input struct {
	steps     int // T, of a record
	header    *npy.DType
	position  npy.Column
	direction *npy.Column // nil if there are no head directions
	layers    []source
}

// source is a field of activities [T, units] and what its layer is called.
type source struct {
	npy.Column
	layer string
}

// batch is the number of records that are read at once. A batch of about 512 kB is
// large against the cost of handing it out, and still in a cache when it is added up.
func (in *input) batch() int { return in.header.Batch(1<<19, 1024) }

// fields are the names of the fields that hold the layers.
func (in *input) fields() []string {
	var names []string
	for _, s := range in.layers {
		names = append(names, s.Name)
	}
	return names
}

// findInput finds the fields. A missing field is an error that says which stage
// makes it.
func findInput(header *npy.DType, p *Parameters) (*input, error) {
	in := &input{header: header}
	var err error
	if in.position, err = header.Floats(p.PositionField, -1, 2); err != nil {
		return nil, pipeline.Explain(err, header, pipeline.Activities)
	}
	in.steps = in.position.Shape[0]
	if in.direction, err = findDirection(header, p.DirectionField, in.steps); err != nil {
		return nil, err
	}
	columns, err := findLayers(header, p, in.steps)
	if err != nil {
		return nil, err
	}
	names := layerNames(columns)
	for i, c := range columns {
		in.layers = append(in.layers, source{c, names[i]})
	}
	return in, nil
}

// findDirection finds the head directions. They need not be there unless they
// were asked for by name.
func findDirection(header *npy.DType, name string, steps int) (*npy.Column, error) {
	if name == "" {
		name = "target_hd"
		if _, ok := header.Field(name); !ok {
			return nil, nil
		}
	}
	c, err := header.Floats(name, steps)
	if err != nil {
		c, err = header.Floats(name, steps, 1)
	}
	return &c, err
}

func findLayers(header *npy.DType, p *Parameters, steps int) ([]npy.Column, error) {
	var columns []npy.Column
	for _, name := range p.Layers {
		c, err := header.Floats(name, steps, -1)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	if len(p.Layers) > 0 {
		return columns, nil
	}
	for _, field := range header.Fields() {
		if notLayer(field.Name) || field.Name == p.PositionField || field.Name == p.DirectionField {
			continue
		}
		if c, err := header.Floats(field.Name, steps, -1); err == nil && c.Shape[1] > 0 {
			columns = append(columns, c)
		}
	}
	if len(columns) > 0 {
		return columns, nil
	}
	err := fmt.Errorf("no activities: found the fields %s, wanted at least one with numbers of shape (%d, units); see --layers", printable.Text(header.String()), steps)
	return nil, pipeline.Explain(err, header, pipeline.Activities)
}

// notLayer tells the fields of trajectories, and of what the tools add to them,
// that have the shape of a layer but are none.
func notLayer(name string) bool {
	known := []string{"init_pos", "init_hd", "ego_vel", "target_pos", "target_hd", "decoded_pos"}
	return slices.Contains(known, name) || strings.HasPrefix(name, "place_") || strings.HasPrefix(name, "head_direction_")
}

// longestName is the number of characters of a layer's name. Longer ones are cut.
const longestName = 64

// layerNames are the names of the layers: those of the fields, with an escape
// for each character that cannot be shown, cut to longestName characters with an
// ellipsis, and with a number where two would be the same.
func layerNames(columns []npy.Column) []string {
	var names []string
	for _, c := range columns {
		name := printable.Short(c.Name, longestName)
		for k := 2; slices.Contains(names, name); k++ {
			suffix := fmt.Sprintf(" (%d)", k)
			name = printable.Short(c.Name, longestName-len(suffix)) + suffix
		}
		names = append(names, name)
	}
	return names
}
