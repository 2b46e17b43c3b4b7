package network

import (
	"cmp"
	"slices"

	"gridcells/pkg/kernel"
)

// product is a part of the parameters' gradient that one thread forms: Aᵀ·B
// over all k rows of a batch and, if sums are wanted for a bias, the column
// sums of B, which is in cache then. Threads take products in turn; each has
// its outputs to itself.
type product struct {
	k, m, n       int
	a, b, c       []float32
	lda, ldb, ldc int
	sums          []float32
}

// panel and slab bound the columns and rows of a product, so that there are
// enough of them to share out evenly.
const (
	panel = 64
	slab  = 140
)

func (e *Engine) gradients(int) {
	for {
		i := int(e.next.Add(1)) - 1
		if i >= len(e.products) {
			return
		}
		p := &e.products[i]
		kernel.GemmTA(p.m, p.n, p.k, p.a, p.lda, p.b, p.ldb, p.c, p.ldc, false)
		if p.sums != nil {
			kernel.ColumnSums(p.k, p.n, p.b, p.ldb, p.sums, false)
		}
	}
}

func (e *Engine) listProducts() []product {
	n := e.net
	codes := n.codes()
	hidden, ld := e.hidden(0)
	list := e.cell.products()
	list = append(list, gradientOf(n.bottleneck, e.rows, hidden, ld, e.dropGrad, e.ld)...)
	column := 0
	for i, l := range n.heads {
		list = append(list, gradientOf(l, e.rows, e.dropped, e.ld, e.logits[column:], codes)...)
		column += n.Config.Heads[i].Cells
	}
	for i, l := range n.stateInit {
		grad, ld := e.cell.initialStateGrad(i)
		list = append(list, gradientOf(l, e.b, e.codes, n.initCodes(), grad, ld)...)
	}
	slices.SortStableFunc(list, func(a, b product) int { return cmp.Compare(b.k*b.m*b.n, a.k*a.m*a.n) })
	return list
}

// gradientOf lists the products for the gradient of a linear map: inputs [k,
// in] and gradients of the outputs [k, out].
func gradientOf(l linear, k int, in []float32, ldIn int, grad []float32, ldGrad int) []product {
	var list []product
	m, n := l.w.Shape[0], l.w.Shape[1]
	for row := 0; row < m; row += slab {
		for column := 0; column < n; column += panel {
			p := product{
				k: k, m: min(slab, m-row), n: min(panel, n-column),
				a: in[row:], lda: ldIn, b: grad[column:], ldb: ldGrad,
				c: l.w.Grad[row*n+column:], ldc: n,
			}
			if row == 0 && l.b != nil {
				p.sums = l.b.Grad[column : column+p.n]
			}
			list = append(list, p)
		}
	}
	return list
}
