package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/feed"
	"gridcells/pkg/network"
	"gridcells/pkg/optimize"
)

const description = `Train the network on encoded trajectories.

Reads records with ego_vel [T, 3] and the codes that targets adds; writes a checkpoint (safetensors) and, with --log, a
log of JSON lines. Defaults are those of the program released with Banino et al. 2018.

    simulate -n 0 | targets | train --steps 300000 --checkpoint run.safetensors --log run.jsonl

An interrupted run (Ctrl-C, SIGTERM, SIGUSR1) saves its checkpoint first and goes on with --resume run.safetensors on
the same data, to the same bits as if it had never stopped. The exit status is then 130, 143 or 138.`

type flags struct {
	cli.Common
	cli.Input
	Seed   uint64 `help:"Seed of initial weights, dropout and noise." default:"1" group:"Common"`
	Preset string `help:"Settings of the released code (reference), of the paper, or those that soon grow grid cells (quick); other flags override them." enum:",reference,paper,quick" default:"" placeholder:"reference|paper|quick" group:"Training"`

	Steps          int       `help:"Updates in all; 0 only stores the untrained network. Default: epochs times steps per epoch." default:"-1" placeholder:"1000000" group:"Training"`
	Epochs         int       `help:"Epochs, if --steps is not given." default:"1000" group:"Training"`
	StepsPerEpoch  int       `help:"Updates of an epoch: how often the log gets a line unless --log-every is given." default:"1000" group:"Training"`
	Batch          int       `help:"Trajectories of an update." default:"10" aliases:"minibatch-size" group:"Training"`
	VelocityInputs bool      `help:"Give the network its self-motion." default:"true" negatable:"" group:"Training"`
	VelocityNoise  []float64 `help:"Standard deviations of Gaussian noise on the components of ego_vel." default:"0,0,0" group:"Training"`
	Init           string    `help:"Start from the weights in FILE." placeholder:"FILE" xor:"start" group:"Training" reads:""`
	Resume         string    `help:"Go on with the run in FILE; its settings hold unless flags override them." placeholder:"FILE" xor:"start" group:"Training" reads:"checkpoint"`

	Cell                 string    `help:"Recurrent cell: ${enum}." enum:"lstm,gru,rnn-tanh,rnn-relu" default:"lstm" group:"Network"`
	NhLstm               int       `help:"Units of the recurrent cell." default:"128" group:"Network"`
	NhBottleneck         int       `help:"Units of the linear layer." default:"256" group:"Network"`
	BottleneckBias       bool      `help:"Give the linear layer a bias." negatable:"" aliases:"bottleneck-has-bias" group:"Network"`
	BottleneckActivation string    `help:"What follows the linear layer: ${enum}; relu keeps its units' rates from being negative." enum:"linear,relu" default:"linear" group:"Network"`
	Dropout              []float64 `help:"Probability of keeping a unit of the linear layer; a list divides it into equal groups." default:"0.5" aliases:"dropout-rates" group:"Network"`
	InitWeightDisp       float64   `help:"Shift of the readouts' initial weights, in standard deviations." default:"0" group:"Network"`
	Loss                 string    `help:"Set the loss: ${enum}. auto takes sigmoid for normalized targets, mse (mean squared error) for cartesian ones and softmax for the others. released takes what the released program does: softmax-tf (softmax with TensorFlow's gradient) for normalized targets, softmax for the others." enum:"auto,released,softmax,softmax-tf,sigmoid,mse" default:"auto" group:"Network"`

	Optimizer            string  `help:"Set the optimiser: ${enum}. rmsprop and adam-tf are TensorFlow 1's forms, rmsprop-torch, adam and adamw PyTorch's." enum:"rmsprop,rmsprop-torch,adam,adam-tf,adamw,sgd" default:"rmsprop" group:"Optimiser"`
	LearningRate         float64 `help:"Learning rate." default:"1e-5" group:"Optimiser"`
	Momentum             float64 `help:"Momentum of rmsprop and sgd." default:"0.9" group:"Optimiser"`
	Decay                float64 `help:"Decay of rmsprop's mean square." default:"0.9" group:"Optimiser"`
	Epsilon              float64 `help:"Epsilon; default: 1e-10 for rmsprop, 1e-8 for the others." default:"-1" placeholder:"1e-10" group:"Optimiser"`
	InitialMS            float64 `help:"First value of rmsprop's mean square; default: 1 in TensorFlow's form, 0 in PyTorch's." name:"initial-ms" default:"-1" placeholder:"1" group:"Optimiser"`
	Beta1                float64 `help:"Decay of adam's first moment." default:"0.9" name:"beta1" group:"Optimiser"`
	Beta2                float64 `help:"Decay of adam's second moment." default:"0.999" name:"beta2" group:"Optimiser"`
	Schedule             string  `help:"Course of the learning rate: ${enum}." enum:"constant,step,cosine" default:"constant" group:"Optimiser"`
	Warmup               int     `help:"Updates in which the learning rate grows from 0." default:"0" group:"Optimiser"`
	SchedulePeriod       int     `help:"Updates between drops (step) or to zero (cosine); default: all updates." default:"0" group:"Optimiser"`
	ScheduleFactor       float64 `help:"Factor of each drop (step)." default:"0.1" group:"Optimiser"`
	Clip                 float64 `help:"Largest magnitude of a gradient's element; 0: no clipping." default:"1e-5" aliases:"clipping" group:"Optimiser"`
	ClipScope            string  `help:"Gradients to clip: ${enum}; bottleneck includes the heads." enum:"all,bottleneck,heads,none" default:"all" group:"Optimiser"`
	ClipNorm             float64 `help:"Largest norm of the whole gradient; 0: any." default:"0" group:"Optimiser"`
	WeightDecay          float64 `help:"Weight decay (L2)." default:"1e-5" group:"Optimiser"`
	WeightDecayScope     string  `help:"Weights to decay: ${enum}; the released code decays none." enum:"all,bottleneck,heads,none" default:"none" group:"Optimiser"`
	WeightDecayDecoupled bool    `help:"Decay the weights themselves instead of adding to the loss (adamw does always)." group:"Optimiser"`

	Checkpoint      string `help:"File for the checkpoint." required:"" placeholder:"FILE" group:"Output" writes:""`
	CheckpointEvery int    `help:"Updates between checkpoints; the last update always has one." default:"10000" group:"Output"`
	Keep            int    `help:"Keep the last N checkpoints as FILE-<update>." default:"0" group:"Output"`
	KeepEvery       int    `help:"Keep every checkpoint whose update is a multiple of N as FILE-<update>." default:"0" group:"Output"`
	Log             string `help:"File for the log, a JSON object a line; - is standard output." placeholder:"FILE" group:"Output" writes:""`
	LogEvery        int    `help:"Updates of a log line; default: those of an epoch. The last update always has one." default:"0" placeholder:"1000" group:"Output"`
	Tensorboard     string `help:"Directory for TensorBoard event files." placeholder:"DIR" group:"Output" writes:""`
}

