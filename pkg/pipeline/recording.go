package pipeline

import "gridcells/pkg/npy"

// Recording is what the stage neurons says of a session in the provenance, beside
// its flags. A stream with FrameSeconds holds recorded neurons: consecutive frames
// of one session, in records of a fixed number of frames. The last record is
// filled up with frames whose positions are NaN, as are those in which tracking
// was lost. The activity of a frame is the number of spikes in it divided by its
// length, in Hz.
type Recording struct {
	// FrameSeconds is the length of a frame, dt (s).
	FrameSeconds float64 `json:"frame_seconds"`
	// Frames is the number of frames of the session, without those that fill up the
	// last record.
	Frames int64 `json:"frames"`
	// ActivityUnit is the unit of activities: Hz.
	ActivityUnit string `json:"activity_unit"`
	// Room is the rectangle of the room, its sides along x and y (m), centred on 0.
	Room [2]float64 `json:"room_m"`
	// UnitNames are the names of the units, in the order of the columns.
	UnitNames []string `json:"unit_names,omitempty"`
	// DirectionSource says where head directions come from; empty if there are none.
	DirectionSource string `json:"direction_source,omitempty"`
}

// RecordingOf returns what a provenance says of a recorded session; nil if the
// stream does not come from a recording.
func RecordingOf(p npy.Provenance) (*Recording, error) {
	var r Recording
	ok, err := p.Parameter("frame_seconds", &r.FrameSeconds)
	if err != nil || !ok {
		return nil, err
	}
	for name, value := range map[string]any{"frames": &r.Frames, "activity_unit": &r.ActivityUnit, "room_m": &r.Room,
		"unit_names": &r.UnitNames, "direction_source": &r.DirectionSource} {
		if _, err := p.Parameter(name, value); err != nil {
			return nil, err
		}
	}
	return &r, nil
}
