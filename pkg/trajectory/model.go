package trajectory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Motion is an entry of the table of motion models.
type Motion struct {
	Name string
	Help string // what it is, for help texts
	// Make returns the model with its usual parameters. They are what it encodes as
	// JSON, in SI units.
	Make func() Model
}

// motions is the table of motion models, the default first. A new model is a file
// with a type that implements [Model], and an entry here.
var motions = []Motion{
	{"banino", "the walk of the released dataset, as its surviving sample shows it", func() Model { return Banino() }},
	{"literal", "the published table, word for word", func() Model { return Literal() }},
	{"sorscher", "Sorscher et al. 2019: faster, and every simulation step is stored", func() Model { return Sorscher() }},
	{"sorscher-notebook", "their notebook, and Schaeffer et al. 2022: slower and slower at walls", func() Model { return SorscherNotebook() }},
	{"soluslan", "the PyTorch port by soluslan: turns of 90° at walls", func() Model { return Soluslan() }},
	{"ou", "an Ornstein–Uhlenbeck walker that walls repel, fitted to a real rat", func() Model { return Ratlike() }},
	{"ratinabox", "the same walker with the parameters that RatInABox published", func() Model { return RatInABox() }},
	{"replay", "windows of a recorded path", func() Model { return NewReplay() }},
}

// Motions lists the motion models, the default first.
func Motions() []Motion { return slices.Clone(motions) }

// NewModel returns the named motion model with some of its parameters changed.
// Their names are those of the model's JSON form, their values JSON or plain
// text.
func NewModel(name string, parameters map[string]string) (Model, error) {
	var names []string
	for _, m := range motions {
		names = append(names, m.Name)
		if m.Name != name {
			continue
		}
		model := m.Make()
		for key, value := range parameters {
			if err := setParameter(model, key, value); err != nil {
				return nil, fmt.Errorf("motion model %s: %s=%s: %w", name, key, value, err)
			}
		}
		return model, nil
	}
	return nil, fmt.Errorf("no motion model %q: want %s", name, strings.Join(names, ", "))
}

func setParameter(model Model, key, value string) error {
	var known map[string]json.RawMessage
	all, err := json.Marshal(model)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(all, &known); err != nil {
		return err
	}
	was, ok := known[key]
	if !ok {
		return fmt.Errorf("it has no such parameter; it has %s", all)
	}
	if was[0] == '"' {
		value = strconv.Quote(value)
	}
	if !json.Valid([]byte(value)) {
		return fmt.Errorf("want a value like %s", was)
	}
	object := fmt.Appendf(nil, "{%q:%s}", key, value)
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	if err := d.Decode(model); err != nil {
		return fmt.Errorf("want a value like %s", was)
	}
	return nil
}
