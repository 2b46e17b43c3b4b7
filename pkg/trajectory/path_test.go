package trajectory

import (
	"math"
	"testing"

	"gridcells/pkg/random"
)

// awkward are numbers at which the parts of the vector code meet, or end.
func awkward() []float64 {
	list := []float64{
		0, 5e-324, 1e-310, 1e-160, 1e-154, 1e-18, 0.5e-9, 1e-9, math.Nextafter(1e-9, 1), 2e-9, 1e-3, 0.25, 0.49999, 0.5, math.Nextafter(0.5, 1), 0.66, math.Nextafter(0.66, 1),
		1, 2.41421356237309504880, math.Nextafter(2.41421356237309504880, 3), 3, 1e9, 1 << 29, math.Nextafter(1<<29, 0), math.Nextafter(1<<29, 1<<30), 1e16, 1e154, 1e155, 1e200, math.MaxFloat64, math.Inf(1), math.NaN(),
	}
	for k := range 20 { // octants
		at := float64(k) * math.Pi / 4
		list = append(list, at, math.Nextafter(at, 0), math.Nextafter(at, 100))
	}
	for _, x := range list {
		list = append(list, -x)
	}
	return list
}

// fill makes a list of awkward and random numbers, so that the difference of neighbours
// is often one of them.
func fill(s *random.Stream, list []float64) {
	special := awkward()
	for i := range list {
		switch s.IntN(8) {
		case 0, 1:
			list[i] = 0
		case 2, 3:
			list[i] = special[s.IntN(len(special))]
		case 4:
			list[i] = list[max(i-1, 0)]
		case 5:
			list[i] = s.NormFloat64() * math.Exp(20*s.NormFloat64())
		default:
			list[i] = s.Uniform(-4, 4)
		}
	}
}

// Vectors store a path as single steps do, to the last bit. A path of one step has no
// vectors.
func TestVectorsStoreAsSingleSteps(t *testing.T) {
	if !hasVectors() {
		t.Skip("no vectors here")
	}
	s := random.New(11, "test")
	for round := range 1500 {
		steps := 1 + s.IntN(40)
		p := NewPath(steps)
		p.Interval = s.Uniform(0.01, 0.2)
		fill(s, p.X)
		fill(s, p.Y)
		fill(s, p.Heading)
		for _, heading := range []Heading{OfPath, OfBody} {
			for _, ego := range egoVels {
				for _, arena := range ArenaNames {
					q := NewPath(steps)
					copy(q.X, p.X)
					copy(q.Y, p.Y)
					copy(q.Heading, p.Heading)
					q.Interval = p.Interval
					got, want := New(steps), New(steps)
					singleSteps(q, want, arenaOf(t, arena, 2), ego.EgoVel, heading)
					q.store(got, arenaOf(t, arena, 2), ego.EgoVel, heading)
					for i := range want.EgoVel {
						if !same32(got.EgoVel[i][:], want.EgoVel[i][:]) || !same32(got.TargetPos[i][:], want.TargetPos[i][:]) || !same32(got.TargetHD[i][:], want.TargetHD[i][:]) {
							t.Fatalf("round %d, %s, heading %d, %s, step %d from (%v, %v) to (%v, %v), heading %v: %v %v %v, want %v %v %v", round, ego.name, heading, arena, i, p.X[i], p.Y[i], p.X[i+1], p.Y[i+1], q.Heading[i],
								got.EgoVel[i], got.TargetPos[i], got.TargetHD[i], want.EgoVel[i], want.TargetPos[i], want.TargetHD[i])
						}
					}
				}
			}
		}
	}
}

// singleSteps stores each step of a path as a path of its own. It does not change p.
func singleSteps(p *Path, t *Trajectory, arena Arena, ego EgoVel, heading Heading) {
	h := append([]float64(nil), p.Heading...)
	if heading == OfPath {
		last := h[0]
		for i := range len(h) - 1 {
			step := Path{X: append([]float64(nil), p.X[i:i+2]...), Y: append([]float64(nil), p.Y[i:i+2]...), Heading: []float64{last, 0}}
			step.headOfPath()
			h[i], last = step.Heading[0], step.Heading[0]
		}
	}
	for i := range t.EgoVel {
		step := Path{X: append([]float64(nil), p.X[i:i+3]...), Y: append([]float64(nil), p.Y[i:i+3]...), Heading: append([]float64(nil), h[i:i+3]...), Interval: p.Interval}
		one := New(1)
		step.store(one, arena, ego, OfBody)
		t.EgoVel[i], t.TargetPos[i], t.TargetHD[i] = one.EgoVel[0], one.TargetPos[0], one.TargetHD[0]
	}
}

// same32 compares bits. NaN has many, which depend on the order of the operands.
func same32(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) && !(math.IsNaN(float64(a[i])) && math.IsNaN(float64(b[i]))) {
			return false
		}
	}
	return true
}

// The functions in the vector code are those of package math, to the last bit.
func TestVectorsAreThoseOfMath(t *testing.T) {
	if !hasVectors() {
		t.Skip("no vectors here")
	}
	const n = 1 << 12
	s := random.New(12, "test")
	p := NewPath(n)
	for range 30 {
		for i := 0; i < n; i += 2 { // all steps begin or end at the origin
			r, angle := math.Exp(s.Uniform(-18, 10)), s.Uniform(-math.Pi, math.Pi)
			p.X[i+1], p.Y[i+1] = r*math.Cos(angle), r*math.Sin(angle)
		}
		p.headOfPath()
		for i := range n {
			if want := math.Atan2(p.Y[i+1]-p.Y[i], p.X[i+1]-p.X[i]); !same(p.Heading[i], want) {
				t.Fatalf("the angle of (%v, %v) is %v, want %v", p.X[i+1]-p.X[i], p.Y[i+1]-p.Y[i], p.Heading[i], want)
			}
		}
	}
	got := make([][3]float32, n)
	for range 30 {
		scale := math.Exp(s.Uniform(-10, 20))
		for i := 0; i < n; i += 2 {
			p.Heading[i+1] = min(s.Uniform(-scale, scale), 1<<29)
		}
		p.storeEgoVel(got, EgoVel{})
		for i := range n {
			sin, cos := sincos(p.Heading[i+1] - p.Heading[i])
			if !same32(got[i][1:], []float32{float32(cos), float32(sin)}) {
				t.Fatalf("cosine and sine of %v are %v", p.Heading[i+1]-p.Heading[i], got[i][1:])
			}
		}
	}
}
