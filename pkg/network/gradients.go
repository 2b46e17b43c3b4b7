package network

import (
	"cmp"
	"slices"

	"gridcells/pkg/kernel"
)

// gradient is that of a linear map: Aᵀ·B of its inputs A [k, in] and of the gradients
// B [k, out] of its outputs, over all rows of a batch. The column sums of B are the
// gradient of the map's bias.
type gradient struct {
	of   linear
	a, b kernel.Matrix
	cell bool // A or B come from the cell's way back
}

// product is a part of a gradient: C = Aᵀ·B. If sums is not nil, the column sums of B
// are computed, too.
type product struct {
	c, a, b kernel.Matrix
	sums    []float32
}

// operations is the number of multiply-adds of a product.
func (p *product) operations() int { return p.a.Rows * p.a.Cols * p.b.Cols }

// task is what one thread computes before it takes another task. Its products have the
// same A, so that it is read and rounded once for all of them. No two products write to
// the same place.
type task struct {
	products []product
	cell     bool // needs the gradients of the cell's gates or initial states
}

func (t *task) operations() int {
	sum := 0
	for i := range t.products {
		sum += t.products[i].operations()
	}
	return sum
}

// gradients does tasks until none is left.
func (e *Engine) gradients(member int) {
	c := &e.clocks[member]
	for {
		i := int(e.next.Add(1)) - 1
		if i >= len(e.tasks) {
			c.lap(&c.Gradients)
			return
		}
		if e.tasks[i].cell {
			e.await(1, c, &c.Gradients)
		}
		e.multiply[member].gradient(e.tasks[i].products)
	}
}

// listTasks lists the gradients of all parameters as tasks, the longest first, so that
// threads finish at nearly the same time. If some threads do not run the cell, those
// tasks come first that they can do meanwhile.
func (e *Engine) listTasks() []task {
	n := e.net
	list := e.cell.gradients()
	for i, l := range n.stateInit {
		list = append(list, gradient{of: l, a: kernel.Dense(e.codes, e.b, n.initCodes()), b: e.cell.initialStateGrad(i)})
	}
	for i := range list {
		list[i].cell = true
	}
	list = append(list, gradient{of: n.bottleneck, a: e.hidden(e.b, e.rows), b: e.linearRows(e.dropGrad, 0, e.rows)})
	for i, l := range n.heads {
		list = append(list, gradient{of: l, a: e.linearRows(e.dropped, 0, e.rows), b: e.headRows(i, 0, e.rows)})
	}
	tasks := tasksOf(list, e.columnParts())
	slices.SortStableFunc(tasks, func(a, b task) int {
		if a.cell != b.cell && e.recurrent < e.team.Size() {
			if a.cell {
				return 1
			}
			return -1
		}
		return cmp.Compare(b.operations(), a.operations())
	})
	return tasks
}

// columnParts is into how many parts the columns of a gradient are divided: one if there is
// one thread, because all parts read the same inputs. In single precision there are two
// for each of several threads, so that they are done at nearly the same time. In the
// others there is one, because each part rounds its inputs.
func (e *Engine) columnParts() int {
	if threads := e.team.Size(); threads == 1 || e.precision != kernel.Single {
		return threads
	}
	return 2 * e.team.Size()
}

// tasksOf divides the columns of each gradient into parts. Gradients of maps with the same
// inputs, one after the other in the list, share tasks.
func tasksOf(list []gradient, parts int) (tasks []task) {
	const tile = 16 // columns of a tile of the matrix unit
	for len(list) > 0 {
		same := 1
		for same < len(list) && &list[same].a.Data[0] == &list[0].a.Data[0] {
			same++
		}
		for part := range parts {
			t := task{cell: list[0].cell}
			for _, g := range list[:same] {
				width := (g.b.Cols + parts*tile - 1) / (parts * tile) * tile
				if column := part * width; column < g.b.Cols {
					t.products = append(t.products, g.columns(column, width))
				}
			}
			if t.products != nil {
				tasks = append(tasks, t)
			}
		}
		list = list[same:]
	}
	return tasks
}

// columns is the product for columns of a gradient from the given one on.
func (g *gradient) columns(column, width int) product {
	rows, n := g.of.w.Shape[0], g.of.w.Shape[1]
	width = min(width, n-column)
	p := product{
		c: kernel.Matrix{Data: g.of.w.Grad[column:], Rows: rows, Cols: width, Stride: n},
		a: g.a,
		b: kernel.Matrix{Data: g.b.Data[column:], Rows: g.b.Rows, Cols: width, Stride: g.b.Stride},
	}
	if g.of.b != nil {
		p.sums = g.of.b.Grad[column : column+width]
	}
	return p
}
