package network

import (
	"cmp"
	"slices"

	"gridcells/pkg/kernel"
)

// product is a part of the parameters' gradient that one thread computes: C = Aᵀ·B
// over all rows of a batch. If sums is not nil, it also computes the column sums of
// B, the gradient of a bias, while B is in cache. Threads take one product after
// the other. No two products write to the same place.
type product struct {
	c, a, b kernel.Matrix
	sums    []float32
	// In precisions other than single, C has the rows and columns from these on of
	// the product of the operands.
	operands    *gradientOperands
	row, column int
}

// operations is the number of multiply-adds of a product.
func (p *product) operations() int { return p.a.Rows * p.a.Cols * p.b.Cols }

// panel and slab are the largest numbers of columns and rows of a product. They are
// so small that there are enough products to keep all threads equally busy.
const (
	panel = 64
	slab  = 140
)

// gradients computes products until none is left.
func (e *Engine) gradients(member int) {
	for {
		i := int(e.next.Add(1)) - 1
		if i >= len(e.products) {
			return
		}
		p := &e.products[i]
		e.multiply[member].gradient(p)
		if p.sums != nil {
			kernel.ColumnSums(p.b, p.sums, false)
		}
	}
}

// listProducts lists the products of all parameters, the longest first, so that
// threads finish at nearly the same time.
func (e *Engine) listProducts() []product {
	n := e.net
	list := e.cell.products()
	list = append(list, gradientOf(n.bottleneck, e.hidden(e.b, e.rows), e.linearRows(e.dropGrad, 0, e.rows))...)
	for i, l := range n.heads {
		list = append(list, gradientOf(l, e.linearRows(e.dropped, 0, e.rows), e.headRows(i, 0, e.rows))...)
	}
	for i, l := range n.stateInit {
		list = append(list, gradientOf(l, kernel.Dense(e.codes, e.b, n.initCodes()), e.cell.initialStateGrad(i))...)
	}
	if e.precision != kernel.Single {
		e.gradientFactors = operandsOf(list)
	}
	slices.SortStableFunc(list, func(a, b product) int { return cmp.Compare(b.operations(), a.operations()) })
	return list
}

// operandsOf lists the operands of products, those with the most operations first.
func operandsOf(list []product) []*gradientOperands {
	var all []*gradientOperands
	for i := range list {
		if p := &list[i]; p.row == 0 && p.column == 0 {
			all = append(all, p.operands)
		}
	}
	size := func(o *gradientOperands) int { return o.a.Rows * (o.a.Cols + o.b.Cols) }
	slices.SortStableFunc(all, func(a, b *gradientOperands) int { return cmp.Compare(size(b), size(a)) })
	return all
}

// gradientOf lists the products for the gradient of a linear map, from its inputs
// [k, in] and the gradients of its outputs [k, out].
func gradientOf(l linear, in, grad kernel.Matrix) []product {
	var list []product
	operands := &gradientOperands{a: in, b: grad}
	m, n := l.w.Shape[0], l.w.Shape[1]
	for row := 0; row < m; row += slab {
		for column := 0; column < n; column += panel {
			rows, columns := min(slab, m-row), min(panel, n-column)
			p := product{
				operands: operands, row: row, column: column,
				c: kernel.Matrix{Data: l.w.Grad[row*n+column:], Rows: rows, Cols: columns, Stride: n},
				a: kernel.Matrix{Data: in.Data[row:], Rows: in.Rows, Cols: rows, Stride: in.Stride},
				b: kernel.Matrix{Data: grad.Data[column:], Rows: grad.Rows, Cols: columns, Stride: grad.Stride},
			}
			if row == 0 && l.b != nil {
				p.sums = l.b.Grad[column : column+columns]
			}
			list = append(list, p)
		}
	}
	return list
}
