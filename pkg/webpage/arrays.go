package webpage

import (
	"encoding/binary"
	"encoding/json"
	"math"
)

// Floats are numbers that the file holds exactly: base64 of float64,
// little-endian.
type Floats []float64

// MarshalJSON writes the numbers.
func (f Floats) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 8*len(f))
	for _, v := range f {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return json.Marshal(raw)
}

// unknown returns n times NaN.
func unknown(n int) Floats {
	f := make(Floats, n)
	for i := range f {
		f[i] = math.NaN()
	}
	return f
}

// Maps are maps of one size. Each map has 8 bits a bin: 0 to 254 are equal
// steps from the map's lowest to its highest value, and 255 marks a bin without
// a value (NaN or infinite).
type Maps struct {
	X int `json:"nx"` // bins along x, the first axis
	Y int `json:"ny"` // bins along y
	// Half tells that only the first half of each map is stored, because all are the
	// same when they are turned by 180°: bin i is bin nx·ny−1−i.
	Half bool   `json:"half"`
	Low  Floats `json:"low"` // of each map
	High Floats `json:"high"`
	Bins []byte `json:"bins"`
}

// noValue marks a bin without a value, and steps is the number of the highest
// value.
const (
	noValue = 255
	steps   = 254
)

// MapsOf stores maps of nx × ny bins, row-major.
func MapsOf(nx, ny int, maps [][]float64) Maps {
	m := Maps{X: nx, Y: ny, Half: true}
	var all [][]byte
	for _, values := range maps {
		low, high := limits(values)
		bins := quantised(values, low, high)
		m.Low, m.High = append(m.Low, low), append(m.High, high)
		m.Half = m.Half && turnable(bins)
		all = append(all, bins)
	}
	for _, bins := range all {
		if m.Half {
			bins = bins[:(len(bins)+1)/2]
		}
		m.Bins = append(m.Bins, bins...)
	}
	return m
}

// limits returns the lowest and the highest finite value; NaN if there is none.
func limits(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if finite(v) {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	if low > high {
		return math.NaN(), math.NaN()
	}
	return low, high
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func quantised(values []float64, low, high float64) []byte {
	bins := make([]byte, len(values))
	for i, v := range values {
		switch {
		case !finite(v):
			bins[i] = noValue
		case high > low:
			// Halves, so that the range of very large values does not overflow.
			bins[i] = byte(math.Round(steps * ((v/2 - low/2) / (high/2 - low/2))))
		}
	}
	return bins
}

// turnable tells whether a map is the same when it is turned by 180°.
func turnable(bins []byte) bool {
	for i, j := 0, len(bins)-1; i < j; i, j = i+1, j-1 {
		if bins[i] != bins[j] {
			return false
		}
	}
	return true
}
