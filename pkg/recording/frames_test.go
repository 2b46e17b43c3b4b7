package recording

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"gridcells/pkg/room"
)

// usual are the options of the tool.
func usual() Options {
	return Options{Metres: 1, Seconds: 1, Limits: Limits{MaxSpeed: 3, MaxGap: 0.5}, Lamp: "middle", Head: "auto"}
}

// circling is a path of radius 0.3 m about (0.5, 0.4), one round in 10 s, sampled 50
// times a second.
func circling(seconds float64) *Path {
	p := &Path{}
	for i := range int(seconds*50) + 1 {
		t := float64(i) / 50
		p.Time = append(p.Time, 100+t)
		p.X = append(p.X, 0.5+0.3*math.Cos(0.2*math.Pi*t))
		p.Y = append(p.Y, 0.4+0.3*math.Sin(0.2*math.Pi*t))
	}
	return p
}

// loseFrom makes the positions of samples a to b−1 unknown.
func loseFrom(p *Path, a, b int) {
	for i := a; i < b; i++ {
		p.X[i], p.Y[i] = math.NaN(), math.NaN()
	}
}

// framesOf brings 20 s of a path into frames, after the path and perhaps the options
// were changed.
func framesOf(spoil func(*Path), change func(*Options)) (*Frames, error) {
	p, o := circling(20), usual()
	spoil(p)
	if change != nil {
		change(&o)
	}
	return p.Frames(o)
}

// all returns the frames of a session.
func all(t *testing.T, f *Frames) []Frame {
	t.Helper()
	var frames []Frame
	r := f.Read()
	for {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, frame)
	}
}

// off is how far a frame is from a place on the path's axes, m.
func off(f *Frames, frame Frame, x, y float64) float64 {
	return math.Hypot(float64(frame.X)+f.Middle[0]-x, float64(frame.Y)+f.Middle[1]-y)
}

// A clean path keeps its samples. Only its centre moves to 0.
func TestFramesOfCleanPath(t *testing.T) {
	f, err := circling(20).Frames(usual())
	if err != nil {
		t.Fatal(err)
	}
	if f.Seconds != 0.02 || f.Len() != 1001 || math.Abs(f.Start-99.99) > 1e-12 || math.Abs(f.Rate-50) > 1e-9 || f.Source != "" {
		t.Errorf("%v s, %d frames from %v s at %v Hz; %q", f.Seconds, f.Len(), f.Start, f.Rate, f.Source)
	}
	if f.Found != (Tracking{Samples: 1001}) {
		t.Errorf("%+v", f.Found)
	}
	for i, frame := range all(t, f) {
		angle := 0.2 * math.Pi * float64(i) / 50
		if math.Hypot(float64(frame.X)-0.3*math.Cos(angle), float64(frame.Y)-0.3*math.Sin(angle)) > 1e-7 {
			t.Fatalf("frame %d is at %v", i, frame)
		}
	}
	if math.Abs(f.Room[0]-0.6) > 1e-6 || math.Abs(f.Middle[0]-0.5) > 1e-6 || math.Abs(f.Middle[1]-0.4) > 1e-6 {
		t.Errorf("room %v about %v", f.Room, f.Middle)
	}
}

