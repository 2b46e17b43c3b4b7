package train

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gridcells/pkg/kernel"
)

// warnings lists facts that the user should know before the run begins. Lines may be
// empty.
func (r *run) warnings() []string {
	var lines []string
	f := r.flags
	if f.Resume != "" && r.saved == nil {
		lines = append(lines, fmt.Sprintf("%s is not there yet: a new run begins", f.Resume))
	}
	if len(r.data.Provenance) == 0 {
		line := "the input has no provenance: whether it fits "
		switch {
		case r.saved != nil:
			lines = append(lines, line+f.Resume+" is not known")
		case f.Preset != "":
			lines = append(lines, line+"--preset "+f.Preset+" is not known")
		}
	}
	if r.saved == nil && f.Loss == "auto" && !r.data.Ensembles.Known() {
		lines = append(lines, fmt.Sprintf("the input does not state the type of its targets: --loss auto takes %s", r.state.Network.Loss))
	}
	for _, a := range r.accepted {
		lines = append(lines, "accepted: "+a.String())
	}
	return append(lines, r.zeroRate(), r.slowPrecision())
}

// slower is how many times as long an update takes as in single precision, where the
// products of a precision have no matrix unit: the default network, processor time on
// one thread, on a Zen 3 with AVX2 (3.2 and 1.17) and a Xeon with AVX-512 (3.9 and 1.4).
var slower = map[kernel.Precision]string{kernel.Split: "3 to 4", kernel.BFloat16: "1.2 to 1.4"}

// slowPrecision says that the processor makes a precision slower than single; "" if it
// does not.
func (r *run) slowPrecision() string {
	times, processor := slower[r.state.Training.Precision], kernel.ThisProcessor()
	if times == "" || kernel.Path() == "amx" {
		return ""
	}
	reason := "the kernels of GRIDCELLS_KERNEL=" + kernel.Path() + " do not use it"
	if !processor.AMX {
		reason = processor.NoAMX
	}
	return fmt.Sprintf("--precision %v has no matrix unit (AMX) here (%s): an update takes about %s times as long as with --precision single",
		r.state.Training.Precision, reason, times)
}

// zeroRate says that the schedule brings the learning rate to 0 before the last
// update; "" if it does not.
func (r *run) zeroRate() string {
	s := &r.state.Optimizer.Schedule
	end := uint64(s.Period)
	if s.Course != "cosine" || uint64(r.flags.Steps) <= end {
		return ""
	}
	return fmt.Sprintf("the learning rate is 0 after update %d of %d, where --schedule cosine ends: these updates change nothing; --schedule-period %d --allow-mismatch stretches it",
		end, r.flags.Steps, r.flags.Steps)
}

// stopped says that a run ended before its last update, after which it was saved.
type stopped struct {
	run   *run
	cause error
}

func (e *stopped) Error() string {
	r := e.run
	text := fmt.Sprintf("stopped after %d of %d updates, saved in %s: %v", r.state.Position.Update, r.flags.Steps, r.flags.Checkpoint, e.cause)
	if r.flags.Quiet {
		return text
	}
	return text + r.lossText("; ") + "; go on with: " + r.command(r.flags.Steps)
}

func (e *stopped) Unwrap() error { return e.cause }

// reached describes the result of a run that made all its updates.
func (r *run) reached() string {
	update := r.state.Position.Update
	text := fmt.Sprintf("%d updates made%s, saved in %s", update, r.lossText(", "), r.flags.Checkpoint)
	if update == 0 {
		return text
	}
	return text + "; to make as many more: " + r.command(2*int(update))
}

// lossText is the mean loss of the newest updates; "" if there were none.
func (r *run) lossText(separator string) string {
	loss := r.loss
	if r.window.Updates > 0 {
		loss = r.window.Loss / float64(r.window.Updates)
	}
	if math.IsNaN(loss) {
		return ""
	}
	return fmt.Sprintf("%sloss %.4f", separator, loss)
}

// command is the command line that goes on with the run to so many updates. The
// checkpoint has all other settings.
func (r *run) command(steps int) string {
	f := r.flags
	words := []string{"train", "--resume", f.Checkpoint, "--steps", strconv.Itoa(steps)}
	add := func(given bool, flag, value string) {
		if given {
			words = append(words, flag, value)
		}
	}
	add(f.Log != "", "--log", f.Log)
	add(f.LogEvery != f.StepsPerEpoch, "--log-every", strconv.Itoa(f.LogEvery))
	add(f.StepsPerEpoch != defaultEpoch, "--steps-per-epoch", strconv.Itoa(f.StepsPerEpoch))
	add(f.Tensorboard != "", "--tensorboard", f.Tensorboard)
	add(f.CheckpointEvery != defaultInterval, "--checkpoint-every", f.CheckpointEvery.String())
	add(f.Keep > 0, "--keep", strconv.Itoa(f.Keep))
	add(f.KeepEvery > 0, "--keep-every", strconv.Itoa(f.KeepEvery))
	add(f.StopAfter > 0, "--stop-after", f.StopAfter.String())
	add(f.Threads > 0, "--threads", strconv.Itoa(f.Threads))
	words = append(words, f.Files...)
	for i, w := range words {
		words[i] = quote(w)
	}
	if line := strings.Join(words, " "); len(f.Files) > 0 {
		return line
	} else {
		return "... | " + line
	}
}

// defaultEpoch and defaultInterval are the defaults of --steps-per-epoch and
// --checkpoint-every, which need not be repeated.
const defaultEpoch = 1000

var defaultInterval = interval{updates: 10000}

// quote protects a word from the shell, and control characters from a terminal.
func quote(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.,:=+/@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	word = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, word)
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
