package gridscore

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/celltype"
	"gridcells/pkg/cli"
	"gridcells/pkg/geometry"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
	"gridcells/pkg/nulls"
	"gridcells/pkg/population"
	"gridcells/pkg/preset"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/results"
	"gridcells/pkg/scales"
)

const description = `Score how much ratemaps look like those of grid cells, and test whether they really are grid cells.

Each input row has a ratemap [nx, ny]; NaN: never visited. docs/scoring.md explains the columns.
With --null, compare the units with null maps, and say what the share of grid cells is worth.

    ratemaps < act.npy | gridscore --null field,gaussian --summary run.json > scored.npy`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	Format  string `help:"Write rows as ${enum}; csv and jsonl leave out maps." enum:"npy,csv,jsonl" default:"npy" group:"Output"`
	Summary string `help:"Write a JSON summary of the population to this file." placeholder:"FILE" group:"Output" writes:""`

	Preset string `help:"Score as the released program (reference) or the paper (paper)." enum:",${presets}" default:"" placeholder:"NAME" group:"Scores" more:""`
	Parameters

	Untrained  string `help:"Read the ratemaps of an untrained network from this file, for the null untrained." placeholder:"FILE" group:"Nulls" reads:"" more:""`
	NullScores string `help:"Write the scores of all null maps as rows: layer, unit, null, score_60, and score_60_NAME of each further --score." placeholder:"FILE" group:"Nulls" writes:"" more:""`

	Sensitivity      string    `help:"Write a CSV table of the share of units above --grid-cut by definition, inner radius and number of bins." placeholder:"FILE" group:"Sensitivity" writes:"" more:""`
	SensitivityInner []float64 `help:"Set the inner radii of the table --sensitivity, in units of n bins." default:"0.0625,0.125,0.1875,0.2,0.25,0.3125,0.375" min:"0" group:"Sensitivity" more:""`
	SensitivityDraws int       `help:"Set the number of Gaussian random fields for each unit in the table --sensitivity. 0 is none." default:"4" min:"0" max:"100000" group:"Sensitivity" more:""`
}

