// Package checkpoint is the file that a training run writes: the weights for other
// programs to use, and everything that the run needs to go on to the very same
// bits.
//
// A checkpoint is a safetensors file. Its tensors are the weights of the network
// under their names ([in, out] for linear maps) and the state of the optimiser
// under "optimizer/". Its metadata hold the configuration as JSON. A file with
// nothing but the weights can be loaded too: the sizes are read from the tensors.
package checkpoint

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gridcells/pkg/agreement"
	"gridcells/pkg/ensemble"
	"gridcells/pkg/kernel"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/optimize"
	"gridcells/pkg/safetensors"
)

// Training is what a run depends on besides network, optimiser and data.
type Training struct {
	Preset         string    `json:"preset,omitempty"` // the preset that was asked for
	Batch          int       `json:"batch"`            // trajectories of an update
	Steps          int       `json:"trajectory_steps"` // time steps of a trajectory
	Seed           uint64    `json:"seed"`             // of weights, dropout and noise
	VelocityInputs bool      `json:"velocity_inputs"`  // whether the network sees ego_vel
	VelocityNoise  []float64 `json:"velocity_noise"`   // standard deviations added to ego_vel
	StateNoise     float64   `json:"state_noise"`      // standard deviation added to the cell's initial state
	// Precision is that of the matrix products. It is [kernel.Single] in checkpoints
	// that do not state it.
	Precision kernel.Precision `json:"precision"`
	Init      *Origin          `json:"init,omitempty"` // of the initial weights; nil if they were drawn from the seed
	// Accepted are differences between this run and its data, or between the run
	// and the run that it goes on with, that the user accepted.
	Accepted      []agreement.Accepted `json:"accepted,omitempty"`
	AllowMismatch bool                 `json:"allow_mismatch,omitempty"` // whether there are any
}

// Origin is where the weights of a network come from: a number of updates of a
// training, or a file that does not say so itself.
type Origin struct {
	File       string                     `json:"file,omitempty"` // its name without the directory
	Update     uint64                     `json:"checkpoint_update"`
	Parameters map[string]json.RawMessage `json:"training,omitempty"`
	Data       npy.Provenance             `json:"training_data,omitempty"`
}

// Origin returns the origin of the weights of a checkpoint that was loaded from
// path.
func (c *Checkpoint) Origin(path string) (*Origin, error) {
	if !c.IsRun() {
		return &Origin{File: filepath.Base(path)}, nil
	}
	parameters, err := c.Parameters()
	return &Origin{Update: c.Position.Update, Parameters: parameters, Data: c.Provenance}, err
}

// Position is how far a run has come.
type Position struct {
	Update     uint64 `json:"update"`     // updates made
	Trajectory int64  `json:"trajectory"` // number of the next trajectory of the data
}

// Checkpoint is the state of a run apart from the numbers in its tensors.
type Checkpoint struct {
	Network    network.Config
	Optimizer  optimize.Config
	Ensembles  *ensemble.Config // nil if the provenance of the data does not state them
	Training   Training
	Position   Position
	Log        json.RawMessage // the unfinished line of the log
	Provenance npy.Provenance  // of the training data

	file *safetensors.File
}

const (
	optimizerPrefix = "optimizer/"
	versionKey      = "gridcells"
	formatVersion   = "2" // format 1 had no checksum
)

