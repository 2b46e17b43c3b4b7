package trajectory

import (
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
	row = slices.Grow(row, 4*(len(t.InitPos)+len(t.InitHD)+len(t.EgoVel)*3+len(t.TargetPos)*2+len(t.TargetHD)))
	row = npy.AppendFloat32(row, t.InitPos[:])
	row = npy.AppendFloat32(row, t.InitHD[:])
	row = npy.AppendFloat32(row, t.EgoVel)
	row = npy.AppendFloat32(row, t.TargetPos)
	return npy.AppendFloat32(row, t.TargetHD)
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
