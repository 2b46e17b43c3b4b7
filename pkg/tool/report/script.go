package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/npy"
)

// script are the command lines that make a report's inputs, and the report, again.
// They follow from the inputs' provenance: the parameters of a stage bear the names
// of the tool's flags, with underscores.
type script struct {
	lines     []string
	pipelines []*pipeline
	trainings []*training
	log       []string        // flags of the training whose log is shown
	logged    string          // that training
	made      map[string]bool // files that are spoken for
	datasets  map[string]bool
}

// pipeline is a stream that some tools hand on, one to the other.
type pipeline struct {
	stages npy.Provenance
	files  [][]string // by stage, flags that name files beside the stream
	output string
}

// training is one whose checkpoints are needed.
type training struct {
	key     string
	updates uint64 // of the last checkpoint made
	files   map[uint64]string
}

// tools whose command lines can be written, all of which take -o.
var tools = []string{"simulate", "tfrecord2npy", "targets", "activations", "ratemaps", "gridscore"}

// stream makes a file of a stream of that provenance.
func (s *script) stream(p npy.Provenance, file string) string {
	s.pipelines = append(s.pipelines, &pipeline{p, make([][]string, len(p)), file})
	return file
}

// beside makes the last stage of a provenance write a file by a flag, where the
// stream comes by anyway.
func (s *script) beside(p npy.Provenance, flag, file string) string {
	if len(p) == 0 {
		s.comment(file + " does not say where it comes from.")
		return file
	}
	from := slices.IndexFunc(s.pipelines, func(q *pipeline) bool {
		return len(q.stages) >= len(p) && same(q.stages[:len(p)], p)
	})
	if from < 0 {
		from = len(s.pipelines)
		s.stream(p, "/dev/null")
	}
	files := &s.pipelines[from].files[len(p)-1]
	*files = append(*files, flag, file)
	return file
}

// same tells whether two provenances are of the same stream.
func same(a, b npy.Provenance) bool {
	return slices.EqualFunc(a, b, func(a, b npy.Stage) bool {
		return a.Tool == b.Tool && a.Version == b.Version && bytes.Equal(a.Parameters, b.Parameters) && bytes.Equal(a.Derived, b.Derived)
	})
}

func (s *script) comment(text string) {
	s.space()
	s.lines = append(s.lines, "# "+text)
}

// space parts what follows from what is there, unless that is a comment on it.
func (s *script) space() {
	if n := len(s.lines); n > 0 && !strings.HasPrefix(s.lines[n-1], "#") {
		s.lines = append(s.lines, "")
	}
}

// write writes all pipelines, each behind those that make what it reads.
func (s *script) write() error {
	for _, p := range s.pipelines {
		if err := s.writePipeline(p); err != nil {
			return err
		}
	}
	return nil
}

func (s *script) writePipeline(p *pipeline) error {
	commands, err := s.commands(p.stages, p.files)
	if err != nil {
		return err
	}
	if len(commands) == 0 {
		s.comment(p.output + " does not say where it comes from.")
		return nil
	}
	last := &commands[len(commands)-1]
	*last = append(*last, "-o", p.output)
	s.pipe(commands)
	return nil
}

// commands are a stream's, from its source on.
func (s *script) commands(stages npy.Provenance, files [][]string) ([][]string, error) {
	var commands [][]string
	foreign := ""
	for i, stage := range stages {
		if !slices.Contains(tools, stage.Tool) {
			commands, foreign = nil, stage.Tool
			continue
		}
		words := append([]string{stage.Tool}, arguments(stage.Parameters)...)
		more, err := s.inputs(stage)
		if err != nil {
			return nil, err
		}
		words = append(words, more...)
		if files != nil {
			words = append(words, files[i]...)
		}
		if stage.Tool == "simulate" && i+1 < len(stages) && stages[i+1].Tool == "tfrecord2npy" {
			s.dataset(words, stages[i+1])
			continue
		}
		if len(commands) == 0 && foreign != "" {
			words = append(words, s.unique("from-"+foreign, ".npy"))
			s.comment(words[len(words)-1] + " is what " + foreign + " wrote.")
		}
		commands = append(commands, words)
	}
	return commands, nil
}

