package ensemble

import (
	"math"
	"slices"

	"gridcells/pkg/kernel"
	"gridcells/pkg/random"
)

// Code is the way in which a quantity becomes the values that a network is given
// or predicts, such as the activities of an ensemble.
type Code string

// The codes. The table below says what each is.
const (
	Softmax    Code = "softmax"
	Voronoi    Code = "voronoi"
	Sample     Code = "sample"
	Normalized Code = "normalized"
	DoG        Code = "dog"
	Cartesian  Code = "cartesian"
	Zeros      Code = "zeros"
)

// codeType is all that is particular to a code. A new code is a constant above and
// an entry in the table below.
type codeType struct {
	code Code
	help string // how the code follows from the log-densities of the cells at the quantity
	// loss names the loss, as package network does, of a network that predicts the
	// code. It is "" for codes that no network predicts.
	loss string
	// width returns the number of values with which the code describes an ensemble.
	width func(Ensemble) int
	// encode fills dst [T, width] with the codes of x [T, Dim].
	encode func(e *Encoder, dst []float32, x []float64, s *random.Stream)
}

// codeTypes is the table of the codes, in the order of the help texts.
var codeTypes = []codeType{
	{Softmax, "posterior over the cells", "softmax", Ensemble.Cells, (*Encoder).softmax},
	{Voronoi, "1 for the cell of the largest density, the first of equal ones; 0 for the others", "softmax", Ensemble.Cells, each((*Encoder).voronoi)},
	{Sample, "1 for a cell drawn from the posterior, and 0 for the others", "softmax", Ensemble.Cells, each((*Encoder).sample)},
	{Normalized, "exp of the log-density, which is 1 at the centre of a place cell", "sigmoid", Ensemble.Cells, each((*Encoder).normalized)},
	// The difference of Gaussians is that of Sorscher et al. 2019. It needs fields
	// that overlap. For narrow fields the difference is nearly 0 everywhere.
	{DoG, "posterior less that of wider fields, raised to a minimum of 0 and divided by the sum", "softmax", Ensemble.Cells, each((*Encoder).differenceOfGaussians)},
	{Cartesian, "the quantity itself: the position (x, y) in metres, a direction as (cos, sin)", "mse", two, each((*Encoder).cartesian)},
	{Zeros, "no information", "", Ensemble.Cells, (*Encoder).zeros},
}

func two(Ensemble) int { return 2 }

// each makes an encode of a method that fills dst [width] with the code of one quantity,
// x [Dim]. dst holds zeros before.
func each(encode func(e *Encoder, dst []float32, x []float64, s *random.Stream)) func(*Encoder, []float32, []float64, *random.Stream) {
	return func(e *Encoder, dst []float32, x []float64, s *random.Stream) {
		dim := e.ensemble.Dim()
		width := len(dst) * dim / len(x)
		for len(x) > 0 {
			clear(dst[:width])
			encode(e, dst[:width], x[:dim], s)
			dst, x = dst[width:], x[dim:]
		}
	}
}

// entry finds a code in the table. It returns nil if the code is not there.
func (c Code) entry() *codeType {
	for i := range codeTypes {
		if codeTypes[i].code == c {
			return &codeTypes[i]
		}
	}
	return nil
}

// TargetCodes lists the codes that a network can be trained to predict.
func TargetCodes() []Code { return codesWith(func(t codeType) bool { return t.loss != "" }) }

// InitialCodes lists the codes from which the initial state of a network can be
// computed.
func InitialCodes() []Code { return codesWith(func(codeType) bool { return true }) }

func codesWith(wanted func(codeType) bool) []Code {
	var list []Code
	for _, t := range codeTypes {
		if wanted(t) {
			list = append(list, t.code)
		}
	}
	return list
}

// Help says in words what the values of the code are.
func (c Code) Help() string {
	if t := c.entry(); t != nil {
		return t.help
	}
	return ""
}

// Loss names the loss that suits predictions of the code, as package network does.
// It is "" if no network can predict the code.
func (c Code) Loss() string {
	if t := c.entry(); t != nil {
		return t.loss
	}
	return ""
}

// Width is the number of values with which the code describes an ensemble. It is 0
// for an unknown code.
func (c Code) Width(e Ensemble) int {
	if t := c.entry(); t != nil {
		return t.width(e)
	}
	return 0
}

// DefaultSurround is the surround's variance in units of the centre's.
const DefaultSurround = 2

// negligible is a difference of log-densities. The exp of any lower difference is 0
// in single precision.
const negligible = -104

// Encoder turns quantities into one ensemble's activities. It has scratch
// space and is not safe for concurrent use.
type Encoder struct {
	ensemble Ensemble
	surround float64
	vector   bool // whether the processor has AVX2 and FMA
	logs     []float64
	wide     []float64 // of the surround
	all      []int32
	together *posteriors
}

