package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/feed"
	"gridcells/pkg/kernel"
	"gridcells/pkg/network"
	"gridcells/pkg/optimize"
	"gridcells/pkg/preset"
)

const description = `Train the network on encoded trajectories, which targets makes. Write a checkpoint (safetensors) and a log.
The defaults are those of the program released with Banino et al. 2018.

    simulate -n 0 | targets | train --steps 300000 --checkpoint run.safetensors --log run.jsonl`

const details = `Ctrl-C (SIGINT), SIGTERM, SIGUSR1 and --stop-after end a run after the update that it is making. The run saves its checkpoint and ends with status 130, 143, 138 or 75. Given the same data and --resume FILE, it goes on to the same bits as a run that never stopped. Status 75 is also that of a run whose checkpoint another run is writing.

train refuses data that do not fit the resumed run or the preset: another room, motion, ego_vel, trajectory length or other ensembles. It also refuses settings that differ from those of the resumed run, unless they do not change the updates (--steps, --log, --threads and the like). The message names the flags that differ. --allow-mismatch accepts them; the checkpoint then records both values.`

type flags struct {
	cli.Common
	cli.Input
	Parameters
	Control
}

// Details is the part of the help that only --help-all shows.
func (f *flags) Details() string { return details }

// Parameters are the flags that determine the weights after a number of updates on
// the same data. The checkpoint records them under the same names, with
// underscores.
type Parameters struct {
	Seed   uint64 `help:"Set the seed of the initial weights, dropout and noise." default:"1" group:"Common"`
	Preset string `help:"Use the settings of an experiment, as simulate and targets did." enum:",${presets}" default:"" placeholder:"${preset_names}" group:"Training"`

	Batch          int       `help:"Set the number of trajectories of an update." default:"10" aliases:"minibatch-size" group:"Training" more:"" min:"1" max:"1048576"`
	VelocityInputs bool      `help:"Give the network its self-motion, ego_vel. This is the default." default:"true" negatable:"" group:"Training" more:""`
	VelocityNoise  []float64 `help:"Set the standard deviations of Gaussian noise on the 3 components of ego_vel. The default is no noise." default:"0,0,0" group:"Training" more:"" min:"0" max:"1e30"`
	StateNoise     float64   `help:"Set the standard deviation of Gaussian noise on the cell's initial state. The default is no noise." default:"0" group:"Training" more:"" min:"0" max:"1e30"`
	Precision      string    `help:"Compute matrix products in this precision: ${enum}. split takes each number as a sum of two bfloat16, which has 16 bits of the 24 of single. bfloat16 rounds each number to 8 bits. Sums are float32 in all of them." enum:"${precisions}" default:"single" group:"Training" more:""`

	Cell                 string    `help:"Use this recurrent cell: ${enum}." enum:"${cells}" default:"lstm" group:"Network" more:""`
	NhLstm               int       `help:"Set the number of units of the recurrent cell." default:"128" group:"Network" min:"1" max:"65536"`
	NhBottleneck         int       `help:"Set the number of units of the linear layer." default:"256" group:"Network" min:"1" max:"65536"`
	BottleneckBias       bool      `help:"Give the linear layer a bias. The default is none." negatable:"" aliases:"bottleneck-has-bias" group:"Network" more:""`
	BottleneckActivation string    `help:"Set what follows the linear layer: ${enum}. relu keeps the rates of its units from being negative." enum:"${activations}" default:"linear" group:"Network" more:""`
	Dropout              []float64 `help:"Set the probability of keeping a unit of the linear layer. A list divides the layer into equal groups." default:"0.5" aliases:"dropout-rates" group:"Network" more:"" above:"0" max:"1"`
	InitWeightDisp       float64   `help:"Shift the initial weights of the readouts by this number of standard deviations." default:"0" group:"Network" more:"" min:"-1e6" max:"1e6"`
	Loss                 string    `help:"Set the loss: ${enum}. auto takes sigmoid for normalized targets, mse (mean squared error) for cartesian ones and softmax for the others. released takes what the released program does: softmax-tf (softmax with TensorFlow's gradient) for normalized targets, softmax for the others." enum:"auto,released,${losses}" default:"auto" group:"Network" more:""`

	Optimizer            string  `help:"Use this optimiser: ${enum}. rmsprop and adam-tf are TensorFlow 1's forms; rmsprop-torch, adam and adamw are PyTorch's." enum:"${optimizers}" default:"rmsprop" group:"Optimiser" more:""`
	LearningRate         float64 `help:"Set the learning rate." default:"1e-5" group:"Optimiser" min:"0" max:"1e38"`
	Momentum             float64 `help:"Set the momentum of rmsprop and sgd." default:"0.9" group:"Optimiser" more:"" min:"0" below:"1"`
	Decay                float64 `help:"Set the decay of rmsprop's mean square in an update." default:"0.9" group:"Optimiser" more:"" min:"0" max:"1"`
	Epsilon              float64 `help:"Set the epsilon. The default is that of the library the optimiser comes from: 1e-10 for rmsprop, 1e-8 for the others." default:"-1" placeholder:"1e-10" group:"Optimiser" more:"" min:"0" max:"1e38"`
	InitialMS            float64 `help:"Set the first value of rmsprop's mean square. The default, -1, takes 1 in TensorFlow's form and 0 in PyTorch's." name:"initial-ms" default:"-1" group:"Optimiser" more:"" min:"-1" max:"1e38"`
	Beta1                float64 `help:"Set the decay of adam's first moment in an update." default:"0.9" name:"beta1" group:"Optimiser" more:"" min:"0" below:"1"`
	Beta2                float64 `help:"Set the decay of adam's second moment in an update." default:"0.999" name:"beta2" group:"Optimiser" more:"" min:"0" below:"1"`
	Schedule             string  `help:"Set the course of the learning rate: ${enum}." enum:"${schedules}" default:"constant" group:"Optimiser" more:""`
	Warmup               int     `help:"Let the learning rate grow from 0 over this number of updates." default:"0" group:"Optimiser" more:"" min:"0"`
	SchedulePeriod       int     `help:"Set the number of updates between drops (step) or until the rate is 0 (cosine). The default is all updates." default:"0" placeholder:"UPDATES" group:"Optimiser" more:"" min:"0"`
	ScheduleFactor       float64 `help:"Set the factor of each drop (step)." default:"0.1" group:"Optimiser" more:"" min:"0" max:"1e38"`
	Clip                 float64 `help:"Clip each element of the gradient to this magnitude. 0 clips nothing." default:"1e-5" aliases:"clipping" group:"Optimiser" more:"" min:"0" max:"1e38"`
	ClipScope            string  `help:"Clip the gradients of these modules: ${enum}. bottleneck stands for the linear layer and the readouts." enum:"all,bottleneck,heads,none" default:"all" group:"Optimiser" more:""`
	ClipNorm             float64 `help:"Limit the norm of the whole gradient to this value, before --clip. 0 sets no limit." default:"0" group:"Optimiser" more:"" min:"0" max:"1e38"`
	WeightDecay          float64 `help:"Set the weight decay (L2)." default:"1e-5" group:"Optimiser" more:"" min:"0" max:"1e38"`
	WeightDecayScope     string  `help:"Decay the weights of these modules: ${enum}. The released program decays none." enum:"all,bottleneck,heads,none" default:"none" group:"Optimiser" more:""`
	WeightDecayDecoupled bool    `help:"Shrink the weights themselves instead of adding their norm to the loss. adamw always does so." group:"Optimiser" more:""`
}

