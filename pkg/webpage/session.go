package webpage

import (
	"encoding/binary"
	"encoding/json"
	"math"
)

// A Session is the path of a recording, and where the units fired.
type Session struct {
	Room [2]float64 `json:"room"` // sides along x and y, m
	Path Places     `json:"path"` // with breaks where the position is not known
	// Spikes are the places where each unit fired, by the number of the unit, and Counts
	// the numbers of its spikes. Spikes at nearly the same place have one place. Those
	// without a position have none and are not counted.
	Spikes []Places `json:"spikes"`
	Counts []int    `json:"counts"`
	// Directions says what head directions are: leds, column or movement.
	Directions string `json:"directions"`
}

// Places are places in a room, x and y in turn: 0 to 65534 from the lower to the upper
// end of the room's side. A pair of 65535 is a break.
type Places []uint16

const (
	farthest  = 65534
	pathBreak = 65535
	// Places of a path nearer than a 500th of the room's longer side are left out, and
	// spikes nearer than about a 1000th: no page shows the difference.
	pathStep   = 500
	spikeShift = 6 // bits of a coordinate that do not tell spikes apart
)

// MarshalJSON writes the places as base64, little-endian.
func (p Places) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 2*len(p))
	for _, v := range p {
		raw = binary.LittleEndian.AppendUint16(raw, v)
	}
	return json.Marshal(raw)
}

// placeIn is a place in m about the middle of a room. What lies beyond a wall is at the
// wall.
func placeIn(room, xy [2]float64) (p [2]uint16) {
	for k, v := range xy {
		p[k] = uint16(math.Round(farthest * min(max(v/room[k]+0.5, 0), 1)))
	}
	return p
}

// known reports whether a place is known.
func known(xy [2]float64) bool { return !math.IsNaN(xy[0] + xy[1]) }

// PathOf stores a path, m about the middle of the room. NaN is where the position is
// not known.
func PathOf(room [2]float64, path [][2]float64) Places {
	step := max(room[0], room[1]) / pathStep
	var places Places
	var last [2]float64
	open := false
	for _, xy := range path {
		switch {
		case !known(xy):
			if open {
				places = append(places, pathBreak, pathBreak)
			}
			open = false
			continue
		case open && math.Hypot(xy[0]-last[0], xy[1]-last[1]) < step:
			continue
		}
		p := placeIn(room, xy)
		places = append(places, p[0], p[1])
		open, last = true, xy
	}
	return places
}

// SpikesOf stores where a unit fired: frames are the frames of its spikes.
func SpikesOf(room [2]float64, path [][2]float64, frames []int32) Places {
	var places Places
	seen := map[[2]uint16]bool{}
	for _, i := range frames {
		if int(i) >= len(path) || !known(path[i]) {
			continue
		}
		p := placeIn(room, path[i])
		if key := [2]uint16{p[0] >> spikeShift, p[1] >> spikeShift}; !seen[key] {
			seen[key] = true
			places = append(places, p[0], p[1])
		}
	}
	return places
}
