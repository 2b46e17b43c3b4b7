package synthetic

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"

	"gridcells/pkg/recording"
)

// Example is a session to try things on: twenty minutes in a box of 1 m, tracked by
// two lamps at 50 Hz with dropouts and jumps.
func Example(seed uint64) (*Recording, error) {
	return Make(Config{Seconds: 1200, Rate: 50, Width: 1, Height: 1, Lamps: 2, Dropouts: 2, Jumps: 1, Seed: seed},
		Grid{Scale: 0.4, Orientation: 0.1, Phase: [2]float64{0.05, 0.1}, Peak: 15},
		Grid{Scale: 0.4, Orientation: 0.1, Phase: [2]float64{-0.1, 0.02}, Peak: 10},
		Grid{Scale: 0.6, Orientation: 0.4, Phase: [2]float64{0.1, -0.15}, Peak: 12},
		Border{Wall: 0.5, Distance: 0.06, Peak: 15},
		HeadDirection{Towards: math.Pi / 2, Concentration: 4, Peak: 20},
		HeadDirection{Towards: -2, Concentration: 8, Peak: 15},
		Place{X: -0.2, Y: 0.2, SD: 0.1, Peak: 12},
		Constant(3),
	)
}

// ExampleCells says what the units of [Example] are, in order.
var ExampleCells = []string{"grid cell", "grid cell", "grid cell", "border cell", "head-direction cell", "head-direction cell", "place cell", "no preference"}

// WritePath writes a path as CSV, as a tracker would: in a unit of that length (m),
// from a corner of the room, with empty fields where the animal was lost.
func WritePath(out io.Writer, p *recording.Path, metres float64, corner [2]float64) error {
	w := bufio.NewWriter(out)
	w.WriteString("t,x,y")
	if p.X2 != nil {
		w.WriteString(",x2,y2")
	}
	w.WriteByte('\n')
	for i, t := range p.Time {
		w.WriteString(strconv.FormatFloat(t, 'f', 4, 64))
		columns := [][2]float64{{p.X[i], p.Y[i]}}
		if p.X2 != nil {
			columns = append(columns, [2]float64{p.X2[i], p.Y2[i]})
		}
		for _, xy := range columns {
			for axis, v := range xy {
				w.WriteByte(',')
				if !math.IsNaN(v) {
					w.WriteString(strconv.FormatFloat((v-corner[axis])/metres, 'f', 3, 64))
				}
			}
		}
		w.WriteByte('\n')
	}
	return w.Flush()
}

// WriteSpikes writes the spikes of all units as CSV, a spike a line, unit by unit.
func WriteSpikes(out io.Writer, units []recording.Unit) error {
	w := bufio.NewWriter(out)
	w.WriteString("t,unit\n")
	for _, u := range units {
		for _, t := range u.Times {
			fmt.Fprintf(w, "%.6f,%s\n", t, u.Name)
		}
	}
	return w.Flush()
}
