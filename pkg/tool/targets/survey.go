package targets

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gridcells/pkg/npy"
	"gridcells/pkg/room"
)

// survey finds out whether trajectories fit the room, and whether their head
// directions are in radians. Codes of centimetres or degrees look like any others.
type survey struct {
	room      room.Room
	allow     bool
	remark    func(text string)
	position  *npy.Column // target_pos; nil without place cells
	direction *npy.Column // target_hd; nil without head-direction cells

	positions  room.Positions
	directions int64 // head directions seen
	beyond     int64 // of them outside ±2π
	largest    float64
	judged     bool
	values     []float64
}

// enough is the number of positions after which the survey judges: an endless stream
// has no end at which to do so.
const enough = 1 << 18

// own are the tools that leave positions and directions as they are.
var own = []string{"simulate", "tfrecord2npy", "targets"}

// newSurvey returns nil for the trajectories of simulate in a room of this size, unless
// a foreign program has had them in between.
func (f *flags) newSurvey(t *transform, p npy.Provenance, stderr io.Writer) (*survey, error) {
	var made float64
	var motion string
	simulated, err := p.Parameter("motion", &motion)
	if err != nil {
		return nil, err
	}
	known, err := p.Parameter("env_size", &made)
	foreign := slices.ContainsFunc(p, func(s npy.Stage) bool { return !slices.Contains(own, s.Tool) })
	simulated = simulated && known && made == f.EnvSize
	if err != nil || simulated && !foreign {
		return nil, err
	}
	s := &survey{room: room.Room{Side: f.EnvSize, Assumed: f.assumed, Simulated: simulated}, allow: f.AllowMismatch}
	s.remark = func(text string) {
		f.Remark(stderr, "targets", text)
	}
	for i := range t.ensembles {
		if e := &t.ensembles[i]; e.Kind == "head_direction" {
			s.direction = &e.pathIn
		} else {
			s.position = &e.pathIn
		}
	}
	return s, nil
}

// add looks at records, in the order of the stream.
func (s *survey) add(rows npy.Rows) error {
	if s == nil || s.judged {
		return nil
	}
	for i := range rows.Len() {
		row := rows.Row(i)
		if s.position != nil {
			s.positions.Add(s.decode(*s.position, row))
		}
		if s.direction != nil {
			s.addDirections(s.decode(*s.direction, row))
		}
	}
	if max(s.positions.Finite(), s.directions) < enough {
		return nil
	}
	return s.judge()
}

func (s *survey) decode(c npy.Column, row []byte) []float64 {
	if len(s.values) < c.Len() {
		s.values = make([]float64, c.Len())
	}
	c.Float64(s.values[:c.Len()], row)
	return s.values[:c.Len()]
}

func (s *survey) addDirections(angles []float64) {
	s.directions += int64(len(angles))
	for _, v := range angles {
		s.largest = max(s.largest, math.Abs(v))
		if math.Abs(v) > 2*math.Pi+1e-3 {
			s.beyond++
		}
	}
}

// judge fails if codes of these positions and directions would most likely be wrong.
// It does so once.
func (s *survey) judge() error {
	if s == nil || s.judged {
		return nil
	}
	s.judged = true
	if 100*s.beyond >= s.directions && s.beyond > 0 && s.largest <= 361 {
		text := fmt.Sprintf("%d of %d head directions lie beyond ±2π rad, up to %.4g: they seem to be in degrees; write them in radians", s.beyond, s.directions, s.largest)
		if !s.allow {
			return fmt.Errorf("%s, or take them as they are with --allow-mismatch", text)
		}
		s.remark(text)
	}
	misfit := s.positions.Check(s.room)
	if misfit == nil {
		return nil
	}
	text := misfit.What
	if misfit.Why != "" {
		text += "; " + misfit.Why
	}
	if advice := mend(misfit.Mend); advice != "" {
		text += ": " + advice
	}
	if misfit.Grave && !s.allow {
		return fmt.Errorf("%s, or take them as they are with --allow-mismatch", text)
	}
	s.remark(text)
	return nil
}

// mend says what makes positions fit.
func mend(m room.Mend) string {
	var advice []string
	if m.Metres != 0 && m.Metres != 1 {
		advice = append(advice, fmt.Sprintf("multiply them by %.4g", m.Metres))
	}
	if m.Centre {
		advice = append(advice, "move the centre of the room to 0")
	}
	if m.Side > 0 {
		advice = append(advice, fmt.Sprintf("try --env-size %.4g", m.Side))
	}
	return strings.Join(advice, ", ")
}
