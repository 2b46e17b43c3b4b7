package nulls

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"gridcells/pkg/kernel"
)

// planeFourier is the complex Fourier transform of planes of numbers [nx, ny], first along
// y and then along x. It is gonum's. Where the processor has AVX2, sizes that are products
// of 2, 4 and 5, such as the usual 20 and 32, are transformed in vectors: all lines at
// once, with gonum's operations in gonum's order, and so to the same bits.
type planeFourier struct {
	nx, ny        int
	alongX        *fourier.CmplxFFT
	alongY        *fourier.CmplxFFT
	line          []complex128
	passX, passY  []fourierPass // nil where gonum transforms
	first, second []complex128  // planes whose lines along the axis at hand are columns
}

// fourierPass is a pass of a fast Fourier transform. It takes the size apart by a factor.
type fourierPass struct {
	factor        int
	before, inner int             // the product of the factors of earlier passes, and of later ones
	twiddles      [][4]complex128 // of every i < inner
}

func newPlaneFourier(nx, ny int) *planeFourier {
	f := &planeFourier{nx: nx, ny: ny, alongX: fourier.NewCmplxFFT(nx), alongY: fourier.NewCmplxFFT(ny), line: make([]complex128, nx)}
	if kernel.Path() == "scalar" {
		return f
	}
	f.passX, f.passY = fourierPasses(nx), fourierPasses(ny)
	if f.passX != nil && f.passY != nil {
		size := max(ny*even(nx), nx*even(ny))
		f.first, f.second = make([]complex128, size), make([]complex128, size)
	}
	return f
}

// even is the number of columns that vectors of two fill.
func even(n int) int { return n + n%2 }

// fourierPasses are gonum's passes for a size: by 4 as often as this divides it, then by
// 2, which comes first, and by 5. They are nil for a size with other factors.
func fourierPasses(size int) []fourierPass {
	var factors []int
	rest := size
	if rest%3 == 0 {
		return nil
	}
	for _, factor := range []int{4, 2, 5} {
		for rest%factor == 0 {
			if rest /= factor; factor == 2 {
				factors = append([]int{2}, factors...)
			} else {
				factors = append(factors, factor)
			}
		}
	}
	if rest != 1 {
		return nil
	}
	var passes []fourierPass
	before, unit := 1, 2*math.Pi/float64(size)
	for _, factor := range factors {
		p := fourierPass{factor: factor, before: before, inner: size / (before * factor)}
		p.twiddles = make([][4]complex128, p.inner)
		for j := range factor - 1 {
			step := float64((j+1)*before) * unit
			for i := range p.twiddles {
				p.twiddles[i][j] = complex(math.Cos(float64(i)*step), -math.Sin(float64(i)*step))
			}
		}
		passes = append(passes, p)
		before *= factor
	}
	return passes
}

// transform replaces a plane by its transform.
func (f *planeFourier) transform(plane []complex128) {
	if f.first == nil {
		f.transformLines(plane)
		return
	}
	nx, ny := f.nx, f.ny
	f.turn(f.first, plane, planeSize{nx, ny}, ny)
	f.run(f.passY, even(nx))
	f.turn(f.second, f.first, planeSize{ny, nx}, even(nx))
	f.first, f.second = f.second, f.first
	f.run(f.passX, even(ny))
	for i := range nx {
		copy(plane[i*ny:(i+1)*ny], f.first[i*even(ny):])
	}
}

// planeSize is the number of rows and columns of a plane.
type planeSize struct{ rows, columns int }

// turn writes src to dst with rows and columns exchanged. A row of src has stride numbers,
// one of dst an even number of them.
func (f *planeFourier) turn(dst, src []complex128, size planeSize, stride int) {
	to := even(size.rows)
	for i := range size.rows {
		for j, v := range src[i*stride : i*stride+size.columns] {
			dst[j*to+i] = v
		}
	}
}

// run transforms the columns of first.
func (f *planeFourier) run(passes []fourierPass, columns int) {
	for i := range passes {
		passes[i].combine(f.second, f.first, columns)
		f.first, f.second = f.second, f.first
	}
}

// transformLines is transform by gonum, line by line.
func (f *planeFourier) transformLines(plane []complex128) {
	nx, ny := f.nx, f.ny
	for i := range nx {
		row := plane[i*ny : (i+1)*ny]
		f.alongY.Coefficients(row, row)
	}
	for j := range ny {
		for i := range nx {
			f.line[i] = plane[i*ny+j]
		}
		f.alongX.Coefficients(f.line, f.line)
		for i := range nx {
			plane[i*ny+j] = f.line[i]
		}
	}
}