// Control holds the flags that leave the updates as they are: where a run begins
// and ends, and what it writes.
type Control struct {
	Steps         int           `help:"Make this number of updates. 0 stores the untrained network." default:"-1" placeholder:"1000000" group:"Training" min:"0"`
	Epochs        int           `help:"Make this number of epochs, if --steps is not given." default:"1000" group:"Training" more:"" min:"0"`
	StepsPerEpoch int           `help:"Set the number of updates of an epoch." default:"1000" group:"Training" more:"" min:"1"`
	Init          string        `help:"Start with the weights in this file." placeholder:"FILE" xor:"start" group:"Training" more:"" reads:"" file:""`
	Resume        string        `help:"Go on with the run in this file, or begin it if there is none." placeholder:"FILE" xor:"start" group:"Training" reads:"checkpoint" file:""`
	StopAfter     time.Duration `help:"Save and stop with status 75 after this time, such as 55m." default:"0s" placeholder:"TIME" min:"0" group:"Training"`
	AllowMismatch bool          `help:"Accept data and settings that do not fit the preset or the resumed run, and record the differences." group:"Training" more:""`

	Checkpoint      string   `help:"Write the checkpoint to this file. The default is the file of --resume." placeholder:"FILE" group:"Output" writes:"" file:""`
	Force           bool     `help:"Overwrite a checkpoint that exists." group:"Output"`
	CheckpointEvery interval `help:"Save after each N updates, or a time such as 5m." default:"10000" placeholder:"N|TIME" group:"Output" more:""`
	Keep            int      `help:"Keep the last N checkpoints as FILE-<update>." default:"0" placeholder:"N" group:"Output" more:"" min:"0"`
	KeepEvery       int      `help:"Save each N-th update and keep it as FILE-<update>." default:"0" placeholder:"N" group:"Output" min:"0"`
	Log             string   `help:"Write the log to this file, a JSON object a line." placeholder:"FILE" group:"Output" writes:""`
	LogEvery        int      `help:"Set the number of updates of a log line. The default is that of an epoch, 1000." default:"0" placeholder:"1000" group:"Output" more:"" min:"0"`
	Tensorboard     string   `help:"Write TensorBoard event files into this directory." placeholder:"DIR" group:"Output" more:"" writes:"" file:""`
}

