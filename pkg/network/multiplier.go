package network

import (
	"gridcells/pkg/kernel"
	"gridcells/pkg/memory"
)

// factor is a matrix of weights as the right factor of an engine's products.
type factor struct {
	weights kernel.Matrix
	// sources are the matrices that are copied to the weights before each pass, or, of a
	// transposed factor, whose transposes are, one below the other.
	sources    []kernel.Matrix
	transposed bool
	bias       []float32      // [columns], or nil
	rounded    kernel.Operand // the weights in a precision other than single
}

// prepareProducts makes the factors above the cell and the threads' multipliers.
func (e *Engine) prepareProducts() {
	for _, l := range e.net.stateInit {
		e.stateInitW = append(e.stateInitW, e.factor(l))
	}
	e.bottleneckW = e.spreadFactor(e.net.bottleneck)
	for _, l := range e.net.heads {
		e.headsW = append(e.headsW, e.spreadFactor(l))
	}
	e.multiply = make([]multiplier, e.team.Size())
	for i := range e.multiply {
		m := &e.multiply[i]
		m.precision, m.left.Memory, m.right.Memory = e.precision, m.memory.Floats, m.memory.Floats
	}
}

// addFactor adds a factor to those that each pass loads. Its memory grows now, because
// later threads load it.
func (e *Engine) addFactor(f *factor) *factor {
	f.rounded.Memory = e.memory.Floats
	f.load(e.precision)
	e.factors = append(e.factors, f)
	return f
}

// factor makes a factor of a linear map's weights and bias. Before each pass the engine
// loads all its factors.
func (e *Engine) factor(l linear) *factor {
	return e.addFactor(newFactor(l))
}

func newFactor(l linear) *factor {
	f := &factor{weights: l.w.rowsFrom(0)}
	if l.b != nil {
		f.bias = l.b.Weights
	}
	return f
}

// spreadFactor makes a factor that is used often. In single precision its rows are
// copied to where they do not push each other out of the nearest cache.
func (e *Engine) spreadFactor(l linear) *factor {
	f := newFactor(l)
	if dense := f.weights; e.precision == kernel.Single && kernel.RowStride(dense.Cols) != dense.Cols {
		f.sources, f.weights = []kernel.Matrix{dense}, e.spread(dense.Rows, dense.Cols)
	}
	return e.addFactor(f)
}

// transposedFactor makes a factor of the transposes of matrices, one below the other.
func (e *Engine) transposedFactor(sources ...kernel.Matrix) *factor {
	rows := 0
	for _, s := range sources {
		rows += s.Cols
	}
	return e.addFactor(&factor{weights: e.spread(rows, sources[0].Rows), sources: sources, transposed: true})
}

// spread allocates a matrix whose rows do not push each other out of the nearest cache.
func (e *Engine) spread(rows, cols int) kernel.Matrix {
	stride := kernel.RowStride(cols)
	return kernel.Matrix{Data: e.memory.Floats(rows * stride), Rows: rows, Cols: cols, Stride: stride}
}

// rowsFrom is the matrix of a parameter's weights from a row on.
func (p *Param) rowsFrom(row int) kernel.Matrix {
	return kernel.Dense(p.Weights[row*p.Shape[1]:], p.Shape[0]-row, p.Shape[1])
}

// loadFactors copies and rounds factors until none is left.
func (e *Engine) loadFactors() {
	for {
		i := int(e.next.Add(1)) - 1
		if i >= len(e.factors) {
			return
		}
		if f := e.factors[i]; e.training || !f.transposed {
			f.load(e.precision)
		}
	}
}

func (f *factor) load(p kernel.Precision) {
	row := 0
	for _, s := range f.sources {
		if f.transposed {
			kernel.Transpose(rowsOf(f.weights, row, row+s.Cols), s)
			row += s.Cols
			continue
		}
		for i := range s.Rows {
			copy(f.weights.Data[i*f.weights.Stride:], s.Data[i*s.Stride:][:s.Cols])
		}
	}
	if p != kernel.Single {
		f.rounded.SetRight(p, f.weights)
	}
}

// multiplier computes matrix products of one thread in the precision of its engine.
type multiplier struct {
	precision kernel.Precision
	input     kernel.Matrix  // the left factor in single precision
	left      kernel.Operand // the left factor in the others
	right     kernel.Operand // the right factor of a gradient
	memory    memory.Pool    // of the factors
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

// gradient computes the products of a task.
func (m *multiplier) gradient(t []product) {
	depth := kernel.GradientDepth()
	for from := 0; from < t[0].a.Rows; from += depth {
		to := min(from+depth, t[0].a.Rows)
		a := rowsOf(t[0].a, from, to)
		if m.precision != kernel.Single {
			m.left.SetLeftTransposed(m.precision, a)
		}
		for i := range t {
			p := &t[i]
			b := rowsOf(p.b, from, to)
			// The sums read the rows of B one after the other. So the processor sees which
			// memory it needs next, and then B is in cache for the product.
			if p.sums != nil {
				kernel.ColumnSums(b, p.sums, from > 0)
			}
			if m.precision == kernel.Single {
				kernel.GemmTA(p.c, a, b, from > 0)
			} else {
				m.right.SetRight(m.precision, b)
				kernel.Multiply(p.c, &m.left, &m.right, nil, from > 0)
			}
		}
	}
}
