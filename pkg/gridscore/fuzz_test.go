package gridscore

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"gridcells/pkg/ratemap"
)

// Whatever a ratemap holds, its SAC is symmetric and within ±1, and its scores
// are numbers.
func FuzzScore(f *testing.F) {
	for _, m := range awkwardMaps(5) {
		var b []byte
		for _, v := range m {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		f.Add(b, true)
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, leaveOut bool) {
		const n = 5
		rates := make([]float64, n*n)
		for i := range rates {
			if len(b) >= 8*(i+1) {
				rates[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
			}
		}
		u := ZeroFilled
		if leaveOut {
			u = LeftOut
		}
		s, err := NewScorer(ratemap.Square(n), u, Reference(), Paper(PaperInner))
		if err != nil {
			t.Fatal(err)
		}
		scores := make([]Score, 2)
		if err := s.Score(scores, rates); err != nil {
			if !errors.Is(err, ErrInfinite) {
				t.Fatal(err)
			}
			return
		}
		sac := s.SAC()
		for i, v := range sac {
			if !(v >= -1 && v <= 1) || v != sac[len(sac)-1-i] {
				t.Fatalf("sac[%d] is %v, its mirror image %v", i, v, sac[len(sac)-1-i])
			}
		}
		for _, sc := range scores {
			if math.IsNaN(sc.Sixty+sc.Ninety) || math.IsInf(sc.Sixty+sc.Ninety, 0) {
				t.Fatalf("score %+v", sc)
			}
		}
	})
}
