package network

import "gridcells/pkg/kernel"

// Row r of an engine belongs to step r/b of trajectory r mod b: rows are in the
// order [T, B]. The matrices here are views of n rows from `first` on.

// row returns the i-th row of a dense matrix.
func row(x []float32, i, width int) []float32 { return x[i*width : (i+1)*width] }

// rowsOf are the rows of a matrix from `from` to to−1.
func rowsOf(m kernel.Matrix, from, to int) kernel.Matrix {
	m.Data, m.Rows = m.Data[from*m.Stride:], to-from
	return m
}

// matrixRow returns the i-th row of a matrix.
func matrixRow(m kernel.Matrix, i int) []float32 { return m.Data[i*m.Stride:][:m.Cols] }

// inputs are the cell's inputs [x, h]: the self-motion of each row's step beside
// the hidden state from which the step starts.
func (e *Engine) inputs(first, n int) kernel.Matrix {
	w := Inputs + e.net.Hidden
	return kernel.Dense(e.xh[first*w:], n, w)
}

// hidden are the hidden states [n, H] from which the rows' steps start. The states
// after the steps lie b rows further on.
func (e *Engine) hidden(first, n int) kernel.Matrix {
	w := Inputs + e.net.Hidden
	return kernel.Matrix{Data: e.xh[first*w+Inputs:], Rows: n, Cols: e.net.Hidden, Stride: w}
}

// state is the hidden state [H] from which a row's step starts.
func (e *Engine) state(r int) []float32 {
	return row(e.xh, r, Inputs+e.net.Hidden)[Inputs:]
}

// hiddenGrad and stateGrad are the gradients of hidden and state.
func (e *Engine) hiddenGrad(first, n int) kernel.Matrix {
	return kernel.Dense(e.dh[first*e.net.Hidden:], n, e.net.Hidden)
}

func (e *Engine) stateGrad(r int) []float32 { return row(e.dh, r, e.net.Hidden) }

// linearRows are rows [n, N] of a vector laid out like the linear layer.
func (e *Engine) linearRows(x []float32, first, n int) kernel.Matrix {
	return kernel.Matrix{Data: x[first*e.stride:], Rows: n, Cols: e.net.Bottleneck, Stride: e.stride}
}

// headRows are the logits [n, cells] of one head, or their gradients.
func (e *Engine) headRows(head, first, n int) kernel.Matrix {
	return kernel.Matrix{
		Data: e.logits[first*e.codeStride+e.net.codesBefore(head):],
		Rows: n, Cols: e.net.Config.Heads[head].Cells, Stride: e.codeStride,
	}
}
