package network

import (
	"gridcells/pkg/kernel"
	"gridcells/pkg/random"
)

// readoutBlock is the number of rows that a thread takes through the linear
// layer, the readouts and back at a time: few enough for the second-level
// cache, and a multiple of the rows of the kernels' tiles.
const readoutBlock = 56

// readout computes everything above the cell, block of rows by block of rows:
// linear layer, dropout, logits, losses, and in training the gradients down to
// the hidden states.
func (e *Engine) readout(member int) {
	for {
		from := (int(e.next.Add(1)) - 1) * readoutBlock
		if from >= e.rows {
			return
		}
		to := min(from+readoutBlock, e.rows)
		e.readoutForward(from, to)
		e.blockLosses(from, to, e.scratch[member])
		if e.training {
			e.readoutBackward(from, to)
		}
	}
}

func (e *Engine) readoutForward(from, to int) {
	n, rows := e.net, to-from
	width, codes, ld := n.Bottleneck, n.codes(), e.ld
	before := e.bottleneck
	if e.training {
		before = e.dropped // nobody asks what dropout took away
	}
	e.linearLayer(before[from*ld:], from, rows)
	if n.rectified() {
		rates := before[from*ld : to*ld]
		kernel.ReLU(rates, rates)
	}
	e.applyMasks(e.dropped, before, from, to)
	column := 0
	for i, l := range n.heads {
		cells := n.Config.Heads[i].Cells
		kernel.GemmBias(rows, cells, width, e.dropped[from*ld:], ld, l.w.Weights, cells,
			e.logits[from*codes+column:], codes, l.b.Weights)
		column += cells
	}
}

func (e *Engine) linearLayer(out []float32, from, rows int) {
	l, width, h := e.net.bottleneck, e.net.Bottleneck, e.net.Hidden
	hidden, ld := e.hidden(from)
	if l.b == nil {
		kernel.Gemm(rows, width, h, hidden, ld, l.w.Weights, width, out, e.ld, false)
	} else {
		kernel.GemmBias(rows, width, h, hidden, ld, l.w.Weights, width, out, e.ld, l.b.Weights)
	}
}

// hidden returns the hidden states after the steps of the rows from row on,
// and their leading dimension.
func (e *Engine) hidden(row int) ([]float32, int) {
	w := Inputs + e.net.Hidden
	return e.xh[(row+e.b)*w+Inputs:], w
}

// blockLosses stores the loss of every row; in training it replaces the logits
// by the gradient of the mean loss.
func (e *Engine) blockLosses(from, to int, scratch []float32) {
	codes, column := e.net.codes(), 0
	scale := float32(1 / float64(e.rows))
	for i, h := range e.net.Config.Heads {
		targets := e.batch.Targets[i]
		for r := from; r < to; r++ {
			z := e.logits[r*codes+column:][:h.Cells]
			dz := z
			if !e.training {
				dz = scratch[:h.Cells] // the logits are wanted
			}
			e.rowLoss[i*e.rows+r] = rowLoss(e.net.Loss, dz, z, targets[r*h.Cells:(r+1)*h.Cells], scale)
		}
		column += h.Cells
	}
}

func rowLoss(loss Loss, dz, z, target []float32, scale float32) float64 {
	switch loss {
	case SigmoidLoss:
		return kernel.SigmoidCrossEntropy(dz, z, target, 0.99, 0.005, scale)
	case SquaredLoss:
		return kernel.SquaredError(dz, z, target, scale)
	}
	return kernel.SoftmaxCrossEntropy(dz, z, target, scale)
}

func (e *Engine) sumLosses() {
	e.losses.Total = 0
	for i := range e.losses.Heads {
		var sum float64
		for _, l := range e.rowLoss[i*e.rows : (i+1)*e.rows] {
			sum += l
		}
		e.losses.Heads[i] = sum / float64(e.rows)
		e.losses.Total += e.losses.Heads[i]
	}
}

func (e *Engine) readoutBackward(from, to int) {
	n, rows := e.net, to-from
	width, h, codes := n.Bottleneck, n.Hidden, n.codes()
	grad := e.dropGrad[from*e.ld:]
	kernel.Gemm(rows, width, codes, e.logits[from*codes:], codes, e.headsT, width, grad, e.ld, false)
	e.applyMasks(e.dropGrad, e.dropGrad, from, to)
	if n.rectified() {
		block := e.dropGrad[from*e.ld : to*e.ld]
		kernel.ReLUBackward(block, e.dropped[from*e.ld:to*e.ld], block)
	}
	kernel.Gemm(rows, h, width, grad, e.ld, e.bottleneckT, h, e.dh[(from+e.b)*h:], h, false)
}

// maskWords is the number of mask words of a row: each dropout group begins a
// word of its own.
func (e *Engine) maskWords() int {
	groups := len(e.net.Keep)
	return groups * ((e.net.Bottleneck/groups + 63) / 64)
}

func (e *Engine) drawMasks(from, to int, s *random.Stream) {
	s.Rekey(e.options.Seed, "dropout")
	words, groups := e.maskWords(), len(e.net.Keep)
	for r := from; r < to; r++ {
		s.Seek(e.options.Update*uint64(e.rows) + uint64(r))
		row := e.masks[r*words : (r+1)*words]
		for g, keep := range e.net.Keep {
			s.Bernoulli(row[g*words/groups:(g+1)*words/groups], keep)
		}
	}
}

// applyMasks drops units of src into dst, scaling the kept ones by 1/keep.
func (e *Engine) applyMasks(dst, src []float32, from, to int) {
	width, groups, words := e.net.Bottleneck, len(e.net.Keep), e.maskWords()
	if !e.options.Dropout {
		copy(dst[from*e.ld:to*e.ld], src[from*e.ld:to*e.ld]) // nothing to do if they are the same
		return
	}
	size := width / groups
	for r := from; r < to; r++ {
		row := e.masks[r*words : (r+1)*words]
		for g, keep := range e.net.Keep {
			at := r*e.ld + g*size
			kernel.ApplyMask(dst[at:at+size], src[at:at+size], row[g*words/groups:(g+1)*words/groups], float32(1/keep))
		}
	}
}
