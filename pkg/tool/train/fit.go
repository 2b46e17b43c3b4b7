package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gridcells/pkg/agreement"
	"gridcells/pkg/checkpoint"
	"gridcells/pkg/feed"
)

// derived are the recorded values that no flag sets, and the flags that do not
// outlast a run.
var derived = []string{"heads", "init", "trajectory-steps", "accepted", "allow-mismatch"}

// fromCheckpoint supplies the settings of the run that is resumed as defaults. A
// file that does not exist supplies none: a new run begins.
func fromCheckpoint(given func(string) string) (map[string]string, error) {
	values := map[string]string{}
	path := given("resume")
	if path == "" {
		return values, nil
	}
	c, err := loadRun(path)
	if c == nil || err != nil {
		return values, err
	}
	parameters, err := c.Parameters()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for name, raw := range parameters {
		if value, ok := agreement.Text(raw); ok {
			values[strings.ReplaceAll(name, "_", "-")] = value
		}
	}
	for _, name := range derived {
		delete(values, name)
	}
	return values, nil
}

// loadRun loads the checkpoint of a run; nil if the file does not exist.
func loadRun(path string) (*checkpoint.Checkpoint, error) {
	c, err := checkpoint.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !c.IsRun() {
		return nil, fmt.Errorf("%s holds weights but no run to resume; use --init %s", path, path)
	}
	return c, nil
}

// start loads the run to go on with; nil if a new one begins. A new run must not
// overwrite a checkpoint.
func (f *flags) start() (*checkpoint.Checkpoint, error) {
	var saved *checkpoint.Checkpoint
	if f.Resume != "" {
		var err error
		if saved, err = loadRun(f.Resume); err != nil {
			return nil, err
		}
	}
	if f.Force || saved != nil && sameFile(f.Resume, f.Checkpoint) {
		return saved, nil
	}
	if info, err := os.Stat(f.Checkpoint); err == nil && info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s exists: go on with --resume %s, or overwrite it with --force", f.Checkpoint, f.Checkpoint)
	}
	return saved, nil
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// compare finds out whether the data fit the preset of a new run, or data and
// settings the run that is resumed. It returns the differences that were accepted.
func (f *flags) compare(saved *checkpoint.Checkpoint, data *feed.Feed) ([]agreement.Accepted, error) {
	subject, differences, err := f.differences(saved, data)
	if err != nil {
		return nil, err
	}
	if err := agreement.Check(subject, differences, f.AllowMismatch); err != nil || len(differences) == 0 {
		return nil, err
	}
	accepted := agreement.Accepted{Subject: filepath.Base(subject), Differences: differences}
	if saved != nil {
		accepted.Update = saved.Position.Update
	}
	return []agreement.Accepted{accepted}, nil
}

func (f *flags) differences(saved *checkpoint.Checkpoint, data *feed.Feed) (subject string, list []agreement.Difference, err error) {
	if saved == nil {
		subject = "a run without --preset"
		if f.Preset != "" {
			subject = "--preset " + f.Preset
		}
		list, err = agreement.Preset(f.Preset, data.Provenance, true)
		return subject, list, err
	}
	list, err = agreement.Continuation(saved.Provenance, data.Provenance)
	if err != nil {
		return "", nil, err
	}
	list = agreement.Steps(list, saved.Training.Steps, data.Steps)
	settings, err := f.settings(saved, data)
	return f.Resume, append(list, settings...), err
}

// settings are the flags of this tool that differ from those of the resumed run.
func (f *flags) settings(saved *checkpoint.Checkpoint, data *feed.Feed) ([]agreement.Difference, error) {
	now := f.state(data)
	there, err := saved.Parameters()
	if err != nil {
		return nil, err
	}
	here, err := now.Parameters()
	if err != nil {
		return nil, err
	}
	return agreement.Settings("train", there, here, derived...)
}

// state is the checkpoint of a run before its first update.
func (f *flags) state(data *feed.Feed) checkpoint.Checkpoint {
	c := checkpoint.Checkpoint{
		Network: f.network(data.Heads, f.lossFor(data)), Optimizer: f.optimizer(),
		Training: f.training(data.Steps), Provenance: data.Provenance,
	}
	if data.Ensembles.Known() {
		c.Ensembles = &data.Ensembles
	}
	return c
}
