package recording

import (
	"errors"
	"io"
	"math"

	"gridcells/pkg/spool"
)

// Spikes are the spikes of all units of a session. They may be too many for memory.
type Spikes struct {
	factor, offset float64
	sorter         *spool.Sorter // of times (s) and units
	trains         []train       // by unit
	untimed        int64
}

// train is what is known of a unit while its spikes are added.
type train struct {
	last     float64 // the last spike, s
	any      bool
	unsorted bool
}

// NewSpikes returns an empty Spikes. The time of a spike on the clock of the path (s)
// is factor × its time in the file + offset. What memory does not hold is in the
// directory; "" is the system's directory of temporary files. Close frees it.
func NewSpikes(factor, offset float64, temporary string) *Spikes {
	return &Spikes{factor: factor, offset: offset, sorter: spool.NewSorter(temporary)}
}

// Close frees what the spikes take.
func (s *Spikes) Close() error { return s.sorter.Close() }

// AddUnits adds units without spikes, so that there are n in all.
func (s *Spikes) AddUnits(n int) {
	for len(s.trains) < n {
		s.trains = append(s.trains, train{})
	}
}

// Add adds a spike of a unit. Spikes whose time is not finite are counted and left
// out.
func (s *Spikes) Add(unit int, t float64) error {
	s.AddUnits(unit + 1)
	t = s.factor*t + s.offset
	if math.IsNaN(t) || math.IsInf(t, 0) {
		s.untimed++
		return nil
	}
	u := &s.trains[unit]
	u.unsorted = u.unsorted || u.any && t < u.last
	u.last, u.any = t, true
	return s.sorter.Append(t, float64(unit))
}

// Unsorted reports whether the spikes of a unit were added in another order than that
// of time.
func (s *Spikes) Unsorted(unit int) bool { return s.trains[unit].unsorted }

// Counts say what was found in spike times.
type Counts struct {
	Spikes   int64 `json:"spikes"`                            // in frames
	Outside  int64 `json:"spikes_outside_session,omitempty"`  // before the first frame or after the last; left out
	Lost     int64 `json:"spikes_without_position,omitempty"` // in frames whose position is not known
	Untimed  int64 `json:"spikes_without_time,omitempty"`     // NaN; left out
	Repeated int64 `json:"spikes_of_repeated_time,omitempty"` // of the same unit at the same instant

	First, Last float64 `json:"-"` // of all spikes, s; infinite if there are none
	ByUnit      []int64 `json:"-"` // spikes in frames
}

// Count counts the spikes in the frames.
func (s *Spikes) Count(f *Frames) (Counts, error) {
	c := Counts{Untimed: s.untimed, First: math.Inf(1), Last: math.Inf(-1), ByUnit: make([]int64, len(s.trains))}
	last := make([]float64, len(s.trains)) // spike of each unit
	for i := range last {
		last[i] = math.NaN()
	}
	frames, frame, at := f.Read(), Frame{}, -1
	err := s.each(f, func(t float64, unit, i int) error {
		c.First, c.Last = math.Min(c.First, t), math.Max(c.Last, t)
		if t == last[unit] {
			c.Repeated++
		}
		last[unit] = t
		if i < 0 {
			c.Outside++
			return nil
		}
		for ; at < i; at++ {
			var err error
			if frame, err = frames.Next(); err != nil {
				return err
			}
		}
		c.Spikes++
		c.ByUnit[unit]++
		if frame.Lost() {
			c.Lost++
		}
		return nil
	})
	return c, err
}

// each calls use with each spike in order of time, and the frame that it is in; −1 if
// it is in none.
func (s *Spikes) each(f *Frames, use func(t float64, unit, frame int) error) error {
	spikes, err := s.inFrames(f)
	for err == nil {
		var t float64
		var unit, frame int
		if t, unit, frame, err = spikes.next(); err == nil {
			err = use(t, unit, frame)
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// inFrames are spikes in order of time.
type inFrames struct {
	merge          *spool.Merge
	start, seconds float64
	frames         float64
}

func (s *Spikes) inFrames(f *Frames) (*inFrames, error) {
	m, err := s.sorter.Sorted()
	return &inFrames{m, f.Start, f.Seconds, float64(f.Len())}, err
}

// next is the next spike, and the frame that it is in; −1 if it is in none.
func (s *inFrames) next() (t float64, unit, frame int, err error) {
	t, u, err := s.merge.Next()
	i := math.Floor((t - s.start) / s.seconds)
	if !(i >= 0 && i < s.frames) {
		i = -1
	}
	return t, int(u), int(i), err
}

// Rates gives the firing rates of all units, frame after frame.
type Rates struct {
	spikes  *inFrames
	seconds float64
	units   int
	frame   int // that comes next
	unit    int // of the spike that was read last, and its frame; −1 if there is none
	in      int
	ended   bool
}

// Rates returns the firing rates in the frames.
func (s *Spikes) Rates(f *Frames) (*Rates, error) {
	spikes, err := s.inFrames(f)
	return &Rates{spikes: spikes, seconds: f.Seconds, units: len(s.trains), in: -1}, err
}

// Next writes the rates (Hz) of the next frames to dst, [frames, units]. Unit u is in
// column column[u]. Behind the last frame they are 0.
func (r *Rates) Next(dst []float32, column []int) error {
	clear(dst)
	if r.units == 0 {
		return nil
	}
	first := r.frame
	r.frame += len(dst) / r.units
	for !r.ended {
		if r.in >= r.frame {
			break
		}
		if r.in >= first {
			dst[(r.in-first)*r.units+column[r.unit]]++
		}
		var err error
		if _, r.unit, r.in, err = r.spikes.next(); errors.Is(err, io.EOF) {
			r.ended = true
		} else if err != nil {
			return err
		}
	}
	for i, n := range dst {
		if n != 0 {
			dst[i] = float32(float64(n) / r.seconds)
		}
	}
	return nil
}