// Parameters are the flags that decide the content of the output. They are
// recorded in the provenance.
type Parameters struct {
	Score      []string `json:"score" help:"Score by these definitions: ${scores}." enum:"${scores}" default:"reference" group:"Scores"`
	PaperInner float64  `json:"paper_inner" help:"Set the inner radius of the rings of the definition paper, in units of n bins. The paper gives none. The largest ring ends at 0.625." default:"0.125" min:"0" below:"0.625" group:"Scores" more:""`
	Unvisited  []string `json:"unvisited" help:"Count bins never visited as 0 (zero) or leave them out (omit)." enum:"zero,omit" placeholder:"zero" group:"Scores"`
	Elliptical bool     `json:"correct_ellipse,omitempty" name:"correct-ellipse" help:"Compress autocorrelograms along the major axis of the ellipse of their six peaks before they are scored, those of null maps too." group:"Scores" more:""`
	GridCut    cut      `json:"grid_cut" help:"Call a unit a grid cell above its own 95th percentile in this null, or above this score. own: shift for recordings, else field." default:"own" placeholder:"own" group:"Scores"`
	EnvSize    float64  `json:"env_size" help:"Set the size of the room (m), by default the input's or 2.2." above:"0" placeholder:"2.2" group:"Scores" more:""`
	cli.Drop

	PeakNearest  float64 `json:"peak_nearest" help:"Set the minimum distance of a peak from the centre of the autocorrelogram, in bins." default:"1" min:"0" group:"Geometry" more:""`
	PeakFarthest float64 `json:"peak_farthest" help:"Set the maximum distance of a peak from the centre of the autocorrelogram, in units of n bins." default:"0.8" above:"0" max:"1" group:"Geometry" more:""`
	PeakLeast    float64 `json:"peak_least" help:"Set the correlation that a peak must exceed." default:"0" min:"-1" below:"1" group:"Geometry" more:""`
	PeakApart    float64 `json:"peak_apart" help:"Set the minimum angle between a peak and all nearer ones, in degrees. opexebo uses 15." default:"0" min:"0" below:"60" group:"Geometry" more:""`
	ScaleLow     float64 `json:"scale_low" help:"Set the lower end of the histogram of scales in the test of discreteness (m)." default:"0.2" min:"0" group:"Geometry" more:""`
	ScaleHigh    float64 `json:"scale_high" help:"Set the upper end of the histogram of scales in the test of discreteness (m)." default:"1.2" above:"0" group:"Geometry" more:""`

	Baseline         string  `json:"baseline" help:"Make activities non-negative for border scores, head directions and information by this rule: ${baselines}." enum:"${baselines}" default:"rectify" group:"Cell types" more:""`
	BorderStrip      float64 `json:"border_strip" help:"Set the width of the strip along a wall, in units of n bins. The paper uses 3 of 20." default:"0.15" above:"0" below:"0.5" group:"Cell types" more:""`
	FieldLevel       float64 `json:"rate_field_level,omitempty" name:"rate-field-level" help:"Count connected bins above this share of the peak rate as a firing field of a neuron." default:"0.2" above:"0" below:"1" group:"Cell types" more:""`
	FieldLeast       int     `json:"rate_field_bins,omitempty" name:"rate-field-bins" help:"Set the minimum number of bins of a firing field of a neuron." default:"9" min:"1" group:"Cell types" more:""`
	GridNull         string  `json:"grid_null,omitempty" help:"Also require q ≤ 0.05 in this null of grid cells." enum:",${nulls}" default:"" placeholder:"NULL" group:"Cell types" more:""`
	BorderCut        float64 `json:"border_cut" help:"Call units border cells above this border_score." default:"0.5" group:"Cell types" more:""`
	HeadDirectionCut float64 `json:"head_direction_cut" help:"Call units head-direction cells above this head_direction_length. The default is the 1 % point of Rayleigh's test for 20 bins." default:"0.47" group:"Cell types" more:""`

	Null            []string `json:"null,omitempty" help:"Compare with these nulls: ${nulls_and_needs}." enum:"${nulls}" placeholder:"NULL" group:"Nulls"`
	Shuffles        int      `json:"shuffles" help:"Set the number of null maps for each unit." default:"1000" min:"1" max:"1000000" group:"Nulls"`
	Rotations       int      `json:"rotations" help:"Set the number of rotations of each layer for the null rotation." default:"100" min:"1" max:"100000" group:"Nulls" more:""`
	FieldSmoothing  float64  `json:"field_smoothing" help:"Smooth maps by a Gaussian of this standard deviation (bins) before they are divided into fields. 0 is none." default:"1" min:"0" max:"100" group:"Nulls" more:""`
	FieldInTurn     bool     `json:"field_in_turn,omitempty" help:"Let the null field complete each field before the next one. By default the fields grow side by side." group:"Nulls" more:""`
	FieldThreshold  float64  `json:"field_threshold" help:"Cut off the fields of the null field-cut at this share of their peak, above the map's minimum." default:"0.2" min:"0" max:"1" group:"Nulls" more:""`
	FieldBins       int      `json:"field_bins" help:"Set the minimum number of bins of a field of the null field-cut." default:"2" min:"1" group:"Nulls" more:""`
	GaussianPadding int      `json:"gaussian_padding" help:"Cut random fields from a square with this side, in units of the map's. 1 makes opposite edges alike." default:"1" min:"1" max:"8" group:"Nulls" more:""`

	Seed uint64 `json:"seed" help:"Set the seed of all random numbers." default:"1" group:"Common" more:""`
}

