// Package rerun writes the commands that make a result again, from the provenance
// of the result.
//
// The parameters of a stage have the names of the tool's flags, so that they are
// its command line. Provenance is the content of files, which may come from
// anywhere. So the commands write only to names that the program or its user
// chose, in the current directory; every word is quoted for the shell; parameters
// that are no flags are not printed as flags; and nesting is followed only to a
// depth of 32, so that time and memory grow with the length of the provenance.
package rerun

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/npy"
	"gridcells/pkg/printable"
)

const (
	// maxDepth is how deeply provenance within provenance is followed, such as that of
	// the data that a network was trained on.
	maxDepth = 32
	// maxRead is how many bytes of nested provenance are decoded, counting those at
	// every depth again. A usual stage has a few thousand.
	maxRead = 16 << 20
	// maxLines is the length of a script.
	maxLines = 10000
)

// Commands returns the script that makes a file again whose provenance is p.
func Commands(p npy.Provenance, output string) ([]string, error) {
	s := New()
	s.Versions(p)
	s.Stream(p, s.File(output))
	if err := s.Write(); err != nil {
		return nil, err
	}
	return s.Lines(), nil
}

// Training returns the script that makes the weights of o again, in a checkpoint.
func Training(o *checkpoint.Origin) ([]string, error) {
	s := New()
	s.Versions(o.Data)
	if _, err := s.checkpoint(o); err != nil {
		return nil, err
	}
	return s.Lines(), nil
}

// Script is a bash script under construction. Ask for files with [Script.Stream],
// [Script.Beside] and [Script.Log]; then write the commands that make them.
type Script struct {
	lines     []string
	cut       bool // the script would be too long
	depth     int  // of the provenance that is being written
	read      int  // bytes decoded so far
	streams   []*stream
	trainings map[string]*training
	datasets  map[string]string // directories of data sets, by what they hold
	names     names
	logged    string   // the training whose log is asked for
	log       []string // and the flags that write it
}

// stream is what some tools hand on, one to the other.
type stream struct {
	stages npy.Provenance
	files  [][]string // by stage: flags that make it write files beside the stream
	output string
}

// training is a training whose checkpoints are needed.
type training struct {
	last  uint64            // update of the last checkpoint written
	files map[uint64]string // checkpoints written, by update
}

// New returns an empty script.
func New() *Script {
	return &Script{trainings: map[string]*training{}, datasets: map[string]string{}, names: newNames()}
}

// File reserves a file name for the script. It returns the name, or a similar one
// if another file has it.
func (s *Script) File(name string) string { return s.names.unique(name) }

// Stream asks for a file that holds a stream of this provenance.
func (s *Script) Stream(p npy.Provenance, file string) {
	s.streams = append(s.streams, &stream{p, make([][]string, len(p)), file})
}

// Beside asks for a file that the last stage of a provenance writes by one of its
// flags. It is written along with a stream that passes that stage, if there is
// one.
func (s *Script) Beside(p npy.Provenance, flag, file string) {
	if len(p) == 0 {
		s.Comment(file + " does not say where it comes from.")
		return
	}
	at := slices.IndexFunc(s.streams, func(q *stream) bool {
		return len(q.stages) >= len(p) && slices.EqualFunc(q.stages[:len(p)], p, same)
	})
	if at < 0 {
		at = len(s.streams)
		s.Stream(p, "/dev/null")
	}
	files := &s.streams[at].files[len(p)-1]
	*files = append(*files, flag, file)
}

// Log asks for the log of the training whose network made a stream; every is the
// number of updates from one line to the next.
func (s *Script) Log(p npy.Provenance, every float64, file string) error {
	for _, stage := range p {
		if stage.Tool != "activations" {
			continue
		}
		var o checkpoint.Origin
		if err := s.decode(stage, &o); err != nil {
			return err
		}
		var err error
		s.logged, err = trainingKey(&o)
		s.log = []string{"--log", file, "--log-every", fmt.Sprintf("%.0f", every)}
		return err
	}
	s.Comment(file + " is the log of a training that is not known.")
	return nil
}

// same reports whether two stages did the same.
func same(a, b npy.Stage) bool {
	return a.Tool == b.Tool && a.Version == b.Version && bytes.Equal(a.Parameters, b.Parameters) && bytes.Equal(a.Derived, b.Derived)
}

// Comment writes a line for the reader.
func (s *Script) Comment(text string) {
	s.space()
	s.add("# " + printable.Short(text, 2*width))
}