// Variables are the values of the enumerations, from the packages that own them.
func (f *flags) Variables() map[string]string {
	v := preset.Variables("train")
	v["cells"], v["activations"] = strings.Join(network.Cells(), ","), strings.Join(network.BottleneckActivations, ",")
	v["precisions"] = strings.Join(kernel.Precisions(), ",")
	v["losses"] = strings.Join(network.LossNames(), ",")
	v["optimizers"], v["schedules"] = strings.Join(optimize.Names(), ","), strings.Join(optimize.Schedules, ",")
	return v
}

// Validate checks how flags relate, and replaces defaults that follow from others.
func (f *flags) Validate() error {
	if f.Checkpoint == "" {
		f.Checkpoint = f.Resume
	}
	if f.Checkpoint == "" {
		return errors.New("--checkpoint FILE is needed")
	}
	if err := f.checkKept(); err != nil {
		return err
	}
	if len(f.VelocityNoise) != network.Inputs {
		return fmt.Errorf("--velocity-noise: %d values, want %d", len(f.VelocityNoise), network.Inputs)
	}
	if f.Steps < 0 {
		if f.Epochs > math.MaxInt/f.StepsPerEpoch {
			return fmt.Errorf("--epochs %d of --steps-per-epoch %d are too many updates", f.Epochs, f.StepsPerEpoch)
		}
		f.Steps = f.Epochs * f.StepsPerEpoch
	}
	if f.LogEvery == 0 {
		f.LogEvery = f.StepsPerEpoch
	}
	if f.Schedule == "constant" {
		f.SchedulePeriod = 0 // a constant rate has no period
	} else if f.SchedulePeriod == 0 {
		f.SchedulePeriod = max(1, f.Steps)
	}
	if f.Epsilon < 0 {
		f.Epsilon = optimize.DefaultEpsilon(f.Optimizer)
	}
	return nil
}

// checkKept refuses files that the checkpoints which are kept would overwrite, or
// that would overwrite these. A run may go on from one that it has kept.
func (f *flags) checkKept() error {
	if f.Keep == 0 && f.KeepEvery == 0 {
		return nil
	}
	for _, file := range append([]string{f.Init, f.Log}, f.Files...) {
		if file != "" && file != "-" && checkpoint.IsNumbered(f.Checkpoint, file) {
			return fmt.Errorf("%s has the name of a checkpoint that --keep and --keep-every keep; give it or --checkpoint another one", file)
		}
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
		Preset: f.Preset, Batch: f.Batch, Steps: steps, Seed: f.Seed, VelocityInputs: f.VelocityInputs, VelocityNoise: f.VelocityNoise,
		StateNoise: f.StateNoise, Precision: f.precision(),
	}
}

// precision is that of --precision, whose names were checked with the flag.
func (f *flags) precision() kernel.Precision {
	p, _ := kernel.ParsePrecision(f.Precision)
	return p
}

// noise is the velocity noise as the network takes it: nil for none.
func (f *flags) noise() []float64 {
	if slices.Max(f.VelocityNoise) == 0 && slices.Min(f.VelocityNoise) == 0 {
		return nil
	}
	return f.VelocityNoise
}