// Faults of trackers, and the frames that they become.
func TestFramesOfFaultyPaths(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name   string
		spoil  func(p *Path)
		change func(o *Options)
		want   Tracking
		err    string
	}{
		{"short gap", func(p *Path) { loseFrom(p, 100, 110) }, nil, Tracking{Lost: 10, Interpolated: 10}, ""},
		{"long gap", func(p *Path) { loseFrom(p, 100, 130) }, nil, Tracking{Lost: 30, Missing: 30, Gap: 0.6, GapStart: 101.99}, ""},
		{"gap at the start", func(p *Path) { loseFrom(p, 0, 5) }, nil, Tracking{Lost: 5, Missing: 5}, ""},
		{"no interpolation", func(p *Path) { loseFrom(p, 100, 102) }, func(o *Options) { o.MaxGap = 0 }, Tracking{Lost: 2, Missing: 2, Gap: 0.04, GapStart: 101.99}, ""},
		{"jump", func(p *Path) { p.X[500] += 0.4 }, nil, Tracking{Bad: 1, FirstBad: 500, Jumps: 2, Interpolated: 1}, ""},
		{"jump behind a loss", func(p *Path) {
			loseFrom(p, 480, 500)
			for i := 500; i < 505; i++ {
				p.X[i] -= 0.3
			}
		}, func(o *Options) { o.MaxGap = 1 }, Tracking{Lost: 20, Bad: 5, FirstBad: 500, Jumps: 1, Interpolated: 25}, ""},
		{"jump before a loss", func(p *Path) {
			loseFrom(p, 505, 525)
			for i := 500; i < 505; i++ {
				p.X[i] -= 0.3
			}
		}, func(o *Options) { o.MaxGap = 1 }, Tracking{Lost: 20, Bad: 5, FirstBad: 500, Jumps: 1, Interpolated: 25}, ""},
		{"filling", func(p *Path) {
			for i := 200; i < 260; i++ {
				p.X[i], p.Y[i] = -1, -1
			}
		}, nil, Tracking{Bad: 60, FirstBad: 200, Jumps: 2, Missing: 60, Gap: 1.2, GapStart: 103.99}, ""},
		{"infinite", func(p *Path) { p.X[7] = math.Inf(1) }, nil, Tracking{Lost: 1, Interpolated: 1}, ""},
		{"pause", func(p *Path) {
			for i := 500; i < len(p.Time); i++ {
				p.Time[i] += 10
			}
		}, nil, Tracking{Missing: 500}, ""},
		{"NaN times", func(p *Path) { p.Time[3], p.Time[4] = nan, math.Inf(1) }, nil, Tracking{Untimed: 2, Interpolated: 2}, ""},
		{"repeated times", func(p *Path) { p.Time[10] = p.Time[9] }, nil, Tracking{Repeated: 1, Interpolated: 1}, ""},
		{"backwards", func(p *Path) { p.Time[10] = p.Time[8] }, nil, Tracking{}, "sample 10: time goes back from 100.18 to 100.16: sort the samples"},
		{"milliseconds", scaleTimes(1000), nil, Tracking{}, "seem to be in milliseconds: try --seconds 0.001"},
		{"microseconds", scaleTimes(1e6), nil, Tracking{}, "seem to be in microseconds: try --seconds 1e-06"},
		{"sample numbers", scaleTimes(50), nil, Tracking{}, "seem to count samples"},
		{"any unit", scaleTimes(1000), func(o *Options) { o.AnyUnits = true; o.MaxSpeed = 1 }, Tracking{Missing: 0}, ""},
		{"centimetres", scaleLengths(100), nil, Tracking{}, "1000 of 1000 movements are faster than 3 m/s, and the positions span 60 m: if they are in centimetres, give --metres 0.01"},
		{"millimetres", scaleLengths(1000), nil, Tracking{}, "the positions span 600 m: if they are in millimetres, give --metres 0.001; if they are in pixels"},
		{"a limit that is too low", func(*Path) {}, func(o *Options) { o.MaxSpeed = 0.01 }, Tracking{}, "are --metres 1 and --seconds 1 right? Otherwise give the animal's highest speed"},
		{"radians called degrees", func(p *Path) {
			p.Degrees = true
			for i := range p.X {
				p.Heading = append(p.Heading, math.Remainder(float64(i), 2*math.Pi))
			}
		}, nil, Tracking{}, "all 1001 head directions lie within ±3.142 degrees: they seem to be in radians"},
		{"kilometres", scaleLengths(0.001), nil, Tracking{}, "span 0.0006 m: give the length of their unit by --metres"},
		{"nothing seen", func(p *Path) { loseFrom(p, 0, len(p.X)) }, nil, Tracking{}, "span 0 m"},
		{"walls elsewhere", func(*Path) {}, func(o *Options) { o.Walls = &Walls{room.Interval{Lo: 5, Hi: 6}, room.Interval{Lo: 0, Hi: 1}} }, Tracking{}, "1001 of 1001 positions lie outside the room"},
		{"no times", func(p *Path) {
			for i := range p.Time {
				p.Time[i] = nan
			}
		}, nil, Tracking{}, "fewer than two samples have a time"},
		{"no column", func(*Path) {}, func(o *Options) { o.Head = "column" }, Tracking{}, "no column of head directions"},
		{"no second LED", func(*Path) {}, func(o *Options) { o.Head = "leds" }, Tracking{}, "the positions of both"},
		{"degrees", func(p *Path) { p.Heading = make([]float64, len(p.X)); p.Heading[3] = 90 }, nil, Tracking{}, "sample 3: heading is 90"},
		{"frames too short", func(*Path) {}, func(o *Options) { o.FrameSeconds = 1e-300 }, Tracking{}, "set longer frames"},
	}
	for _, test := range tests {
		f, err := framesOf(test.spoil, test.change)
		if failed(t, test.name, err, test.err) {
			continue
		}
		test.want.Samples = 1001
		if test.name == "any unit" {
			continue
		}
		if test.name == "pause" { // 500 or 499 frames, by rounding
			if f.Found.Missing < 495 || f.Found.Missing > 500 {
				t.Errorf("%s: %+v", test.name, f.Found)
			}
			continue
		}
		if f.Found != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, f.Found, test.want)
		}
		for i, frame := range all(t, f) { // what is interpolated is near the truth
			if frame.Lost() {
				continue
			}
			angle := 0.2 * math.Pi * (f.instant(i) - 100)
			if d := off(f, frame, 0.5+0.3*math.Cos(angle), 0.4+0.3*math.Sin(angle)); d > 0.01 {
				t.Fatalf("%s: frame %d is %v m off", test.name, i, d)
			}
		}
	}
}