// Details explain the scores and nulls, for --help-all.
func (f *flags) Details() string {
	text := "Definitions of gridness (--score). c30 … c150 are the correlations of the autocorrelogram with itself rotated. The first definition's columns are " +
		"score_60, score_90, mask_60 and mask_90; those of the others end in _NAME, and those of the second --unvisited in _omit or _zero.\n\n"
	for _, e := range gridscore.Registry {
		text += e.Name + ": " + e.Help + "\n\n"
	}
	text += "Bins never visited (--unvisited). The default is omit if more than 5 % of the bins were never visited, and if the units were recorded or the room is round or not square. Otherwise, and with --preset reference, it is zero.\n\n"
	text += "Grid cells (--grid-cut). own means the null shift if recorded neurons have it, otherwise the null field if it is given, otherwise a score of 0.37.\n\n"
	text += "Nulls (--null). Each adds p_NULL, q_NULL, threshold_95_NULL and threshold_99_NULL. Recorded neurons with maps by ratemaps --shifts are always compared with the null shift.\n\n"
	for _, null := range nulls.Registry {
		text += null.Name + ": " + null.Help + "\n\n"
	}
	return text
}

// cut is when a unit counts as a grid cell: above its own threshold in a null, or
// above a score.
type cut struct {
	own   string // a null, or results.OwnThreshold for the usual one; "": a score for all
	score float64
}

func (c *cut) UnmarshalText(text []byte) error {
	name := string(text)
	if *c = (cut{own: name}); name == results.OwnThreshold || slices.Contains(nulls.Names(), name) {
		return nil
	}
	v, err := strconv.ParseFloat(name, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%q is neither own, nor a null, nor a score", text)
	}
	*c = cut{score: v}
	return nil
}

func (c cut) MarshalJSON() ([]byte, error) {
	if c.own != "" {
		return json.Marshal(c.own)
	}
	return json.Marshal(c.score)
}

// Variables are the values of the enumerations, from the packages that own them.
func (f *flags) Variables() map[string]string {
	v := preset.Variables("gridscore")
	v["scores"] = strings.Join(gridscore.Names(), ", ")
	v["nulls"], v["nulls_and_needs"] = strings.Join(nulls.Names(), ", "), strings.Join(nullsAndNeeds(), ", ")
	var baselines []string
	for _, b := range celltype.Baselines() {
		baselines = append(baselines, string(b))
	}
	v["baselines"] = strings.Join(baselines, ", ")
	return v
}

// nullsAndNeeds lists the nulls, with the flags that supply what they need.
func nullsAndNeeds() []string {
	var list []string
	for _, null := range nulls.Registry {
		text := null.Name
		switch {
		case null.Needs.Shifted:
			text += " (needs ratemaps --shifts)"
		case null.Needs.Untrained:
			text += " (needs --untrained)"
		}
		list = append(list, text)
	}
	return list
}

// The nulls of own thresholds: that of the paper's criterion, and the standard one of
// recorded neurons.
const (
	paperNull    = "field"
	recordedNull = "shift"
)

// Validate checks how flags relate, and puts the nulls into the order of their
// columns.
func (f *flags) Validate() error {
	if f.Untrained != "" && !slices.Contains(f.Null, "untrained") {
		f.Null = append(f.Null, "untrained")
	}
	selected, err := nulls.Select(f.Null)
	if err != nil {
		return fmt.Errorf("--null: %w", err)
	}
	f.Null = nil
	for _, null := range selected {
		f.Null = append(f.Null, null.Name)
		if null.Needs.Untrained && f.Untrained == "" {
			return fmt.Errorf("--null %s: give the untrained network's ratemaps by --untrained", null.Name)
		}
	}
	for i, name := range f.Score {
		if slices.Contains(f.Score[:i], name) {
			return fmt.Errorf("--score: %s is listed twice", name)
		}
	}
	if !(f.ScaleLow < f.ScaleHigh) {
		return errors.New("--scale-low must be below --scale-high")
	}
	_, err = f.policies()
	return err
}