// Versions says in a comment which versions of the tools made a result.
func (s *Script) Versions(p npy.Provenance) {
	var versions []string
	for _, stage := range p {
		if !slices.Contains(versions, stage.Version) {
			versions = append(versions, stage.Version)
		}
		if len(versions) > 4 {
			versions[4] = "others"
			break
		}
	}
	s.Comment("The tools are of version " + strings.Join(versions, " and ") + ".")
}

// Command writes a single command: a tool, the parameters of a stage of that tool,
// and further words.
func (s *Script) Command(stage npy.Stage, first, last []string) {
	args, remarks := arguments(stage)
	s.comments(remarks)
	s.pipe([][]string{slices.Concat([]string{stage.Tool}, first, args, last)})
}

// Write writes the commands that make all files that were asked for. A command
// follows those that make its inputs.
func (s *Script) Write() error {
	for _, t := range s.streams {
		if err := s.writeStream(t); err != nil {
			return err
		}
	}
	return nil
}

// Lines returns the script.
func (s *Script) Lines() []string {
	if s.cut {
		return append(s.lines[:len(s.lines):len(s.lines)], fmt.Sprintf("# The provenance is too long: what follows line %d is left out.", maxLines))
	}
	return s.lines
}

// add appends a line unless the script is too long.
func (s *Script) add(line string) {
	if len(s.lines) >= maxLines {
		s.cut = true
		return
	}
	s.lines = append(s.lines, line)
}

// space separates a command from the one before it by an empty line. Comments stay
// with the command that follows them.
func (s *Script) space() {
	if n := len(s.lines); n > 0 && !strings.HasPrefix(s.lines[n-1], "#") {
		s.add("")
	}
}

func (s *Script) writeStream(t *stream) error {
	commands, err := s.commands(t.stages, t.files)
	if err != nil {
		return err
	}
	if len(commands) == 0 {
		s.Comment(t.output + " does not say where it comes from.")
		return nil
	}
	last := &commands[len(commands)-1]
	*last = append(*last, "-o", t.output)
	s.pipe(commands)
	return nil
}

// commands returns the pipeline of a stream, from its source on, and first writes
// the commands that make the files which it reads.
func (s *Script) commands(stages npy.Provenance, files [][]string) ([][]string, error) {
	if s.exhausted() {
		s.Comment("The provenance is nested too deeply, or too long; the rest is left out.")
		return nil, nil
	}
	s.depth++
	defer func() { s.depth-- }()
	var commands [][]string
	foreign := ""
	for i := 0; i < len(stages); i++ {
		stage := stages[i]
		if stage.Tool == "simulate" && i+1 < len(stages) && stages[i+1].Tool == "tfrecord2npy" {
			words, err := s.dataset(stage, stages[i+1])
			if err != nil {
				return nil, err
			}
			commands = append(commands[:0], words)
			i++
			continue
		}
		if !isStreamTool(stage.Tool) {
			commands, foreign = commands[:0], stage.Tool
			continue
		}
		words, err := s.words(stage)
		if err != nil {
			return nil, err
		}
		if files != nil {
			words = append(words, files[i]...)
		}
		if len(commands) == 0 && foreign != "" {
			input := s.File(localName("from-"+foreign, "from-elsewhere") + ".npy")
			s.Comment(input + " is what " + foreign + " wrote.")
			words = append(words, input)
		}
		commands = append(commands, words)
	}
	return commands, nil
}

// words returns the command of a stage.
func (s *Script) words(stage npy.Stage) ([]string, error) {
	args, remarks := arguments(stage)
	s.comments(remarks)
	inputs, err := s.inputs(stage)
	if err != nil {
		return nil, err
	}
	words := append([]string{stage.Tool}, args...)
	words = append(words, inputs...)
	var read struct{ Files []string }
	if stage.Tool == "tfrecord2npy" || stage.Tool == "neurons" {
		if err := stage.Decode(&read); err != nil {
			return nil, err
		}
	}
	for _, name := range read.Files {
		words = append(words, s.names.foreign(kindOfFile(stage.Tool), name, "dataset"))
	}
	return words, nil
}

// kindOfFile is what a tool reads from files that no tool of ours wrote.
func kindOfFile(tool string) string {
	if tool == "neurons" {
		return "spikes"
	}
	return "data set"
}

func (s *Script) comments(texts []string) {
	for _, text := range texts {
		s.Comment(text)
	}
}

