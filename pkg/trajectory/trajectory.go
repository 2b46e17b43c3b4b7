package trajectory

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"gridcells/pkg/npy"
	"gridcells/pkg/tfrecord"
)

// Trajectory is one record. See the package's documentation for shapes and
// units.
type Trajectory struct {
	InitPos   [2]float32
	InitHD    [1]float32
	EgoVel    [][3]float32
	TargetPos [][2]float32
	TargetHD  [][1]float32
}

// New returns a trajectory of the given number of steps.
func New(steps int) *Trajectory {
	return &Trajectory{
		EgoVel:    make([][3]float32, steps),
		TargetPos: make([][2]float32, steps),
		TargetHD:  make([][1]float32, steps),
	}
}

// AppendRow appends the trajectory as a row of [DType] and [Fields]:
// little-endian float32 in the order init_pos, init_hd, ego_vel, target_pos,
// target_hd.
func (t *Trajectory) AppendRow(row []byte) []byte {
	size := 4 * (len(t.InitPos) + len(t.InitHD) + len(t.EgoVel)*3 + len(t.TargetPos)*2 + len(t.TargetHD))
	start := len(row)
	row = slices.Grow(row, size)[:start+size]
	rest := putFloat(putFloat(row[start:], t.InitPos[0]), t.InitPos[1])
	rest = putFloat(rest, t.InitHD[0])
	for _, v := range t.EgoVel {
		rest = putFloat(putFloat(putFloat(rest, v[0]), v[1]), v[2])
	}
	for _, v := range t.TargetPos {
		rest = putFloat(putFloat(rest, v[0]), v[1])
	}
	for _, v := range t.TargetHD {
		rest = putFloat(rest, v[0])
	}
	return row
}

// putFloat stores a value at the front of dst and returns what follows it.
func putFloat(dst []byte, v float32) []byte {
	binary.LittleEndian.PutUint32(dst, math.Float32bits(v))
	return dst[4:]
}

// shapes are the record's fields in their order; T stands for the steps.
func shapes(steps int) []npy.Field {
	f4 := npy.Float32
	return []npy.Field{
		{Name: "init_pos", Type: f4, Shape: []int{2}},
		{Name: "init_hd", Type: f4, Shape: []int{1}},
		{Name: "ego_vel", Type: f4, Shape: []int{steps, 3}},
		{Name: "target_pos", Type: f4, Shape: []int{steps, 2}},
		{Name: "target_hd", Type: f4, Shape: []int{steps, 1}},
	}
}

// DType is the dtype of a trajectory's row in a record stream.
func DType(steps int) (*npy.DType, error) { return npy.NewDType(shapes(steps)...) }

// Fields are a trajectory's features in a TFRecord. Their row is that of DType.
func Fields(steps int) tfrecord.Fields {
	var fields tfrecord.Fields
	for _, f := range shapes(steps) {
		fields = append(fields, tfrecord.Field{Key: f.Name, Len: f.Len()})
	}
	return fields
}

// EgoVel is the meaning of the three numbers of ego_vel. The zero value is the
// most likely one in the released files. In the text of the paper the speed is in
// metres per second, and the sine comes first.
type EgoVel struct {
	PerSecond bool // m/s instead of the metres moved in a step
	SinFirst  bool // the turn's sine before its cosine
	// Allocentric gives x and y of the displacement or velocity in the room and
	// 0, as in Sorscher et al. 2019, in place of the distance and the turn.
	Allocentric bool
}

var egoVels = []struct {
	name string
	EgoVel
}{
	{"step-cos-sin", EgoVel{}},
	{"step-sin-cos", EgoVel{SinFirst: true}},
	{"speed-cos-sin", EgoVel{PerSecond: true}},
	{"speed-sin-cos", EgoVel{PerSecond: true, SinFirst: true}},
	{"step-x-y", EgoVel{Allocentric: true}},
	{"speed-x-y", EgoVel{Allocentric: true, PerSecond: true}},
}

// EgoVelNames lists what [NewEgoVel] knows, the default first.
func EgoVelNames() []string {
	var names []string
	for _, e := range egoVels {
		names = append(names, e.name)
	}
	return names
}

// NewEgoVel returns the named convention. The first part of a name says what the
// first number is, the others what the other numbers are.
func NewEgoVel(name string) (EgoVel, error) {
	for _, e := range egoVels {
		if e.name == name {
			return e.EgoVel, nil
		}
	}
	return EgoVel{}, fmt.Errorf("no ego_vel convention %q: want %s", name, strings.Join(EgoVelNames(), ", "))
}