// peaks are the maxima that make a lattice.
func (f *flags) peaks() geometry.Rule {
	return geometry.Rule{Nearest: f.PeakNearest, Farthest: f.PeakFarthest, Least: f.PeakLeast, Apart: f.PeakApart}
}

// completeNulls adds the null shift where recorded neurons have shifted maps, and
// finds the null of own thresholds.
func (f *flags) completeNulls(session, shifted bool) error {
	if session && shifted && !slices.Contains(f.Null, recordedNull) {
		f.Null = append(f.Null, recordedNull)
	}
	if f.GridCut.own == results.OwnThreshold {
		switch {
		case session && slices.Contains(f.Null, recordedNull):
			f.GridCut.own = recordedNull
		case slices.Contains(f.Null, paperNull):
		default:
			f.GridCut = cut{score: results.PaperCut}
		}
	}
	for _, of := range []struct{ flag, null string }{{"--grid-cut", f.ownNull()}, {"--grid-null", f.GridNull}} {
		if of.null != "" && !slices.Contains(f.Null, of.null) {
			return cli.Usagef("%s %s: add it to --null", of.flag, of.null)
		}
	}
	return nil
}

// ownNull is the null of own thresholds; "" if one score holds for all units.
func (f *flags) ownNull() string {
	if f.GridCut.own == results.OwnThreshold {
		return paperNull
	}
	return f.GridCut.own
}

// gridCriterion says when a unit is a grid cell.
func (f *flags) gridCriterion() population.GridCriterion {
	c := population.GridCriterion{Own: f.ownNull(), Cut: f.GridCut.score, Significant: f.GridNull}
	if c.Own != "" {
		c.Cut = results.PaperCut
	}
	return c
}

// definitions of the scores that were asked for, for maps of a layout.
func (f *flags) definitions(layout ratemap.Layout) ([]gridscore.Definition, error) {
	var definitions []gridscore.Definition
	for _, name := range f.Score {
		d, err := gridscore.Named(name, layout)
		if err != nil {
			return nil, cli.Usagef("--score: %w", err)
		}
		if name == "paper" {
			d = gridscore.Paper(f.PaperInner)
		}
		definitions = append(definitions, d)
	}
	return definitions, nil
}

// policies for unvisited bins.
func (f *flags) policies() ([]gridscore.Unvisited, error) {
	var policies []gridscore.Unvisited
	for _, name := range f.Unvisited {
		u, err := gridscore.ParseUnvisited(name)
		if err != nil {
			return nil, fmt.Errorf("--unvisited: %w", err)
		}
		if slices.Contains(policies, u) {
			return nil, fmt.Errorf("--unvisited: %s is listed twice", name)
		}
		policies = append(policies, u)
	}
	if len(policies) == 0 {
		policies = []gridscore.Unvisited{gridscore.ZeroFilled}
	}
	return policies, nil
}

// room is where the ratemaps were made.
type room struct {
	sides   ratemap.Size[float64] // m
	round   bool
	session bool // of recorded neurons
}

// fit completes the flags by what the input says: the room, and the nulls of a
// recorded session.
func (f *flags) fit(p npy.Provenance, in *input) (room, error) {
	r, err := f.takeRoom(p, in.bins)
	if err != nil {
		return r, err
	}
	return r, f.completeNulls(r.session, in.shiftedRatemaps != nil)
}

