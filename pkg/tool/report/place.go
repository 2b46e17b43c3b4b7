package report

import (
	"math"

	"gridcells/pkg/npy"
	"gridcells/pkg/ratemap"
)

// place is where the units of a page were recorded or simulated.
type place struct {
	room         [2]float64 // sides along x and y, m; 0 if they are not known
	frameSeconds float64    // duration of a frame of recorded neurons, s; 0 for others
}

// placeOf finds the place of maps of nx × ny bins. Where nothing names both sides of the
// room, bins are square.
func placeOf(p npy.Provenance, nx, ny int) (at place, err error) {
	if _, err := p.Parameter("frame_seconds", &at.frameSeconds); err != nil {
		return at, err
	}
	if known, err := p.Parameter("room_m", &at.room); err != nil || known {
		return at, err
	}
	var side float64
	if _, err := p.Parameter("env_size", &side); err != nil {
		return at, err
	}
	longer := float64(max(nx, ny))
	at.room = [2]float64{side * float64(nx) / longer, side * float64(ny) / longer}
	return at, nil
}

// aspect is the length of a bin along y, in units of its length along x, of maps of
// nx × ny bins.
func (at place) aspect(nx, ny int) float64 {
	if !(at.room[0] > 0 && at.room[1] > 0) {
		return 1
	}
	return ratemap.NewLayout(ratemap.Size[int]{X: nx, Y: ny}, ratemap.Size[float64]{X: at.room[0], Y: at.room[1]}).Aspect
}

// lags are the lags of an autocorrelogram that a page shows: those up to the shorter
// side of the room. At longer ones the two copies of a map overlap too little for a
// correlation.
type lags struct {
	nx, ny  int     // bins of the ratemap
	x, y    int     // 1 more than the longest lags along x and y that are shown, bins
	aspect  float64 // length of a bin along y, in units of its length along x
	longest float64 // bins along x
}

func (at place) lags(nx, ny int) lags {
	l := lags{nx: nx, ny: ny, aspect: at.aspect(nx, ny)}
	const rounding = 1e-9
	shorter := min(float64(nx), float64(ny)*l.aspect)
	l.longest = shorter * (1 + rounding)
	l.x, l.y = min(nx, int(math.Ceil(shorter-rounding))), min(ny, int(math.Ceil(shorter/l.aspect-rounding)))
	return l
}

// of are the lags of an autocorrelogram [2nx−1, 2ny−1] that are shown, [2x−1, 2y−1].
// Those in the corners that are too long are NaN.
func (l lags) of(sac []float64) []float64 {
	var shown []float64
	for dx := -(l.x - 1); dx <= l.x-1; dx++ {
		for dy := -(l.y - 1); dy <= l.y-1; dy++ {
			v := sac[(dx+l.nx-1)*(2*l.ny-1)+dy+l.ny-1]
			if math.Hypot(float64(dx), float64(dy)*l.aspect) > l.longest {
				v = math.NaN()
			}
			shown = append(shown, v)
		}
	}
	return shown
}

// seconds turns steps in each bin into times. Bins without a step are NaN.
func seconds(maps [][]float64, frameSeconds float64) [][]float64 {
	var times [][]float64
	for _, m := range maps {
		t := make([]float64, len(m))
		for i, n := range m {
			t[i] = n * frameSeconds
			if n == 0 {
				t[i] = math.NaN()
			}
		}
		times = append(times, t)
	}
	return times
}
