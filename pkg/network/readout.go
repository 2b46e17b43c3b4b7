package network

import (
	"gridcells/pkg/kernel"
	"gridcells/pkg/random"
)

// readoutBlock is the number of rows that a thread takes at a time through the
// linear layer and the readouts, and back. It is small enough for the second-level
// cache, and a multiple of the number of rows of a kernel's tiles, which are 14 or 6 in
// single precision and 32 in the others.
func (e *Engine) readoutBlock() int {
	if e.precision == kernel.Single {
		return 56
	}
	return 64
}

// divideRows divides rows among blocks of at most `size` rows: it returns the first row of
// each, and the number of rows at the end. If there are several threads, the first blocks
// are small, because a block waits for the cell's steps of its rows. So are the last ones,
// so that threads finish at nearly the same time.
func divideRows(rows, size, threads int) []int {
	bounds := []int{0}
	for from := 0; from < rows; {
		n := size
		if least := size / 4; threads > 1 {
			n = max(min(size, from, (rows-from)/threads)/least, 1) * least
		}
		from = min(from+n, rows)
		bounds = append(bounds, from)
	}
	return bounds
}

// readout computes everything above the cell, one block of rows after the other:
// linear layer, dropout, logits and losses. In training it also computes the
// gradients down to the hidden states. A block waits for the cell's steps of its rows.
func (e *Engine) readout(member int) {
	c := &e.clocks[member]
	for {
		block := int(e.next.Add(1))
		if block >= len(e.blocks) {
			c.lap(&c.Readout)
			return
		}
		from, to := e.blocks[block-1], e.blocks[block]
		e.await((to-1)/e.b+1, c, &c.Readout)
		m := &e.multiply[member]
		e.readoutForward(m, from, to)
		e.blockLosses(from, to, e.scratch[member])
		e.blockEntropies(from, to)
		if e.training {
			e.readoutBackward(m, from, to)
		}
	}
}

func (e *Engine) readoutForward(m *multiplier, from, to int) {
	n, rows := e.net, to-from
	before := e.bottleneck
	if e.training {
		before = e.dropped // training needs no activity from before dropout
	}
	// The linear layer reads the hidden states after the rows' steps.
	m.take(e.hidden(from+e.b, rows))
	m.times(e.linearRows(before, from, rows), e.bottleneckW)
	if n.rectified() {
		rates := before[from*e.stride : to*e.stride]
		kernel.ReLU(rates, rates)
	}
	e.applyMasks(e.dropped, before, from, to)
	m.take(e.linearRows(e.dropped, from, rows))
	for i, w := range e.headsW {
		m.times(e.headRows(i, from, rows), w)
	}
}

// blockLosses stores the loss of every row. In training it replaces the logits by
// the gradient of the mean loss.
func (e *Engine) blockLosses(from, to int, scratch []float32) {
	scale := float32(1 / float64(e.rows))
	for i, h := range e.net.Config.Heads {
		z := e.headRows(i, from, to-from)
		dz := z
		if !e.training { // an evaluation keeps the logits
			dz = kernel.Dense(scratch, to-from, h.Cells)
		}
		e.loss(e.rowLoss[i*e.rows+from:i*e.rows+to], dz, z, kernel.Dense(e.batch.Targets[i][from*h.Cells:], to-from, h.Cells), scale)
	}
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

func (e *Engine) readoutBackward(m *multiplier, from, to int) {
	n, rows := e.net, to-from
	grad := e.linearRows(e.dropGrad, from, rows)
	// All heads pass their gradients down in one product.
	m.take(kernel.Matrix{Data: e.logits[from*e.codeStride:], Rows: rows, Cols: n.codes(), Stride: e.codeStride})
	m.times(grad, e.headsT)
	e.applyMasks(e.dropGrad, e.dropGrad, from, to)
	if n.rectified() {
		block := e.dropGrad[from*e.stride : to*e.stride]
		kernel.ReLUBackward(block, e.dropped[from*e.stride:to*e.stride], block)
	}
	m.take(grad)
	m.times(e.hiddenGrad(from+e.b, rows), e.bottleneckT)
}

// maskWords is the number of mask words of a row. Each dropout group begins a word
// of its own.
func (e *Engine) maskWords() int {
	groups := len(e.net.Keep)
	return groups * ((e.net.Bottleneck/groups + 63) / 64)
}

// drawMasks fills the masks of rows. If the batch says which units are kept, it
// copies that; otherwise it draws them.
func (e *Engine) drawMasks(from, to int, s *random.Stream) {
	if e.batch.Kept != nil {
		e.copyMasks(from, to)
		return
	}
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

func (e *Engine) copyMasks(from, to int) {
	width, groups, words := e.net.Bottleneck, len(e.net.Keep), e.maskWords()
	size := width / groups
	for r := from; r < to; r++ {
		mask := e.masks[r*words : (r+1)*words]
		clear(mask)
		for i, kept := range e.batch.Kept[r*width : (r+1)*width] {
			if unit := i % size; kept {
				mask[i/size*words/groups+unit/64] |= 1 << (unit % 64)
			}
		}
	}
}

// applyMasks copies src to dst. It sets dropped units to 0 and multiplies the others
// by 1/keep.
func (e *Engine) applyMasks(dst, src []float32, from, to int) {
	width, groups, words := e.net.Bottleneck, len(e.net.Keep), e.maskWords()
	if !e.options.Dropout {
		copy(dst[from*e.stride:to*e.stride], src[from*e.stride:to*e.stride])
		return
	}
	size := width / groups
	for r := from; r < to; r++ {
		row := e.masks[r*words : (r+1)*words]
		for g, keep := range e.net.Keep {
			at := r*e.stride + g*size
			kernel.ApplyMask(dst[at:at+size], src[at:at+size], row[g*words/groups:(g+1)*words/groups], float32(1/keep))
		}
	}
}
