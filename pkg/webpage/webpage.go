package webpage

import (
	"encoding/json"

	"gridcells/pkg/results"
)

// A Page is everything that the file shows.
type Page struct {
	Title     string     `json:"title"`
	Generator string     `json:"generator"` // the program that wrote the page, and its version
	Colormap  string     `json:"colormap"`  // the name of one of Colormaps, at the opening of the page
	Colormaps []Colormap `json:"colormaps"`
	Criterion float64    `json:"criterion"` // a gridness: the fixed threshold at the opening of the page
	Runs      []Run      `json:"runs"`      // at least one; several are compared
	// Nulls are the titles of nulls, by the names of the columns.
	Nulls map[string]string `json:"nulls"`
}

// A Colormap is a name and 256 colours, lowest value first, three bytes each.
type Colormap struct {
	Name  string `json:"name"`
	Table []byte `json:"table"`
}

// A Run is a network that was trained, or the recorded cells of an experiment.
type Run struct {
	Name string `json:"name"`
	// Side is the longer side of the room, m; 0 if it is unknown. Room has the sides
	// along x and y.
	Side  float64    `json:"side"`
	Room  [2]float64 `json:"room"`
	Round bool       `json:"round"` // the room is a disc
	// Recorded says that the units are recorded neurons, whose activity is a rate in Hz.
	Recorded bool     `json:"recorded"`
	Session  *Session `json:"session"` // nil if the path and the spikes are not given
	// Rule is the rule that made the classes in the input; nil if it is unknown.
	Rule  *results.GridRule   `json:"rule"`
	Paper *results.PaperShare `json:"paper"`
	// Frames are the units at one or more times of the training, in rising order.
	Frames []Frame `json:"frames"`

	Log                      []results.LogLine        `json:"-"`
	PathIntegration          *results.PathIntegration `json:"-"`
	UntrainedPathIntegration *results.PathIntegration `json:"-"`
	Trajectories             []Trajectory             `json:"trajectories"`
	Stages                   []Stage                  `json:"stages"`
	Commands                 []string                 `json:"commands"` // that make the results again
}

// A Frame is what the units were at one time of the training.
type Frame struct {
	Update results.Number `json:"update"` // updates made; unknown for recorded cells
	Layers []Layer        `json:"layers"`
}

// A Layer is a population of units that are compared with each other. All lists
// are in the order of the units.
type Layer struct {
	Name    string   `json:"name"`
	Bins    [2]int   `json:"bins"` // of the ratemaps, along x and y
	Units   int      `json:"units"`
	Columns []Column `json:"columns"`
	Texts   []Text   `json:"texts"`

	Ratemaps Maps `json:"ratemaps"`
	SACs     Maps `json:"sacs"`
	// Occupancy is one map: the time in each bin, s, of recorded neurons.
	Occupancy Maps `json:"occupancy"`
	// Tunings are mean activities at equally spaced head directions, from −π.
	Tunings Floats `json:"tunings"`

	Nulls []Null `json:"nulls"`
	// Draws has the number of null maps of each unit by the name of the null, as far as
	// the provenance tells it.
	Draws map[string]int `json:"draws"`
	// Untrained holds the scores of the layer before training, by the names of their
	// columns.
	Untrained []Column `json:"untrained"`
	// Summary is what gridscore found in the layer; nil if it is not known.
	Summary *results.Layer `json:"summary"`
}

// A Column is a number of each unit; NaN where there is none.
type Column struct {
	Name   string `json:"name"`
	Values Floats `json:"values"`
}

// A Text is a word about each unit.
type Text struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// A Null holds the scores of null maps by one definition of gridness.
type Null struct {
	Name  string `json:"name"`  // the null
	Score string `json:"score"` // the column of the units' score: score_60
	// Draws has how many null maps each unit has for itself, and Own their scores,
	// unit after unit. Common are the scores of maps that belong to no unit.
	Draws  []int  `json:"draws"`
	Own    Floats `json:"own"`
	Common Floats `json:"common"`
}

// A Trajectory is a path and the path that the network decoded, in m from the
// middle of the room: x and y in turn.
type Trajectory struct {
	True     Floats `json:"true"`
	Decoded  Floats `json:"decoded"`
	Periodic bool   `json:"periodic"` // a path that leaves the room comes in on its other side
}

// A Stage is a program that has handled the data.
type Stage struct {
	Tool       string      `json:"tool"`
	Version    string      `json:"version"`
	Role       string      `json:"role"` // what it did for a later stage, if the data did not pass through it
	Parameters [][2]string `json:"parameters"`
}

// logColumn is a quantity of a training log.
type logColumn struct {
	Name   string `json:"name"`
	Values Floats `json:"values"`
}

// MarshalJSON writes the run with its log as columns and without the provenance of
// its path integration, which is among the stages.
func (r Run) MarshalJSON() ([]byte, error) {
	type plain Run
	return json.Marshal(struct {
		plain
		Log             []logColumn              `json:"log"`
		PathIntegration *results.PathIntegration `json:"path_integration"`
		Untrained       *results.PathIntegration `json:"untrained_path_integration"`
	}{plain(r), logColumns(r.Log), withoutProvenance(r.PathIntegration), withoutProvenance(r.UntrainedPathIntegration)})
}

func withoutProvenance(p *results.PathIntegration) *results.PathIntegration {
	if p == nil {
		return nil
	}
	q := *p
	q.Provenance = nil
	return &q
}

// logColumns turns the lines of a log into columns. A line that lacks a quantity
// has NaN there.
func logColumns(lines []results.LogLine) []logColumn {
	columns, at := []logColumn{}, map[string]int{}
	for i := range lines {
		for name, value := range lines[i].Values() {
			k, known := at[name]
			if !known {
				k = len(columns)
				at[name] = k
				columns = append(columns, logColumn{name, unknown(len(lines))})
			}
			columns[k].Values[i] = value.Float()
		}
	}
	return columns
}

// Number is the number of the i-th unit: its column unit, or i where there is
// none.
func (l *Layer) Number(i int) int {
	for _, c := range l.Columns {
		if c.Name == "unit" {
			return int(c.Values[i])
		}
	}
	return i
}
