package network

import "gridcells/pkg/kernel"

// Loss names the loss of the readouts. Every loss is summed over ensembles and
// averaged over batch and time.
type Loss string

// The losses.
const (
	// SoftmaxLoss is the cross-entropy between the targets and the softmax of
	// the logits.
	SoftmaxLoss Loss = "softmax"
	// SoftmaxTFLoss has the value of SoftmaxLoss and TensorFlow's gradient of it,
	// softmax(z) − t. The two gradients differ if targets do not sum to 1. The
	// `normalized` targets of the released program do not.
	SoftmaxTFLoss Loss = "softmax-tf"
	// SigmoidLoss is the mean over cells of the cross-entropy between
	// 0.99·target + 0.005 and the sigmoid of the logits. It is for targets between
	// 0 and 1 that do not sum to 1.
	SigmoidLoss Loss = "sigmoid"
	// SquaredLoss is the mean over cells of the squared difference between
	// targets and logits. It is for targets of any range.
	SquaredLoss Loss = "mse"
)

// lossFunction stores the loss of each row of logits z for the targets t, all [rows, cells].
// It sets dz, which may be z, to scale times the gradient.
type lossFunction func(losses []float64, dz, z, t kernel.Matrix, scale float32)

// eachRow is the loss function that takes one row after the other.
func eachRow(loss func(dz, z, t []float32, scale float32) float64) lossFunction {
	return func(losses []float64, dz, z, t kernel.Matrix, scale float32) {
		for i := range losses {
			row := func(m kernel.Matrix) []float32 { return m.Data[i*m.Stride:][:m.Cols] }
			losses[i] = loss(row(dz), row(z), row(t), scale)
		}
	}
}

// lossType is one loss. A new loss is a function and an entry in lossTypes.
type lossType struct {
	name    Loss
	help    string
	rows    lossFunction
	entropy rowEntropy // nil if the loss is no cross-entropy
}

var lossTypes = []lossType{
	{SoftmaxLoss, "cross-entropy of the softmax", kernel.SoftmaxCrossEntropy, softmaxEntropy},
	{SoftmaxTFLoss, "cross-entropy of the softmax with TensorFlow's gradient, as in the released program", kernel.SoftmaxCrossEntropyTF, softmaxEntropy},
	{SigmoidLoss, "cross-entropy of each cell's sigmoid", eachRow(func(dz, z, t []float32, scale float32) float64 {
		return kernel.SigmoidCrossEntropy(dz, z, t, 0.99, 0.005, scale)
	}), func(t []float32) float64 { return sigmoidEntropy(t, 0.99, 0.005) }},
	{SquaredLoss, "mean squared error", eachRow(kernel.SquaredError), nil},
}

// LossNames lists the losses.
func LossNames() []string {
	var names []string
	for _, l := range lossTypes {
		names = append(names, string(l.name))
	}
	return names
}

// findLoss returns the loss of a name. Its functions are nil if no loss has that name.
func findLoss(name Loss) lossType {
	for _, l := range lossTypes {
		if l.name == name {
			return l
		}
	}
	return lossType{}
}