// NewEncoder makes an encoder of the ensemble; for [DoG] the surround has the
// default scale.
func NewEncoder(e Ensemble) *Encoder {
	return &Encoder{
		ensemble: e, surround: DefaultSurround, vector: kernel.Path() != "scalar",
		logs: make([]float64, e.Cells()), together: newPosteriors(e.Cells()),
	}
}

// Encode fills dst [T, code.Width] with the codes of the quantities x [T, Dim]. Only
// [Sample] draws random numbers from the stream, which may be nil for other codes. The
// code must be one of the table's.
func (e *Encoder) Encode(dst []float32, x []float64, code Code, s *random.Stream) {
	entry := code.entry()
	if len(x) > 0 {
		entry.encode(e, dst[:len(x)/e.ensemble.Dim()*entry.width(e.ensemble)], x, s)
	}
}

// densities computes the log-densities at x of all cells whose posterior there may
// differ from zero. It also returns the largest of them.
func (e *Encoder) densities(x []float64) (logs []float64, cells []int32, largest float64) {
	cells = e.ensemble.Near(x)
	logs = e.logs[:len(cells)]
	return logs, cells, e.ensemble.LogDensity(logs, x, cells)
}

func (e *Encoder) softmax(dst []float32, x []float64, _ *random.Stream) {
	p, dim, width := e.together, e.ensemble.Dim(), e.ensemble.Cells()
	for len(x) > 0 {
		n := min(together, len(x)/dim)
		p.clear()
		for i := range n {
			p.add(e.ensemble, x[i*dim:(i+1)*dim])
		}
		if e.vector {
			p.vector()
		} else {
			p.scalar()
		}
		p.store(dst, width)
		dst, x = dst[n*width:], x[n*dim:]
	}
}

func (e *Encoder) normalized(dst []float32, x []float64, _ *random.Stream) {
	logs, cells, _ := e.densities(x)
	for i, l := range logs {
		if l > negligible {
			dst[cells[i]] = float32(math.Exp(l))
		}
	}
}

func (e *Encoder) voronoi(dst []float32, x []float64, _ *random.Stream) {
	logs, cells, largest := e.densities(x)
	if i := slices.Index(logs, largest); i >= 0 {
		dst[cells[i]] = 1
	}
}

func (e *Encoder) sample(dst []float32, x []float64, s *random.Stream) {
	logs, cells, largest := e.densities(x)
	dst[cells[draw(logs, largest, s.Float64())]] = 1
}

func (e *Encoder) cartesian(dst []float32, x []float64, _ *random.Stream) {
	e.ensemble.Cartesian(dst, x)
}

func (e *Encoder) zeros(dst []float32, _ []float64, _ *random.Stream) { clear(dst) }

// differenceOfGaussians stores the [DoG] code in dst. If centre and surround are
// equal for every cell, all cells get the same activity.
func (e *Encoder) differenceOfGaussians(dst []float32, x []float64, _ *random.Stream) {
	if e.wide == nil {
		e.wide, e.all = make([]float64, len(e.logs)), ascending(len(e.logs))
	}
	largest := e.ensemble.LogDensity(e.logs, x, e.all)
	var sum, sumWide float64
	for i, l := range e.logs {
		wide := math.Exp((l - largest) / e.surround)
		centre := wide * wide // for a surround of 2: exp(l − largest), at half the cost
		if e.surround != 2 {
			centre = math.Exp(l - largest)
		}
		e.logs[i], e.wide[i] = centre, wide
		sum += centre
		sumWide += wide
	}
	least := math.Inf(1)
	scale, scaleWide := 1/sum, 1/sumWide
	for i, centre := range e.logs {
		e.logs[i] = centre*scale - e.wide[i]*scaleWide
		least = min(least, e.logs[i])
	}
	sum = 0
	for _, d := range e.logs {
		sum += d - least
	}
	if !(sum > 0) {
		for i := range dst {
			dst[i] = 1 / float32(len(dst))
		}
		return
	}
	scale = 1 / sum
	for i, d := range e.logs {
		dst[i] = float32((d - least) * scale)
	}
}

// draw returns the cell at which the cumulative posterior exceeds u in [0, 1).
func draw(logs []float64, largest, u float64) int {
	var sum float64
	for _, l := range logs {
		sum += math.Exp(l - largest)
	}
	last := 0
	for i, l := range logs {
		if p := math.Exp(l - largest); p > 0 {
			last = i
			if u -= p / sum; u < 0 {
				return i
			}
		}
	}
	return last // rounding left a remainder
}
