package neurons

import (
	"fmt"
	"io"
	"math"
	"strings"

	"gridcells/pkg/printable"
	"gridcells/pkg/recording"
)

// Spikes says what was found in the spike times.
type Spikes struct {
	Spikes   int64 `json:"spikes"`                            // in frames
	Outside  int64 `json:"spikes_outside_session,omitempty"`  // before the first frame or after the last; left out
	Lost     int64 `json:"spikes_without_position,omitempty"` // in frames whose position is not known
	Untimed  int64 `json:"spikes_without_time,omitempty"`     // NaN; left out
	Repeated int64 `json:"spikes_of_repeated_time,omitempty"` // of the same unit at the same instant
}

// population is all units, in frames.
type population struct {
	names    []string
	trains   []recording.Train
	found    Spikes
	empty    []string // units without spikes in the session
	unsorted []string
	first    float64 // spike of all, s
	last     float64
}

// gather reads all spike times, file by file, and puts them into frames.
func (f *flags) gather(frames *recording.Frames, stdin io.Reader) (*population, error) {
	p := &population{first: math.Inf(1), last: math.Inf(-1)}
	seen := map[string]string{} // file of each unit
	for _, file := range f.Files {
		units, err := readSpikes(file, stdin)
		if err != nil {
			return nil, err
		}
		for i := range units {
			u := &units[i]
			if other, twice := seen[u.Name]; twice {
				return nil, fmt.Errorf("%s: a unit is called %q, as one of %s is: give the units names of their own", file, printable.Text(u.Name), other)
			}
			seen[u.Name] = file
			p.add(u, f, frames)
		}
	}
	if !f.AllowMismatch {
		if err := p.check(frames, f); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *population) add(u *recording.Unit, f *flags, frames *recording.Frames) {
	untimed, unsorted, repeated := u.ScaleTimes(f.SpikeSeconds, f.SpikeOffset)
	if n := len(u.Times); n > 0 {
		p.first, p.last = math.Min(p.first, u.Times[0]), math.Max(p.last, u.Times[n-1])
	}
	train, outside := frames.Train(*u)
	p.names = append(p.names, u.Name)
	p.trains = append(p.trains, train)
	p.found.Spikes += int64(len(train))
	p.found.Outside += int64(outside)
	p.found.Lost += int64(train.Lost(frames))
	p.found.Untimed += int64(untimed)
	p.found.Repeated += int64(repeated)
	if unsorted {
		p.unsorted = append(p.unsorted, u.Name)
	}
	if len(train) == 0 {
		p.empty = append(p.empty, u.Name)
	}
	u.Times = nil
}

// check refuses spike times that seem to have another unit or another clock than
// the path.
func (p *population) check(frames *recording.Frames, f *flags) error {
	all := p.found.Spikes + p.found.Outside
	if all == 0 {
		return nil
	}
	start := frames.Start
	length := float64(frames.Len()) * frames.Seconds
	what := fmt.Sprintf("spikes are between %.6g and %.6g s, the path between %.6g and %.6g s", p.first, p.last, start, start+length)
	switch {
	case 2*p.found.Outside > all:
		return fmt.Errorf("%d of %d spikes lie outside the session: %s%s; --allow-mismatch goes on as it is", p.found.Outside, all, what, p.cause(start, length, f))
	case all >= 100 && p.last-p.first < 0.02*length:
		return fmt.Errorf("all %d spikes lie within %.3g s of a session of %.4g s: are they in seconds? see --spike-seconds and --seconds; --allow-mismatch goes on as it is", all, p.last-p.first, length)
	}
	return nil
}

// cause guesses why spikes lie outside the session, and says what mends it.
func (p *population) cause(start, length float64, f *flags) string {
	for _, unit := range []struct {
		name   string
		factor float64
	}{{"milliseconds", 1e-3}, {"microseconds", 1e-6}, {"samples at 30 kHz", 1. / 30000}, {"samples at 20 kHz", 1. / 20000}} {
		first, last := p.first*unit.factor, p.last*unit.factor
		if first >= start-0.05*length && last <= start+1.05*length && last-first > 0.3*length {
			return fmt.Sprintf(": they seem to be in %s: try --spike-seconds %.6g", unit.name, unit.factor*f.SpikeSeconds)
		}
	}
	if span := p.last - p.first; span > 0.3*length && span <= 1.05*length {
		return fmt.Sprintf(": they seem to have a clock of their own: add the difference of the clocks by --spike-offset=%.6g, or nearly so", f.SpikeOffset+start-p.first)
	}
	return ""
}

// report says what was left out or looks odd.
func (p *population) report(f *flags, stderr io.Writer) {
	s := p.found
	if s.Outside > 0 {
		f.remark(stderr, "%d of %d spikes lie outside the session and are left out", s.Outside, s.Spikes+s.Outside)
	}
	if s.Lost > 0 {
		f.remark(stderr, "%d of %d spikes fall where there is no position: ratemaps leaves them out of maps", s.Lost, s.Spikes)
	}
	if s.Untimed > 0 {
		f.remark(stderr, "%d spikes have no time and are left out", s.Untimed)
	}
	if s.Repeated > 0 {
		f.remark(stderr, "%d spikes have the time of another spike of the same unit: is something in the files twice?", s.Repeated)
	}
	if len(p.unsorted) > 0 {
		f.remark(stderr, "the spike times of %s were not in order: they were sorted", list(p.unsorted))
	}
	if len(p.empty) > 0 {
		f.remark(stderr, "%s no spikes: %s", verb(len(p.empty), "unit has", "units have"), list(p.empty))
	}
}

func verb(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// list names some units.
func list(names []string) string {
	const most = 5
	text := strings.Join(names[:min(most, len(names))], ", ")
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return printable.Text(text)
}
