package neurons

import (
	"fmt"
	"io"
	"strings"

	"gridcells/pkg/printable"
	"gridcells/pkg/recording"
)

// population is all units.
type population struct {
	spikes   *recording.Spikes
	names    []string // of the columns of rates
	column   []int    // of each unit in spikes
	found    recording.Counts
	empty    []string // units without spikes in the session
	unsorted []string
}

func (f *flags) newPopulation() *population {
	return &population{spikes: recording.NewSpikes(f.SpikeSeconds, f.SpikeOffset, f.Temporary)}
}

// gather reads all spike times, file by file, and counts them in frames.
func (p *population) gather(f *flags, frames *recording.Frames, stdin io.Reader) error {
	seen := map[string]string{} // file of each unit
	for _, file := range f.Files {
		before := len(p.names)
		units, err := readSpikes(file, stdin, func(unit int, t float64) error { return p.spikes.Add(before+unit, t) })
		if err != nil {
			return err
		}
		p.column = append(p.column, make([]int, len(units))...)
		for _, u := range units {
			if other, twice := seen[u.Name]; twice {
				return fmt.Errorf("%s: a unit is called %q, as one of %s is: give the units names of their own", file, printable.Text(u.Name), other)
			}
			seen[u.Name] = file
			p.column[before+u.Number] = len(p.names)
			p.names = append(p.names, u.Name)
		}
	}
	if len(p.names) == 0 {
		return fmt.Errorf("%s: there are no spikes, and no units are named", strings.Join(f.Files, ", "))
	}
	p.spikes.AddUnits(len(p.names))
	var err error
	if p.found, err = p.spikes.Count(frames); err != nil {
		return err
	}
	units := make([]int, len(p.names)) // of the columns
	for unit, k := range p.column {
		units[k] = unit
	}
	for k, unit := range units {
		if p.spikes.Unsorted(unit) {
			p.unsorted = append(p.unsorted, p.names[k])
		}
		if p.found.ByUnit[unit] == 0 {
			p.empty = append(p.empty, p.names[k])
		}
	}
	if f.AllowMismatch {
		return nil
	}
	return p.check(frames, f)
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
	what := fmt.Sprintf("spikes are between %.6g and %.6g s, the path between %.6g and %.6g s", p.found.First, p.found.Last, start, start+length)
	switch {
	case 2*p.found.Outside > all:
		return fmt.Errorf("%d of %d spikes lie outside the session: %s%s; --allow-mismatch accepts it", p.found.Outside, all, what, p.cause(frames, f))
	case all >= 100 && p.found.Last-p.found.First < 0.02*length:
		return fmt.Errorf("all %d spikes lie within %.3g s of a session of %.4g s: are they in seconds? see --spike-seconds and --seconds; --allow-mismatch accepts it", all, p.found.Last-p.found.First, length)
	}
	return nil
}

// cause guesses why spikes lie outside the session, and says what mends it.
func (p *population) cause(frames *recording.Frames, f *flags) string {
	start, length := frames.Start, float64(frames.Len())*frames.Seconds
	for _, unit := range []struct {
		name   string
		factor float64
	}{{"milliseconds", 1e-3}, {"microseconds", 1e-6}, {"samples at 30 kHz", 1. / 30000}, {"samples at 20 kHz", 1. / 20000}, {"samples of the path", 1 / frames.Rate}} {
		first, last := p.found.First*unit.factor, p.found.Last*unit.factor
		if first >= start-0.05*length && last <= start+1.05*length && last-first > 0.3*length {
			return fmt.Sprintf(": they seem to be in %s: try --spike-seconds %.6g", unit.name, unit.factor*f.SpikeSeconds)
		}
	}
	if span := p.found.Last - p.found.First; span > 0.3*length && span <= 1.05*length {
		return fmt.Sprintf(": they seem to have a clock of their own: add the difference of the clocks by --spike-offset=%.6g, or nearly so", f.SpikeOffset+start-p.found.First)
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