// dataset writes the files that tfrecord2npy reads.
func (s *script) dataset(words []string, reader npy.Stage) {
	var read struct{ Files []string }
	if reader.Decode(&read) != nil || len(read.Files) != 1 {
		return
	}
	words = append(words, "--tfrecord", read.Files[0])
	if line := strings.Join(words, " "); !s.datasets[line] {
		s.datasets[line] = true
		s.pipe([][]string{words})
	}
}

// inputs names the files that a stage reads beside the stream, after writing how
// they are made.
func (s *script) inputs(stage npy.Stage) ([]string, error) {
	switch stage.Tool {
	case "activations":
		var o checkpoint.Origin
		if err := stage.Decode(&o); err != nil {
			return nil, err
		}
		file, err := s.checkpoint(&o)
		return []string{"--checkpoint", file}, err
	case "gridscore":
		var maps struct {
			Of npy.Provenance `json:"untrained_maps"`
		}
		if err := stage.Decode(&maps); err != nil || maps.Of == nil {
			return nil, err
		}
		file := s.unique("untrained.maps", ".npy")
		err := s.writePipeline(&pipeline{stages: maps.Of, output: file})
		return []string{"--untrained", file}, err
	}
	return nil, nil
}

// checkpoint writes the training of a network and returns the checkpoint's name.
// Where an earlier checkpoint of the same training is there, it goes on from it.
func (s *script) checkpoint(o *checkpoint.Origin) (string, error) {
	if o.File != "" || len(o.Data) == 0 {
		if o.File == "" {
			o.File = "weights.safetensors"
		}
		s.comment(o.File + " is a file of weights from elsewhere.")
		return o.File, nil
	}
	parameters, err := json.Marshal(o.Parameters)
	if err != nil {
		return "", err
	}
	key, err := trainingKey(o)
	if err != nil {
		return "", err
	}
	t := s.training(key)
	if file, ok := t.files[o.Update]; ok {
		return file, nil
	}
	commands, err := s.commands(o.Data, nil)
	if err != nil {
		return "", err
	}
	words := append([]string{"train"}, arguments(parameters)...)
	words = append(words, "--steps", fmt.Sprint(o.Update))
	switch earlier, ok := t.files[t.updates]; {
	case ok && t.updates < o.Update:
		words = append(words, "--resume", earlier)
	default:
		var initial struct{ Init *checkpoint.Origin }
		if err := json.Unmarshal(parameters, &initial); err != nil {
			return "", err
		}
		if initial.Init != nil {
			file, err := s.checkpoint(initial.Init)
			if err != nil {
				return "", err
			}
			words = append(words, "--init", file)
		}
	}
	file := s.unique(fmt.Sprintf("network-%d", o.Update), ".safetensors")
	t.files[o.Update], t.updates = file, o.Update
	words = append(words, "--checkpoint", file)
	if key == s.logged {
		words = append(words, s.log...)
	}
	s.pipe(append(commands, words))
	return file, nil
}

// trainingKey tells trainings apart, whose checkpoints differ in their updates.
func trainingKey(o *checkpoint.Origin) (string, error) {
	key, err := json.Marshal([]any{o.Parameters, o.Data})
	return string(key), err
}

func (s *script) training(key string) *training {
	k := slices.IndexFunc(s.trainings, func(t *training) bool { return t.key == key })
	if k < 0 {
		k = len(s.trainings)
		s.trainings = append(s.trainings, &training{key: key, files: map[uint64]string{}})
	}
	return s.trainings[k]
}

