package simulate

import (
	"fmt"
	"io"

	"gridcells/pkg/recording"
	"gridcells/pkg/trajectory"
)

// readPath reads the recorded path of a replay, and does nothing for other
// models. It reports the gaps of the path, and a path that does not fit the
// arena. If the windows are numbered, -n can be no more than there are, and 0
// means all.
func (f *flags) readPath(config trajectory.Config, stderr io.Writer) (err error) {
	m, ok := config.Model.(*trajectory.Replay)
	if !ok {
		return nil
	}
	if m.Recording, err = recording.ScanPath(f.Path, recording.Clock{}).Path(); err != nil {
		return err
	}
	m.ArenaAssumed = !f.sizeGiven
	covered, err := m.Coverage(f.Steps, config.Arena)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if misfit := covered.Misfit; misfit != nil {
		text := misfit.What
		if misfit.Why != "" {
			text += fmt.Sprintf("; %s: try %s", misfit.Why, m.Mend(misfit.Mend))
		}
		if misfit.Grave && !f.sizeGiven {
			return fmt.Errorf("%s: %s; --env-size %v takes the room as it is", f.Path, text, f.EnvSize)
		}
		f.Remark(stderr, "simulate", f.Path+": "+text)
	}
	if gaps := covered.Gaps(); gaps != "" {
		f.Remark(stderr, "simulate", f.Path+": "+gaps)
	}
	advice, downwards := covered.Heads.Advice()
	if downwards {
		advice += ": turn y around in the file"
	}
	if advice != "" && config.Heading == trajectory.OfBody {
		f.Remark(stderr, "simulate", f.Path+": "+advice)
	}
	if covered.Windows == 0 {
		return nil
	}
	left := int64(covered.Windows) - int64(min(f.Skip, uint64(covered.Windows)))
	if f.N > left {
		return fmt.Errorf("%s: has %d windows of %d steps, %d after --skip; -n %d is too many", f.Path, covered.Windows, f.Steps, left, f.N)
	}
	if f.N == 0 {
		f.N = left
	}
	return nil
}