func scaleTimes(factor float64) func(p *Path) {
	return func(p *Path) {
		for i := range p.Time {
			p.Time[i] *= factor
		}
	}
}

func scaleLengths(factor float64) func(p *Path) {
	return func(p *Path) {
		for i := range p.X {
			p.X[i] *= factor
			p.Y[i] *= factor
		}
	}
}

// The source of head directions decides their values and their name.
func TestHeadDirections(t *testing.T) {
	moving := func(i int) float64 { return 0.2*math.Pi*float64(i)/50 + math.Pi/2 } // along the circle
	for _, test := range []struct {
		name   string
		spoil  func(p *Path)
		change func(o *Options)
		want   func(i int) float64
		source DirectionSource
	}{
		{"column", func(p *Path) {
			for i := range p.X {
				p.Heading = append(p.Heading, math.Remainder(0.01*float64(i), 2*math.Pi))
			}
			p.Heading[333] = math.NaN()
		}, nil, func(i int) float64 { return 0.01 * float64(i) }, FromColumn},
		{"degrees", func(p *Path) {
			for i := range p.X {
				p.Heading = append(p.Heading, math.Mod(float64(i), 360))
			}
		}, func(o *Options) { o.Degrees = true }, func(i int) float64 { return float64(i) * math.Pi / 180 }, FromColumn},
		{"LEDs", func(p *Path) {
			for i := range p.X {
				p.X2, p.Y2 = append(p.X2, p.X[i]), append(p.Y2, p.Y[i]-0.05)
			}
		}, func(o *Options) { o.LampAngle = 0.25 }, func(int) float64 { return math.Pi/2 + 0.25 }, FromLamps},
		{"movement", func(*Path) {}, func(o *Options) { o.Head = "movement" }, moving, FromMovement},
	} {
		f, err := framesOf(test.spoil, test.change)
		if err != nil || f.Source != test.source || !f.Directed {
			t.Fatalf("%s: %v, %q", test.name, err, f.Source)
		}
		frames := all(t, f)
		for i := 5; i < f.Len()-5; i++ {
			h := frames[i].Head
			if off := math.Abs(math.Remainder(float64(h)-test.want(i), 2*math.Pi)); off > 1e-3 {
				t.Fatalf("%s: frame %d: %v rad off", test.name, i, off)
			}
			if h < -math.Pi || h >= math.Pi {
				t.Fatalf("%s: %v", test.name, h)
			}
		}
	}
	still := circling(20)
	for i := range still.X {
		if i > 500 {
			still.X[i], still.Y[i] = still.X[500], still.Y[500]
		}
	}
	o := usual()
	o.Head = "movement"
	f, err := still.Frames(o)
	if err != nil || f.Found.HeadMissing < 480 {
		t.Errorf("an animal at rest has a direction of movement: %+v, %v", f.Found, err)
	}
}