// logs makes the training behind a stream write its log.
func (s *script) logs(p npy.Provenance, every float64, file string) (string, error) {
	for _, stage := range p {
		var o checkpoint.Origin
		if stage.Tool != "activations" {
			continue
		}
		if err := stage.Decode(&o); err != nil {
			return "", err
		}
		key, err := trainingKey(&o)
		s.logged, s.log = key, []string{"--log", file, "--log-every", fmt.Sprintf("%.0f", every)}
		return file, err
	}
	s.comment(file + " is the log of a training that is not known.")
	return file, nil
}

// unique returns a file's name that no other file has.
func (s *script) unique(stem, extension string) string {
	name := stem + extension
	for k := 2; s.made[name]; k++ {
		name = fmt.Sprintf("%s-%d%s", stem, k, extension)
	}
	s.made[name] = true
	return name
}

// notFlags are parameters that no flag sets: they follow from the input or from
// the files that other flags name.
func notFlag(m member) bool {
	outer, _, _ := strings.Cut(m.name, ".")
	known := []string{"checkpoint_update", "file", "training", "training_data", "init", "heads", "trajectory_steps", "untrained_maps", "over_training_updates"}
	return slices.Contains(known, outer) || string(m.raw) == "null" || string(m.raw) == `""`
}

// arguments turns a stage's parameters into its tool's command line.
func arguments(parameters json.RawMessage) []string {
	var words, files []string
	for _, m := range members("", parameters) {
		if notFlag(m) {
			continue
		}
		value := argument(m.raw)
		if name, ok := strings.CutPrefix(m.name, "set."); ok {
			words = append(words, "--set", name+"="+value)
			continue
		}
		if name, ok := strings.CutPrefix(m.name, "motion_parameters."); ok { // of older files
			words = append(words, "--set", name+"="+value)
			continue
		}
		flag := "--" + strings.ReplaceAll(m.name, "_", "-")
		switch {
		case m.name == "files":
			json.Unmarshal(m.raw, &files) // names only; anything else is no list of files
		case m.name == "n":
			words = append(words, "-n", value)
		case value == "true":
			words = append(words, flag)
		case value == "false" || strings.HasPrefix(value, "-"):
			words = append(words, flag+"="+value)
		default:
			words = append(words, flag, value)
		}
	}
	return append(words, files...)
}

// argument writes a parameter's value as a flag takes it: lists with commas, no
// ensembles as 0.
func argument(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return string(raw)
	}
	if len(list) == 0 {
		return "0"
	}
	values := make([]string, len(list))
	for i, v := range list {
		values[i] = argument(v)
	}
	return strings.Join(values, ",")
}

// scriptWidth is how many characters of the pages' smallest paper a line has.
const scriptWidth = 118

// pipe writes commands that hand a stream on, each beginning a line.
func (s *script) pipe(commands [][]string) {
	s.space()
	for i, words := range commands {
		indent := ""
		if i > 0 {
			indent = "  "
		}
		end := ""
		if i+1 < len(commands) {
			end = " |"
		}
		s.lines = append(s.lines, command(indent, words, end)...)
	}
}

// command breaks a command into lines of at most scriptWidth characters, flags
// staying with their values. What is longer by itself is broken as well; the shell
// joins what a backslash parts.
func command(indent string, words []string, end string) []string {
	var lines []string
	line := indent + quote(words[0])
	for i := 1; i < len(words); i++ {
		part := quote(words[i])
		if strings.HasPrefix(part, "-") && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
			i++
			part += " " + quote(words[i])
		}
		if len(line)+1+len(part)+len(` \`) > scriptWidth {
			lines = append(lines, line+` \`)
			line = indent + "   "
		}
		line += " " + part
		for len(line) > scriptWidth {
			at := scriptWidth - 1
			for line[at-1] == '\\' {
				at--
			}
			lines = append(lines, line[:at]+`\`)
			line = line[at:]
		}
	}
	return append(lines, line+end)
}

// quote protects a word from the shell by backslashes, which unlike quotation
// marks allow it to be broken.
func quote(word string) string {
	var b strings.Builder
	for _, r := range word {
		if r < 0x80 && !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:=+/@%", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	if word == "" {
		return "''"
	}
	return b.String()
}