// presets are the differences between the released code and the paper that
// concern training, and settings for simulate and targets --preset quick.
var presets = map[string]map[string]string{
	"reference": {
		"clip-scope": "all", "weight-decay": "1e-5", "weight-decay-scope": "none",
		"nh-bottleneck": "256", "bottleneck-bias": "false", "epochs": "1000", "loss": "released",
	},
	"paper": {
		"clip-scope": "heads", "weight-decay": "1e-5", "weight-decay-scope": "heads",
		"nh-bottleneck": "512", "bottleneck-bias": "true", "epochs": "300",
	},
	"quick": {
		"nh-lstm": "256", "bottleneck-activation": "relu", "dropout": "0.1",
		"optimizer": "adam", "learning-rate": "3e-4", "clip-scope": "none", "batch": "50", "steps": "4000",
	},
}

// Validate checks how flags relate.
func (f *flags) Validate() error {
	if len(f.VelocityNoise) != network.Inputs {
		return fmt.Errorf("--velocity-noise: %d values, wanted %d", len(f.VelocityNoise), network.Inputs)
	}
	for name, v := range map[string]int{
		"epochs": f.Epochs, "keep": f.Keep, "keep-every": f.KeepEvery, "log-every": f.LogEvery, "steps": f.Steps + 1,
	} {
		if v < 0 {
			return fmt.Errorf("--%s must not be negative", name)
		}
	}
	for name, v := range map[string]int{"batch": f.Batch, "steps-per-epoch": f.StepsPerEpoch, "checkpoint-every": f.CheckpointEvery} {
		if v <= 0 {
			return fmt.Errorf("--%s must be above 0", name)
		}
	}
	if f.Steps < 0 {
		f.Steps = f.Epochs * f.StepsPerEpoch
	}
	if f.LogEvery == 0 {
		f.LogEvery = f.StepsPerEpoch
	}
	if f.Schedule == "constant" {
		f.SchedulePeriod = 0 // it has no say
	} else if f.SchedulePeriod == 0 {
		f.SchedulePeriod = max(1, f.Steps)
	}
	if f.Epsilon < 0 {
		f.Epsilon = optimize.DefaultEpsilon(f.Optimizer)
	}
	return nil
}

