package trajectory

import (
	"math"
	"slices"
)

// Paths are positions [N, T, 2] in m, as in target_pos.
type Paths [][][2]float32

// Distributions are unsorted samples by which motion models differ. They need
// positions only.
type Distributions struct {
	StepFar      []float64 // lengths of stored steps with both ends more than 0.15 m from walls, m
	StepNear     []float64 // lengths of all other steps, m
	WallDistance []float64 // of every position, m
	RestingBout  []float64 // lengths of runs of steps under 1 µm, in steps
	Turn         []float64 // change of direction between successive far steps, rad
	Coordinate   []float64 // both coordinates of every position, m

	paths, resting int
}

// DistributionNames name the samples of [Distributions.All].
var DistributionNames = []string{
	"step length far from walls (m)", "step length near walls (m)", "distance to the wall (m)",
	"resting bout (steps)", "turn between steps (rad)", "coordinate (m)",
}

// All returns the samples in the order of DistributionNames.
func (d *Distributions) All() [][]float64 {
	return [][]float64{d.StepFar, d.StepNear, d.WallDistance, d.RestingBout, d.Turn, d.Coordinate}
}

const (
	farFromWalls = 0.15 // m
	atRest       = 1e-6 // m
)

// Distributions measures paths in an arena.
func (paths Paths) Distributions(arena Arena) *Distributions {
	d := &Distributions{paths: len(paths)}
	for _, path := range paths {
		d.add(path, arena)
	}
	return d
}

func (d *Distributions) add(path [][2]float32, arena Arena) {
	var last, lastDirection float64
	lastFar, bout := false, 0
	for i, p := range path {
		x, y := float64(p[0]), float64(p[1])
		distance, _, _ := arena.Wall(x, y)
		d.WallDistance = append(d.WallDistance, distance)
		d.Coordinate = append(d.Coordinate, x, y)
		if i == 0 {
			last = distance
			continue
		}
		dx, dy := arena.Wrap(x-float64(path[i-1][0]), y-float64(path[i-1][1]))
		step := math.Sqrt(dx*dx + dy*dy)
		direction := math.Atan2(dy, dx)
		far := last > farFromWalls && distance > farFromWalls
		if far {
			d.StepFar = append(d.StepFar, step)
		} else {
			d.StepNear = append(d.StepNear, step)
		}
		if far && lastFar {
			d.Turn = append(d.Turn, wrapAngle(direction-lastDirection))
		}
		if step < atRest {
			d.resting++
			bout++
		} else {
			bout = d.endBout(bout)
		}
		last, lastFar, lastDirection = distance, far, direction
	}
	d.endBout(bout)
}

func (d *Distributions) endBout(bout int) int {
	if bout > 0 {
		d.RestingBout = append(d.RestingBout, float64(bout))
	}
	return 0
}

// Statistic is a number with a name.
type Statistic struct {
	Name  string
	Value float64
}

// Summary describes the distributions by ten numbers.
func (d *Distributions) Summary() []Statistic {
	steps := slices.Concat(d.StepFar, d.StepNear)
	return []Statistic{
		{"fraction of steps shorter than 1 µm", float64(d.resting) / float64(len(steps))},
		{"fraction of positions within 0.05 m of a wall", share(d.WallDistance, 0.05)},
		{"fraction of positions within 0.03 m of a wall", share(d.WallDistance, 0.03)},
		{"mean step (m)", mean(steps)},
		{"mean step far from walls (m)", mean(d.StepFar)},
		{"s.d. of steps far from walls (m)", deviation(d.StepFar)},
		{"resting bouts per trajectory", float64(len(d.RestingBout)) / float64(d.paths)},
		{"mean resting bout (steps)", mean(d.RestingBout)},
		{"5th percentile of the distance to walls (m)", percentile(d.WallDistance, 0.05)},
		{"s.d. of turns between steps far from walls (rad)", deviation(d.Turn)},
	}
}

func share(x []float64, below float64) float64 {
	n := 0
	for _, v := range x {
		if v < below {
			n++
		}
	}
	return float64(n) / float64(len(x))
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func deviation(x []float64) float64 {
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(x)))
}

func percentile(x []float64, p float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(x))
	at := p * float64(len(sorted)-1)
	i := int(at)
	return sorted[i] + (at-float64(i))*(sorted[min(i+1, len(sorted)-1)]-sorted[i])
}
