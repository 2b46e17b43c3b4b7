package npy

import (
	"bytes"
	"encoding/json"
)

// Member is a member of a JSON object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Members lists the members of a JSON object, such as a stage's parameters, in
// their order. For anything else it returns none. For a damaged object it returns
// the members before the damage.
func Members(object json.RawMessage) []Member {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var list []Member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return list
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return list
		}
		list = append(list, Member{name.(string), value})
	}
	return list
}