func (f *flags) network(heads []network.Head, loss network.Loss) network.Config {
	return network.Config{
		Cell: f.Cell, Hidden: f.NhLstm, Bottleneck: f.NhBottleneck, BottleneckBias: f.BottleneckBias,
		BottleneckActivation: f.BottleneckActivation,
		Keep:                 f.Dropout, InitWeightDisp: f.InitWeightDisp, Loss: loss, Heads: heads,
	}
}

func (f *flags) lossFor(data *feed.Feed) network.Loss {
	switch f.Loss {
	case "auto":
		return data.Loss()
	case "released":
		return data.ReleasedLoss()
	}
	return network.Loss(f.Loss)
}

func (f *flags) optimizer() optimize.Config {
	return optimize.Config{
		Name: f.Optimizer, LearningRate: f.LearningRate, Momentum: f.Momentum, Decay: f.Decay, Epsilon: f.Epsilon,
		InitialMS: f.InitialMS, Beta1: f.Beta1, Beta2: f.Beta2,
		Clip: f.Clip, ClipScope: optimize.Scope(f.ClipScope), ClipNorm: f.ClipNorm,
		WeightDecay: f.WeightDecay, DecayScope: optimize.Scope(f.WeightDecayScope), Decoupled: f.WeightDecayDecoupled,
		Schedule: optimize.Schedule{Course: f.Schedule, WarmUp: f.Warmup, Period: f.SchedulePeriod, Factor: f.ScheduleFactor},
	}
}

func (f *flags) training(steps int) checkpoint.Training {
	return checkpoint.Training{
		Batch: f.Batch, Steps: steps, Seed: f.Seed, VelocityInputs: f.VelocityInputs, VelocityNoise: f.VelocityNoise,
	}
}

// noise is the velocity noise as the network takes it: nil for none.
func (f *flags) noise() []float64 {
	if slices.Max(f.VelocityNoise) == 0 && slices.Min(f.VelocityNoise) == 0 {
		return nil
	}
	return f.VelocityNoise
}

// fromCheckpoint takes the settings of the run that is resumed. Their names in
// the checkpoint are the flags' with underscores.
func fromCheckpoint(given func(string) string) (map[string]string, error) {
	path := given("resume")
	if path == "" {
		return map[string]string{}, nil
	}
	c, err := checkpoint.Load(path)
	if err != nil {
		return nil, err
	}
	if !c.IsRun() {
		return nil, fmt.Errorf("%s holds weights but no run to resume; use --init", path)
	}
	parameters, err := c.Parameters()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	values := map[string]string{}
	for name, raw := range parameters {
		if value, ok := flagText(raw); ok {
			values[strings.ReplaceAll(name, "_", "-")] = value
		}
	}
	return values, nil
}

// flagText writes a JSON value as a flag's text: lists with commas.
func flagText(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, true
	}
	var list []float64
	if json.Unmarshal(raw, &list) == nil {
		parts := make([]string, len(list))
		for i, v := range list {
			parts[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		return strings.Join(parts, ","), true
	}
	if bytes.ContainsAny(raw, "[{") {
		return "", false // no flag: the heads follow from the data
	}
	return string(raw), true
}
