package network

import "gridcells/pkg/kernel"

// factor is a matrix of weights as the right factor of an engine's products.
type factor struct {
	weights kernel.Matrix
	bias    []float32      // [columns], or nil
	rounded kernel.Operand // the weights in a precision other than single
}

// prepareProducts makes the factors above the cell and the threads' multipliers.
func (e *Engine) prepareProducts() {
	for _, l := range e.net.stateInit {
		e.stateInitW = append(e.stateInitW, e.mapFactor(l))
	}
	e.bottleneckW = e.mapFactor(e.net.bottleneck)
	for _, l := range e.net.heads {
		e.headsW = append(e.headsW, e.mapFactor(l))
	}
	for range e.team.Size() {
		e.multiply = append(e.multiply, multiplier{precision: e.precision})
	}
}

// factor makes a factor of weights [rows, cols]. Before each pass the engine rounds
// all its factors.
func (e *Engine) factor(weights []float32, rows, cols int) *factor {
	f := &factor{weights: kernel.Dense(weights, rows, cols)}
	e.factors = append(e.factors, f)
	return f
}

// mapFactor makes a factor of a linear map's weights and bias.
func (e *Engine) mapFactor(l linear) *factor {
	f := e.factor(l.w.Weights, l.w.Shape[0], l.w.Shape[1])
	if l.b != nil {
		f.bias = l.b.Weights
	}
	return f
}

// roundFactors rounds factors until none is left.
func (e *Engine) roundFactors(int) {
	for {
		i := int(e.next.Add(1)) - 1
		if i >= len(e.factors) {
			return
		}
		e.factors[i].rounded.SetRight(e.precision, e.factors[i].weights)
	}
}

// multiplier computes matrix products of one thread in the precision of its engine.
type multiplier struct {
	precision           kernel.Precision
	input               kernel.Matrix  // the left factor in single precision
	left                kernel.Operand // the left factor in the others
	leftPart, rightPart kernel.Operand // of the factors of a gradient
}

// take makes a [n, in] the left factor of the products that follow.
func (m *multiplier) take(a kernel.Matrix) {
	if m.precision == kernel.Single {
		m.input = a
		return
	}
	m.left.SetLeft(m.precision, a)
}

// times computes out = a·W + bias with the matrix a that was taken.
func (m *multiplier) times(out kernel.Matrix, w *factor) {
	switch {
	case m.precision != kernel.Single:
		kernel.Multiply(out, &m.left, &w.rounded, w.bias, false)
	case w.bias != nil:
		kernel.GemmBias(out, m.input, w.weights, w.bias)
	default:
		kernel.Gemm(out, m.input, w.weights, false)
	}
}

// addTo computes out = out + a·W with the matrix a that was taken.
func (m *multiplier) addTo(out kernel.Matrix, w *factor) {
	if m.precision == kernel.Single {
		kernel.Gemm(out, m.input, w.weights, true)
		return
	}
	kernel.Multiply(out, &m.left, &w.rounded, nil, true)
}

// gradientOperands are the factors of a linear map's gradient, Aᵀ·B, in a precision
// other than single. They are rounded once for all products that they take part in.
type gradientOperands struct {
	a, b        kernel.Matrix
	left, right kernel.Operand
}

// roundGradients rounds factors of gradients until none is left.
func (e *Engine) roundGradients(int) {
	for {
		i := int(e.next.Add(1)) - 1
		if i >= 2*len(e.gradientFactors) {
			return
		}
		if o := e.gradientFactors[i/2]; i%2 == 0 {
			o.right.SetRight(e.precision, o.b)
		} else {
			o.left.SetLeftTransposed(e.precision, o.a)
		}
	}
}

// gradientDepth is the length of a piece of the chains of a gradient. Pieces are so
// short that their factors stay in cache.
const gradientDepth = 256

// gradient computes the product C = Aᵀ·B of a gradient.
func (m *multiplier) gradient(p *product) {
	if m.precision == kernel.Single {
		kernel.GemmTA(p.c, p.a, p.b, false)
		return
	}
	for from := 0; from < p.a.Rows; from += gradientDepth {
		to := min(from+gradientDepth, p.a.Rows)
		m.leftPart.Slice(&p.operands.left, p.row, p.c.Rows, from, to)
		m.rightPart.Slice(&p.operands.right, p.column, p.c.Cols, from, to)
		kernel.Multiply(p.c, &m.leftPart, &m.rightPart, nil, from > 0)
	}
}

// rowsOf are the rows of a matrix from `from` to to−1.
func rowsOf(m kernel.Matrix, from, to int) kernel.Matrix {
	m.Data, m.Rows = m.Data[from*m.Stride:], to-from
	return m
}