// Parameters returns the settings of network, optimiser and training as one set of
// JSON values. But for heads, init, trajectory_steps and accepted their names are
// those of the flags of train, with underscores.
func (c *Checkpoint) Parameters() (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	for _, part := range []any{c.Network, c.Optimizer, c.Training} {
		text, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// sections are the members of the metadata that hold JSON.
func (c *Checkpoint) sections() map[string]any {
	return map[string]any{
		"network": &c.Network, "optimizer": &c.Optimizer, "ensembles": &c.Ensembles,
		"training": &c.Training, "position": &c.Position, "log": &c.Log, "provenance": &c.Provenance,
	}
}

// Save writes the checkpoint. At every instant path holds a whole checkpoint: the
// old one or the new one.
func (c *Checkpoint) Save(path string, n *network.Network, o *optimize.Optimizer) error {
	f := &safetensors.File{Metadata: map[string]string{
		"format":   "pt", // PyTorch's tools ask for it
		versionKey: formatVersion,
	}}
	for name, section := range c.sections() {
		text, err := json.Marshal(section)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, name, err)
		}
		f.Metadata[name] = string(text)
	}
	for _, p := range n.Params {
		f.Tensors = append(f.Tensors, safetensors.Float32(p.Name, p.Weights, p.Shape...))
	}
	for _, s := range o.State() {
		for _, p := range n.Params {
			f.Tensors = append(f.Tensors, safetensors.Float32(optimizerPrefix+s.Name+"/"+p.Name, stateOf(s, p), p.Shape...))
		}
	}
	var err error
	if f.Metadata[checksumKey], err = checksum(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := writeWhole(path, f.Write); err != nil {
		return fmt.Errorf("saving %w", err)
	}
	return nil
}

// stateOf is the part of an optimiser's vector that belongs to a parameter.
func stateOf(s optimize.State, p *network.Param) []float32 {
	return s.Values[p.Offset : p.Offset+len(p.Weights)]
}

// Load reads a checkpoint, or a file of weights alone.
func Load(path string) (*Checkpoint, error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func decode(f *safetensors.File) (*Checkpoint, error) {
	if err := verify(f); err != nil {
		return nil, err
	}
	c := &Checkpoint{file: f}
	if !c.IsRun() {
		var err error
		if c.Network, err = inferNetwork(f); err != nil {
			return nil, err
		}
		c.Training.VelocityInputs = true
		return c, nil
	}
	if v := f.Metadata[versionKey]; v != formatVersion && v != "1" {
		return nil, fmt.Errorf("a checkpoint of format %q; this program knows 1 and %s", v, formatVersion)
	}
	for name, section := range c.sections() {
		if err := json.Unmarshal([]byte(f.Metadata[name]), section); err != nil {
			return nil, fmt.Errorf("metadata %s: %w", name, err)
		}
	}
	if c.Position.Trajectory < 0 {
		return nil, fmt.Errorf("metadata position: trajectory %d is negative", c.Position.Trajectory)
	}
	if err := c.checkShapes(); err != nil {
		return nil, fmt.Errorf("metadata network: %w", err)
	}
	return c, nil
}

// checkShapes compares the network that the configuration describes with the
// tensors that the file holds, before anything of the claimed size is allocated.
func (c *Checkpoint) checkShapes() error {
	shapes, err := c.Network.Shapes()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		t, ok := c.file.Tensor(name)
		if !ok {
			return fmt.Errorf("the checkpoint has no tensor %s", name)
		}
		if !slices.Equal(t.Shape, shapes[name]) {
			return fmt.Errorf("a cell of %d units and a linear layer of %d, but tensor %s has shape %v, wanted %v",
				c.Network.Hidden, c.Network.Bottleneck, name, t.Shape, shapes[name])
		}
	}
	return nil
}

// IsRun reports whether the file was written by a training run. It is false for a
// file of weights alone.
func (c *Checkpoint) IsRun() bool {
	_, ok := c.file.Metadata[versionKey]
	return ok
}

// Restore makes the network of the checkpoint.
func (c *Checkpoint) Restore() (*network.Network, error) {
	if err := c.checkShapes(); err != nil {
		return nil, err
	}
	n, err := network.New(c.Network)
	if err != nil {
		return nil, err
	}
	return n, c.RestoreWeights(n)
}

// RestoreWeights fills a network of the checkpoint's shapes.
func (c *Checkpoint) RestoreWeights(n *network.Network) error {
	for _, p := range n.Params {
		if err := c.restore(p.Name, p, p.Weights); err != nil {
			return err
		}
	}
	return nil
}

// RestoreOptimizer fills the state of an optimiser of the same kind.
func (c *Checkpoint) RestoreOptimizer(n *network.Network, o *optimize.Optimizer) error {
	for _, s := range o.State() {
		for _, p := range n.Params {
			if err := c.restore(optimizerPrefix+s.Name+"/"+p.Name, p, stateOf(s, p)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Checkpoint) restore(name string, p *network.Param, dst []float32) error {
	t, ok := c.file.Tensor(name)
	if !ok {
		return fmt.Errorf("the checkpoint has no tensor %s", name)
	}
	if !slices.Equal(t.Shape, p.Shape) {
		return fmt.Errorf("tensor %s: found shape %v, wanted %v", name, t.Shape, p.Shape)
	}
	if err := t.Float32(dst); err != nil {
		return err
	}
	if k := kernel.FirstNonFinite(dst); k >= 0 {
		return fmt.Errorf("tensor %s: element %d is %v: want a finite number", name, k, dst[k])
	}
	return nil
}

// inferNetwork finds the configuration of a network from the names and shapes of
// its weights. They tell neither the loss nor how wide the initial code of each head
// is: it takes the softmax loss, and the initial codes to be as wide as the targets.
func inferNetwork(f *safetensors.File) (network.Config, error) {
	c := network.Config{Keep: []float64{0.5}, Loss: network.SoftmaxLoss}
	for name, cell := range map[string]string{"lstm/w_gates": "lstm", "gru_gates/w": "gru", "rnn/w": "rnn-tanh"} {
		if _, ok := f.Tensor(name); ok {
			c.Cell = cell
		}
	}
	bottleneck, ok := f.Tensor("bottleneck/w")
	if !ok || len(bottleneck.Shape) != 2 || c.Cell == "" {
		return c, fmt.Errorf("no network: tensors such as lstm/w_gates and bottleneck/w [in, out] are needed")
	}
	c.Hidden, c.Bottleneck = bottleneck.Shape[0], bottleneck.Shape[1]
	_, c.BottleneckBias = f.Tensor("bottleneck/b")
	for _, t := range f.Tensors {
		if head, ok := strings.CutSuffix(t.Name, "/b"); ok && strings.Contains(head, "_logits") && !strings.HasPrefix(head, optimizerPrefix) && len(t.Shape) == 1 {
			c.Heads = append(c.Heads, network.Head{Name: head, Cells: t.Shape[0]})
		}
	}
	slices.SortFunc(c.Heads, func(a, b network.Head) int { return compareHeads(a.Name, b.Name) })
	return c, c.Validate()
}

// compareHeads puts place cells before head-direction cells, as everywhere.
func compareHeads(a, b string) int {
	kind := func(s string) int {
		if strings.HasPrefix(s, "place") {
			return 0
		}
		return 1
	}
	if d := kind(a) - kind(b); d != 0 {
		return d
	}
	if d := len(a) - len(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}
