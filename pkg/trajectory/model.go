package trajectory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

var models = []struct {
	name, doc string
	make      func() Model
}{
	{"banino", "the released dataset's walk, as its surviving sample shows it", func() Model { return Banino() }},
	{"literal", "the published table word for word", func() Model { return Literal() }},
	{"sorscher", "Sorscher et al. 2019: faster, every simulation step stored", func() Model { return Sorscher() }},
	{"sorscher-notebook", "their notebook, and Schaeffer et al. 2022: ever slower at walls", func() Model { return SorscherNotebook() }},
	{"soluslan", "soluslan's PyTorch port: turns of 90° at walls", func() Model { return Soluslan() }},
	{"ou", "Ornstein–Uhlenbeck walker with wall repulsion, fitted to a real rat", func() Model { return Ratlike() }},
	{"ratinabox", "the same with RatInABox's published parameters", func() Model { return RatInABox() }},
	{"replay", "a recorded path, cut into windows", func() Model { return NewReplay() }},
}

// ModelNames lists the motion models, the default first.
func ModelNames() []string {
	var names []string
	for _, m := range models {
		names = append(names, m.name)
	}
	return names
}

// DescribeModel returns a line about the named model.
func DescribeModel(name string) string {
	for _, m := range models {
		if m.name == name {
			return m.doc
		}
	}
	return ""
}

// NewModel returns the named motion model with some of its parameters changed:
// names as in its JSON form, values in JSON or plain text.
func NewModel(name string, parameters map[string]string) (Model, error) {
	for _, m := range models {
		if m.name != name {
			continue
		}
		model := m.make()
		for key, value := range parameters {
			if err := setParameter(model, key, value); err != nil {
				return nil, fmt.Errorf("motion model %s: %s=%s: %w", name, key, value, err)
			}
		}
		return model, nil
	}
	return nil, fmt.Errorf("no motion model %q: want %s", name, strings.Join(ModelNames(), ", "))
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