// dataset writes the command that makes TFRecord files, once for each data set, and
// returns the command that reads them.
func (s *Script) dataset(writer, reader npy.Stage) ([]string, error) {
	var read struct{ Files []string }
	if err := reader.Decode(&read); err != nil {
		return nil, err
	}
	recorded := strings.Join(read.Files, "/")
	key := strings.Join([]string{writer.Version, string(writer.Parameters), recorded}, "\x00")
	dir, ok := s.datasets[key]
	if !ok {
		words, err := s.words(writer)
		if err != nil {
			return nil, err
		}
		dir = s.File(localName(recorded, "dataset"))
		s.datasets[key] = dir
		s.pipe([][]string{append(words, "--tfrecord", dir)})
	}
	args, remarks := arguments(reader)
	s.comments(remarks)
	return append(append([]string{reader.Tool}, args...), dir), nil
}

// inputs returns the flags that name the files which a stage reads beside the
// stream, and first writes the commands that make the files.
func (s *Script) inputs(stage npy.Stage) ([]string, error) {
	switch stage.Tool {
	case "simulate", "neurons":
		var recorded struct{ Path string }
		if err := stage.Decode(&recorded); err != nil || recorded.Path == "" {
			return nil, err
		}
		return []string{"--path", s.names.foreign("path", recorded.Path, "path.csv")}, nil
	case "activations":
		var o checkpoint.Origin
		if err := s.decode(stage, &o); err != nil {
			return nil, err
		}
		file, err := s.checkpoint(&o)
		if err != nil {
			return nil, err
		}
		words := []string{"--checkpoint", file}
		var recorded struct{ Centres string }
		if err := stage.Decode(&recorded); err != nil {
			return nil, err
		}
		if recorded.Centres != "" {
			words = append(words, "--centres", s.names.foreign("centres", recorded.Centres, "centres.npy"))
		}
		return words, nil
	case "gridscore":
		var maps struct {
			Of npy.Provenance `json:"untrained_maps"`
		}
		if err := s.decode(stage, &maps); err != nil || maps.Of == nil {
			return nil, err
		}
		file := s.File("untrained.maps.npy")
		return []string{"--untrained", file}, s.writeStream(&stream{stages: maps.Of, output: file})
	}
	return nil, nil
}

// checkpoint writes the training of a network and returns the name of the
// checkpoint. Where an earlier checkpoint of the same training was written, the
// training resumes from it.
func (s *Script) checkpoint(o *checkpoint.Origin) (string, error) {
	if o.File != "" || len(o.Data) == 0 {
		file := s.names.foreign("weights", o.File, "weights.safetensors")
		s.Comment(file + " is a file of weights from elsewhere.")
		return file, nil
	}
	key, err := trainingKey(o)
	if err != nil {
		return "", err
	}
	t := s.trainings[key]
	if t == nil {
		t = &training{files: map[uint64]string{}}
		s.trainings[key] = t
	}
	if file, ok := t.files[o.Update]; ok {
		return file, nil
	}
	commands, err := s.commands(o.Data, nil)
	if err != nil {
		return "", err
	}
	words, err := s.train(o, t)
	if err != nil {
		return "", err
	}
	file := s.File(fmt.Sprintf("network-%d.safetensors", o.Update))
	t.files[o.Update], t.last = file, o.Update
	words = append(words, "--checkpoint", file)
	if key == s.logged {
		words = append(words, s.log...)
	}
	s.pipe(append(commands, words))
	return file, nil
}

// train returns the command of a training to the update of o, without its outputs.
func (s *Script) train(o *checkpoint.Origin, t *training) ([]string, error) {
	parameters, err := json.Marshal(o.Parameters)
	if err != nil {
		return nil, err
	}
	args, remarks := arguments(npy.Stage{Tool: "train", Parameters: parameters})
	s.comments(remarks)
	words := append(append([]string{"train"}, args...), "--steps", fmt.Sprint(o.Update))
	if earlier, ok := t.files[t.last]; ok && t.last < o.Update {
		return append(words, "--resume", earlier), nil
	}
	raw, ok := o.Parameters["init"]
	if !ok || s.exhausted() {
		return words, nil
	}
	var initial *checkpoint.Origin
	if err := json.Unmarshal(raw, &initial); err != nil || initial == nil {
		return words, err
	}
	s.depth++
	defer func() { s.depth-- }()
	file, err := s.checkpoint(initial)
	return append(words, "--init", file), err
}

// decode decodes a stage and counts its bytes.
func (s *Script) decode(stage npy.Stage, v any) error {
	s.read += len(stage.Parameters) + len(stage.Derived)
	return stage.Decode(v)
}

// exhausted reports whether no more nested provenance should be followed.
func (s *Script) exhausted() bool { return s.depth >= maxDepth || s.read > maxRead }

// trainingKey identifies a training. Its checkpoints differ in their updates.
func trainingKey(o *checkpoint.Origin) (string, error) {
	key, err := json.Marshal([]any{o.Parameters, o.Data})
	return string(key), err
}