// takeRoom takes the room of maps with these numbers of bins from the provenance,
// and its size from the flag if that is given. Where nothing names both sides the
// bins are taken as square.
func (f *flags) takeRoom(p npy.Provenance, bins ratemap.Size[int]) (r room, err error) {
	var arena string
	if _, err := p.Parameter("arena", &arena); err != nil {
		return r, err
	}
	r.round = arena == "circle"
	if r.session, err = p.Parameter("frame_seconds", new(float64)); err != nil {
		return r, err
	}
	longer, bin := 2.2, max(bins.X, bins.Y)
	if _, err := p.Parameter("env_size", &longer); err != nil {
		return r, err
	}
	r.sides = ratemap.Size[float64]{X: longer * float64(bins.X) / float64(bin), Y: longer * float64(bins.Y) / float64(bin)}
	var sides [2]float64
	if known, err := p.Parameter("room_m", &sides); err != nil {
		return r, err
	} else if known {
		r.sides = ratemap.Size[float64]{X: sides[0], Y: sides[1]}
	}
	longer = max(r.sides.X, r.sides.Y)
	if f.EnvSize == 0 {
		f.EnvSize = longer
	}
	if f.EnvSize != longer {
		r.sides.X *= f.EnvSize / longer
		r.sides.Y *= f.EnvSize / longer
	}
	return r, nil
}

// fewUnvisited is the share of bins never visited up to which they count as 0 by
// default in every room.
const fewUnvisited = 0.05

// chooseUnvisited sets --unvisited where it is not given: bins never visited are
// left out if there are many and the units are recorded, or the room does not fill
// a square. It returns a remark if they are.
func (f *flags) chooseUnvisited(r room, all *rows) (remark string, err error) {
	if len(f.Unvisited) > 0 {
		return "", nil
	}
	f.Unvisited = []string{gridscore.ZeroFilled.String()}
	if !r.session && !r.round && r.sides.X == r.sides.Y {
		return "", nil
	}
	share, err := all.unvisited()
	if err != nil || !(share > fewUnvisited) {
		return "", err
	}
	f.Unvisited = []string{gridscore.LeftOut.String()}
	return fmt.Sprintf("%.0f %% of the bins were never visited and are left out of autocorrelograms; --unvisited zero counts them as 0", 100*share), nil
}

// settings are those of maps of the room. The remark tells what they do with bins
// never visited.
func (f *flags) settings(r room, all *rows) (s population.Settings, remark string, err error) {
	if remark, err = f.chooseUnvisited(r, all); err != nil {
		return s, "", err
	}
	s = population.Settings{
		Layout: ratemap.NewLayout(all.in.bins, r.sides), Room: r.sides, Round: r.round, Session: r.session,
		Peaks: f.peaks(), Scales: scales.Histogram{Low: f.ScaleLow, High: f.ScaleHigh, Bins: scales.PaperBins},
		CorrectEllipse: f.Elliptical, BorderStrip: f.BorderStrip, FieldRule: celltype.FieldRule{Level: f.FieldLevel, Least: f.FieldLeast},
		Grid: f.gridCriterion(), BorderCut: f.BorderCut, HeadDirectionCut: f.HeadDirectionCut,
		NullOptions: nulls.Options{Shuffles: f.Shuffles, Rotations: f.Rotations, Padding: f.GaussianPadding,
			Segmentation: nulls.Segmentation{Smoothing: f.FieldSmoothing, InTurn: f.FieldInTurn, Threshold: f.FieldThreshold, Least: f.FieldBins}},
		Seed: f.Seed, Threads: f.Workers(),
	}
	if s.Definitions, err = f.definitions(s.Layout); err != nil {
		return s, "", err
	}
	if s.Unvisited, err = f.policies(); err != nil {
		return s, "", err
	}
	if s.Nulls, err = nulls.Select(f.Null); err != nil {
		return s, "", err
	}
	s.Baseline, err = celltype.ParseBaseline(f.Baseline)
	return s, remark, err
}

// recorded are the parameters as the provenance has them: those of neurons only for
// neurons.
func (f *flags) recorded(session bool) Parameters {
	p := f.Parameters
	if !session {
		p.FieldLevel, p.FieldLeast = 0, 0
	}
	return p
}

// derived holds recorded values that no flag of gridscore sets.
type derived struct {
	Grid *results.GridRule `json:"grid_rule"`
	// UntrainedMaps is the provenance of the rows of --untrained.
	UntrainedMaps npy.Provenance `json:"untrained_maps,omitempty"`
}
