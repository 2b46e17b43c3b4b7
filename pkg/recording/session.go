package recording

// Session describes a recording in frames. The tool neurons records it as what was
// derived from its input, where ratemaps finds it.
type Session struct {
	FrameSeconds    float64         `json:"frame_seconds"`    // duration of a frame, s
	Frames          int             `json:"frames"`           // without those that fill the last record
	SamplingRate    float64         `json:"sampling_rate_hz"` // of the tracker
	Start           float64         `json:"start_s"`          // when the first frame begins, on the clock of the path
	UnitNames       []string        `json:"unit_names"`
	Activity        string          `json:"activity_unit"`              // of the activities: "Hz"
	DirectionSource DirectionSource `json:"direction_source,omitempty"` // what target_hd is; empty: there is none
	Room            [2]float64      `json:"room_m"`                     // sides of the room along x and y, whose centre is at 0
	EnvSize         float64         `json:"env_size"`                   // the longer of them, m
	Middle          [2]float64      `json:"middle_m"`                   // what was subtracted from positions so that the room's centre is at 0
}

// Hz is the unit of the activities of recorded neurons: spikes of a frame divided
// by its duration.
const Hz = "Hz"

// DirectionSource says where head directions come from.
type DirectionSource string

// The sources of head directions.
const (
	FromLamps    DirectionSource = "leds"     // from the second lamp to the first
	FromColumn   DirectionSource = "column"   // as the tracker gave them
	FromMovement DirectionSource = "movement" // the direction in which the animal moves, which is not that of its head
)