// motion is what an animal does in a stored step.
type motion struct {
	dx, dy   float64 // displacement, m
	turn     float64 // after it, rad
	interval float64 // duration, s
}

// put stores the motion of a step.
func (e EgoVel) put(dst *[3]float32, m motion) {
	dx, dy := m.dx, m.dy
	if e.PerSecond {
		dx, dy = dx/m.interval, dy/m.interval
	}
	if e.Allocentric {
		*dst = [3]float32{float32(dx), float32(dy), 0}
		return
	}
	sin, cos := sincos(m.turn) // exact to float32
	if e.SinFirst {
		sin, cos = cos, sin
	}
	*dst = [3]float32{float32(math.Sqrt(dx*dx + dy*dy)), float32(cos), float32(sin)}
}

// Heading chooses what is stored as the animal's heading.
type Heading int

const (
	// OfPath is the direction from a stored position to the next one. An animal at
	// rest keeps its last direction. The sum of ego_vel is then exactly target_pos.
	OfPath Heading = iota
	// OfBody is the heading of the motion model at the stored instant. The animal
	// turns between stored instants, so that the sum of ego_vel differs from
	// target_pos by a few centimetres.
	OfBody
)

// HeadingNames lists what [NewHeading] knows, the default first.
var HeadingNames = []string{"path", "body"}

// NewHeading returns the named choice.
func NewHeading(name string) (Heading, error) {
	for i, n := range HeadingNames {
		if n == name {
			return Heading(i), nil
		}
	}
	return 0, fmt.Errorf("no heading %q: want %s", name, strings.Join(HeadingNames, ", "))
}

// Path is where an animal was at T + 2 instants. They are a stored step apart. The
// last one is not stored: it gives the direction of the movement after the record.
type Path struct {
	X, Y     []float64 // m, not wrapped
	Heading  []float64 // rad, not wrapped
	Interval float64   // mean time between instants, s
}

// NewPath returns an empty path for a trajectory of the given number of steps.
func NewPath(steps int) *Path {
	n := steps + 2
	all := make([]float64, 3*n)
	return &Path{X: all[:n:n], Y: all[n : 2*n : 2*n], Heading: all[2*n:]}
}

// rest is the length (m) below which a stored step has no direction.
const rest = 1e-9

// headOfPath replaces the headings by the direction of the next movement.
func (p *Path) headOfPath() {
	last := p.Heading[0]
	for i := range len(p.X) - 1 {
		dx, dy := p.X[i+1]-p.X[i], p.Y[i+1]-p.Y[i]
		if dx*dx+dy*dy > rest*rest {
			last = math.Atan2(dy, dx)
		}
		p.Heading[i] = last
	}
}

// firstDirection is the direction of the first movement, 0 if there is none.
func (p *Path) firstDirection() float64 {
	for i := range len(p.X) - 1 {
		dx, dy := p.X[i+1]-p.X[i], p.Y[i+1]-p.Y[i]
		if dx*dx+dy*dy > rest*rest {
			return math.Atan2(dy, dx)
		}
	}
	return 0
}

// store fills t, of len(p.X) − 2 steps. It changes p.
func (p *Path) store(t *Trajectory, arena Arena, ego EgoVel, heading Heading) {
	if heading == OfPath {
		p.headOfPath()
	}
	x, y := arena.Wrap(p.X[0], p.Y[0])
	t.InitPos = [2]float32{float32(x), float32(y)}
	t.InitHD[0] = wrapAngle32(p.Heading[0])
	for i := range t.EgoVel {
		dx, dy := p.X[i+1]-p.X[i], p.Y[i+1]-p.Y[i]
		ego.put(&t.EgoVel[i], motion{dx: dx, dy: dy, turn: p.Heading[i+1] - p.Heading[i], interval: p.Interval})
		x, y := arena.Wrap(p.X[i+1], p.Y[i+1])
		t.TargetPos[i] = [2]float32{float32(x), float32(y)}
		t.TargetHD[i][0] = wrapAngle32(p.Heading[i+1])
	}
}

// wrapAngle maps an angle to [−π, π).
func wrapAngle(a float64) float64 {
	return a - 2*math.Pi*math.Floor(a/(2*math.Pi)+0.5)
}

// wrapAngle32 is wrapAngle as a float32 number that stays in [−π, π) when it is
// rounded.
func wrapAngle32(a float64) float32 {
	if f := float32(wrapAngle(a)); f < math.Pi {
		return max(f, -math.Pi)
	}
	return -math.Pi
}