// Irregular samples are interpolated to frames of equal duration.
func TestIrregularSamples(t *testing.T) {
	p := circling(20)
	for i := range p.Time {
		p.Time[i] += 0.008 * math.Sin(float64(i*i))
		angle := 0.2 * math.Pi * (p.Time[i] - 100)
		p.X[i], p.Y[i] = 0.3*math.Cos(angle), 0.3*math.Sin(angle)
	}
	o := usual()
	o.FrameSeconds = 0.05
	f, err := p.Frames(o)
	if err != nil {
		t.Fatal(err)
	}
	for i, frame := range all(t, f) {
		angle := 0.2 * math.Pi * (f.instant(i) - 100)
		if d := off(f, frame, 0.3*math.Cos(angle), 0.3*math.Sin(angle)); !(d < 1e-4) {
			t.Fatalf("frame %d is %v m off", i, d)
		}
	}
}

// The sum of rates times the duration of a frame is the number of spikes.
func TestCounts(t *testing.T) {
	p := circling(20)
	loseFrom(p, 100, 200)
	f, err := p.Frames(usual())
	if err != nil {
		t.Fatal(err)
	}
	s := NewSpikes(1, 0, t.TempDir())
	for _, at := range []float64{99, 99.9901, 100, 100.0099, 100.0101, 102.5, 103, 119.9, 120.0099, 120.0101, math.NaN(), 103} {
		if err := s.Add(1, at); err != nil {
			t.Fatal(err)
		}
	}
	s.AddUnits(3)
	counts, err := s.Count(f)
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Spikes: 9, Outside: 2, Lost: 3, Untimed: 1, Repeated: 1, First: 99, Last: 120.0101, ByUnit: []int64{0, 9, 0}}
	if fmt.Sprint(counts) != fmt.Sprint(want) || !s.Unsorted(1) || s.Unsorted(0) {
		t.Errorf("%+v, want %+v", counts, want)
	}
	rates, err := s.Rates(f)
	if err != nil {
		t.Fatal(err)
	}
	sum, first := 0.0, []float32(nil)
	for range f.Len()/10 + 1 {
		some := make([]float32, 3*10)
		if err := rates.Next(some, []int{2, 1, 0}); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = some
		}
		for i, r := range some {
			sum += math.Round(float64(r) * f.Seconds)
			if i%3 != 1 && r != 0 {
				t.Fatalf("rate %v of another unit", r)
			}
		}
	}
	if sum != 9 || first[1] != 150 || first[4] != 50 {
		t.Errorf("%v spikes; first frames %v", sum, first[:6])
	}
}

// The median found digit by digit is that of the sorted values.
func TestUpperMedian(t *testing.T) {
	for _, values := range [][]float64{{}, {3}, {3, 1}, {0.02, 0.02, 0.019999, 5}, {0, 0, 1e-300, 1e300, 7}, {4, 3, 2, 1, 0}} {
		got, err := upperMedian(func(use func(float64)) error {
			for _, v := range values {
				use(v)
			}
			return nil
		})
		want := math.NaN()
		if sorted := slices.Sorted(slices.Values(values)); len(sorted) > 0 {
			want = sorted[len(sorted)/2]
		}
		if err != nil || got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%v: %v, %v, want %v", values, got, err, want)
		}
	}
}

// Two rooms in one file make a leap, and noise of the tracker makes none.
func TestLeaps(t *testing.T) {
	for by, want := range map[float64]int{5: 500, 0.3: 500, 0.061: 0} {
		f, err := framesOf(func(p *Path) {
			for i := 500; i < len(p.X); i++ {
				p.X[i] += by
			}
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if found := f.Found; found.LeapSample != want || want > 0 && math.Abs(found.Leap-by) > 0.01 || want == 0 && found.Leap != 0 {
			t.Errorf("by %v m: %+v", by, found)
		}
	}
}

// A path that is slow enough but wider than any room, or narrower, is in another unit.
func TestWidthOfPath(t *testing.T) {
	for width, want := range map[float64]string{40: "the positions span 40 m", 0.04: "the positions span 0.04 m", 2: ""} {
		p := &Path{}
		const n = 2000
		for i := range n {
			p.Time = append(p.Time, float64(i)/50)
			p.X, p.Y = append(p.X, width*float64(i)/(n-1)), append(p.Y, 0.1*width)
		}
		f, err := p.Frames(Options{Metres: 1, Seconds: 1, Limits: Limits{MaxSpeed: 3, MaxGap: 0.5}, Head: "none"})
		if failed(t, width, err, want) {
			continue
		}
		f.Close()
	}
}
