package recording

// Session describes a recording in frames. The tool neurons records it as what was
// derived from its input, where ratemaps finds it.
type Session struct {
	FrameSeconds  float64       `json:"frame_seconds"`    // duration of a frame, s
	Frames        int           `json:"frames"`           // without those that fill the last record
	SamplingRate  float64       `json:"sampling_rate_hz"` // of the tracker
	Start         float64       `json:"start_s"`          // when the first frame begins, on the clock of the path
	UnitNames     []string      `json:"unit_names"`
	Activity      string        `json:"activity_unit"`            // of the activities: "Hz"
	HeadDirection HeadDirection `json:"head_direction,omitempty"` // what target_hd is; empty: there is none
	Room          Rectangle     `json:"room"`
	EnvSize       float64       `json:"env_size"` // the longer side of the room, m
	Middle        [2]float64    `json:"middle_m"` // what was subtracted from positions so that the room's centre is at 0
}

// Hz is the unit of the activities of recorded neurons: spikes of a frame divided
// by its duration.
const Hz = "Hz"

// Rectangle is a room whose walls are along the axes, and whose centre is at 0.
type Rectangle struct {
	Width  float64 `json:"width_m"`  // along x
	Height float64 `json:"height_m"` // along y
}

// HeadDirection says where head directions come from.
type HeadDirection string

// The origins of head directions.
const (
	FromLamps    HeadDirection = "leds"     // from the second lamp to the first
	FromColumn   HeadDirection = "column"   // as the tracker gave them
	FromMovement HeadDirection = "movement" // the direction in which the animal moves, which is not that of its head
)
