package gridscore

import (
	"errors"
	"fmt"
	"slices"

	"gridcells/pkg/celltype"
	"gridcells/pkg/cli"
	"gridcells/pkg/geometry"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
	"gridcells/pkg/nulls"
	"gridcells/pkg/population"
	"gridcells/pkg/scales"
)

const description = `Score how much ratemaps look like those of grid cells, and how sure that is.

Reads rows, of any origin, with ratemap [n, n] (NaN: never visited), and as far as there are layer, unit, direction_tuning,
occupancy, ratemap_half_1 and ratemap_half_2, ratemap_shifted and direction_tuning_shifted. Adds columns and passes the
other fields through, but for the …_shifted ones. What is undefined is NaN. docs/scoring.md defines every column.

sac [2n−1, 2n−1], the spatial autocorrelogram; score_60 and score_90, gridness for hexagonal and for square lattices;
mask_60 and mask_90 [2], inner and outer radius of the rings that gave them, in units of n bins. The first of --score and of
--unvisited is named so, others have their name appended, as in score_60_paper_omit. Definitions:

reference: (c60+c120)/2 − (c30+c90+c150)/3, best of 10 rings from 0.2 n to 0.4…1.0 n, as in the released program.

minmax, nfl: min(c60, c120) − max(c30, c90, c150) over the same rings; the latter is the name for No Free Lunch's program.

paper: the same formula over rings from --paper-inner to 8, 10, … 20 of 32 bins, as in the paper's text.

opexebo: Pearson correlations, min − max, rings from the central field outwards, best mean of three.

Geometry: grid_scale_m, grid_orientation_deg, grid_ellipticity, … Other cells: border_score, head_direction_length,
spatial_information_bits_per_spike, … and class. Nulls (--null): p_gaussian, q_gaussian, threshold_95_gaussian, ….

    ratemaps < activities.npy | gridscore --score reference,paper --null field,gaussian,rotation --summary run.json | report -o run.pdf

    ratemaps < activities.npy | gridscore --format csv > scores.csv`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	cli.Drop
	Seed    uint64 `help:"Seed of all that is random." default:"1" group:"Common"`
	Format  string `help:"Output: ${enum}; csv and jsonl hold the scores and the other scalars, but no maps." enum:"npy,csv,jsonl" default:"npy" group:"Output"`
	Summary string `help:"Write a JSON object about the population; - is standard output, if the rows go to a file." placeholder:"FILE" group:"Output" writes:""`

	Preset     string   `help:"Definition of the released code (reference) or of the paper." enum:",reference,paper" default:"" placeholder:"reference|paper" group:"Scores"`
	Score      []string `help:"Definitions to score by: reference, minmax, paper, nfl, opexebo." default:"reference" group:"Scores"`
	PaperInner float64  `help:"Inner radius of the paper's rings, in units of n bins; the paper gives none." default:"0.125" group:"Scores"`
	Unvisited  []string `help:"What becomes of bins never visited: zero, omit, or both in turn. The released program counts them as zero." default:"zero" group:"Scores"`
	EnvSize    float64  `help:"Side of the room (m); default: what the input's provenance says, else 2.2." placeholder:"2.2" group:"Scores"`

	geometryFlags
	cellFlags
	nullFlags
	sensitivityFlags
}

// presets are the differences between the released code and the paper that
// concern scores.
var presets = map[string]map[string]string{
	"reference": {"score": "reference"},
	"paper":     {"score": "paper"},
}

type geometryFlags struct {
	PeakNearest  float64 `help:"Peaks of the SAC are farther from its centre than so many bins." default:"1" group:"Geometry"`
	PeakFarthest float64 `help:"… and at most so far, in units of n bins." default:"0.8" group:"Geometry"`
	PeakLeast    float64 `help:"… and above this correlation." default:"0" group:"Geometry"`
	PeakApart    float64 `help:"… and so many degrees from all nearer ones (opexebo: 15)." default:"0" group:"Geometry"`
	ScaleLow     float64 `help:"Lower end of the histogram of scales in the test of discreteness (m)." default:"0.2" group:"Geometry"`
	ScaleHigh    float64 `help:"Its upper end (m). The paper's 10 to 36 bins do not hold the 1.15 m that it reports." default:"1.2" group:"Geometry"`
}

func (f *geometryFlags) rule() geometry.Rule {
	return geometry.Rule{Nearest: f.PeakNearest, Farthest: f.PeakFarthest, Least: f.PeakLeast, Apart: f.PeakApart}
}

type cellFlags struct {
	Baseline         string  `help:"How activities become non-negative for border scores, head directions and information: rectify, shift-negative, minimum, population, none." default:"rectify" group:"Cell types"`
	BorderStrip      float64 `help:"Width of the strip along a wall, in units of n bins (the paper: 3 of 20)." default:"0.15" group:"Cell types"`
	GridCut          float64 `help:"Grid cells have a score_60 above this." default:"0.37" group:"Cell types"`
	GridNull         string  `help:"… and a q of at most 0.05 in this null: field, field-cut, gaussian, iaaft, shift, rotation or untrained; default: no such condition." placeholder:"NULL" group:"Cell types"`
	BorderCut        float64 `help:"Border cells have a border_score above this." default:"0.5" group:"Cell types"`
	HeadDirectionCut float64 `help:"Head-direction cells have a head_direction_length above this, the 1 % point of Rayleigh's test for 20 bins." default:"0.47" group:"Cell types"`
}

type nullFlags struct {
	Null            []string `help:"Nulls to compare with: field, field-cut, gaussian, iaaft, shift (needs ratemaps --shifts), rotation, untrained (needs --untrained)." placeholder:"NULL" group:"Nulls"`
	Shuffles        int      `help:"Null maps for each unit in field, field-cut, gaussian and iaaft." default:"1000" group:"Nulls"`
	Rotations       int      `help:"Rotations of each layer; each gives as many null maps as there are units." default:"100" group:"Nulls"`
	Untrained       string   `help:"Rows with the ratemaps of an untrained network." placeholder:"FILE" group:"Nulls" reads:""`
	FieldSmoothing  float64  `help:"Smoothing before a map is divided into fields: standard deviation in bins; 0 is none." default:"1" group:"Nulls"`
	FieldInTurn     bool     `help:"Let the null field complete each field before the next one. By default the fields grow side by side." group:"Nulls"`
	FieldThreshold  float64  `help:"Cut off the fields of the null field-cut at this share of their peak, above the map's minimum." default:"0.2" group:"Nulls"`
	FieldBins       int      `help:"Set the least number of bins of a field of the null field-cut." default:"2" group:"Nulls"`
	GaussianPadding int      `help:"Side of the square from which random fields are cut, in units of the map's: 1 makes them periodic." default:"1" group:"Nulls"`
	NullScores      string   `help:"Write the scores of the null maps as rows: layer, unit, null, score_60." placeholder:"FILE" group:"Nulls" writes:""`
}

type sensitivityFlags struct {
	Sensitivity      string    `help:"Write a CSV table of the share of grid cells by definition, inner radius and number of bins (ratemaps --bins 20,32,44 makes the maps)." placeholder:"FILE" group:"Sensitivity" writes:""`
	SensitivityInner []float64 `help:"Inner radii to try, in units of n bins." default:"0.0625,0.125,0.1875,0.2,0.25,0.3125,0.375" group:"Sensitivity"`
	SensitivityDraws int       `help:"Gaussian random fields for each unit and line, for the share that they give; 0 is none." default:"4" group:"Sensitivity"`
}

// parameters are this stage's in the provenance, under the names of the flags.
type parameters struct {
	Score      []string `json:"score"`
	PaperInner float64  `json:"paper_inner"`
	Unvisited  []string `json:"unvisited"`
	EnvSize    float64  `json:"env_size"`
	cli.Drop

	PeakNearest  float64 `json:"peak_nearest"`
	PeakFarthest float64 `json:"peak_farthest"`
	PeakLeast    float64 `json:"peak_least"`
	PeakApart    float64 `json:"peak_apart"`
	ScaleLow     float64 `json:"scale_low"`
	ScaleHigh    float64 `json:"scale_high"`

	Baseline         string  `json:"baseline"`
	BorderStrip      float64 `json:"border_strip"`
	GridCut          float64 `json:"grid_cut"`
	GridNull         string  `json:"grid_null,omitempty"`
	BorderCut        float64 `json:"border_cut"`
	HeadDirectionCut float64 `json:"head_direction_cut"`

	Seed uint64 `json:"seed"`
	*nullParameters
}

type nullParameters struct {
	Null            []string       `json:"null"`
	Shuffles        int            `json:"shuffles"`
	Rotations       int            `json:"rotations"`
	FieldSmoothing  float64        `json:"field_smoothing"`
	FieldInTurn     bool           `json:"field_in_turn,omitempty"`
	FieldThreshold  float64        `json:"field_threshold"`
	FieldBins       int            `json:"field_bins"`
	GaussianPadding int            `json:"gaussian_padding"`
	UntrainedMaps   npy.Provenance `json:"untrained_maps,omitempty"` // of the rows of --untrained
}

// parameters of this stage; untrained is the provenance of the untrained
// network's maps.
func (f *flags) parameters(untrained npy.Provenance) parameters {
	all := parameters{Score: f.Score, PaperInner: f.PaperInner, Unvisited: f.Unvisited, EnvSize: f.EnvSize, Drop: f.Drop,
		PeakNearest: f.PeakNearest, PeakFarthest: f.PeakFarthest, PeakLeast: f.PeakLeast, PeakApart: f.PeakApart,
		ScaleLow: f.ScaleLow, ScaleHigh: f.ScaleHigh, Baseline: f.Baseline, BorderStrip: f.BorderStrip,
		GridCut: f.GridCut, GridNull: f.GridNull, BorderCut: f.BorderCut, HeadDirectionCut: f.HeadDirectionCut, Seed: f.Seed}
	if len(f.Null) > 0 {
		all.nullParameters = &nullParameters{f.Null, f.Shuffles, f.Rotations, f.FieldSmoothing, f.FieldInTurn, f.FieldThreshold, f.FieldBins,
			f.GaussianPadding, untrained}
	}
	return all
}

// Validate checks the values that kong does not.
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
	}
	switch _, err := celltype.ParseBaseline(f.Baseline); {
	case err != nil:
		return fmt.Errorf("--baseline: %w", err)
	case slices.Contains(f.Null, "untrained") && f.Untrained == "":
		return errors.New("--null untrained: give the untrained network's ratemaps by --untrained")
	case f.GridNull != "" && !slices.Contains(f.Null, f.GridNull):
		return fmt.Errorf("--grid-null %s: is not among those of --null", f.GridNull)
	case f.Shuffles < 1 || f.Rotations < 1 || f.FieldBins < 1 || f.SensitivityDraws < 0:
		return errors.New("--shuffles, --rotations and --field-bins must be above 0, --sensitivity-draws not below")
	case f.GaussianPadding < 1 || f.GaussianPadding > 8:
		return errors.New("--gaussian-padding must be 1 to 8")
	case !(f.FieldSmoothing >= 0 && f.FieldSmoothing <= 100 && f.FieldThreshold >= 0 && f.FieldThreshold <= 1):
		return errors.New("--field-smoothing must be 0 to 100 and --field-threshold 0 to 1")
	case !(f.ScaleLow < f.ScaleHigh):
		return errors.New("--scale-low must be below --scale-high")
	case f.EnvSize < 0 || !(f.BorderStrip > 0 && f.BorderStrip < 0.5):
		return errors.New("--env-size must be above 0 and --border-strip above 0 and below 0.5")
	}
	if err := f.rule().Validate(); err != nil {
		return err
	}
	_, err = f.policies()
	return err
}

// options of the nulls.
func (f *nullFlags) options() nulls.Options {
	return nulls.Options{Shuffles: f.Shuffles, Rotations: f.Rotations, Padding: f.GaussianPadding,
		Segmentation: nulls.Segmentation{Smoothing: f.FieldSmoothing, InTurn: f.FieldInTurn, Threshold: f.FieldThreshold, Least: f.FieldBins}}
}

// definitions of the scores that were asked for, for maps of n×n bins.
func (f *flags) definitions(n int) ([]gridscore.Definition, error) {
	var definitions []gridscore.Definition
	for i, name := range f.Score {
		d, err := gridscore.Named(name, n)
		if err != nil {
			return nil, cli.Usagef("--score: %w", err)
		}
		if slices.Contains(f.Score[:i], name) {
			return nil, cli.Usagef("--score: %s is listed twice", name)
		}
		if name == "paper" {
			d = gridscore.Paper(f.PaperInner)
		}
		if err := d.Validate(); err != nil {
			return nil, cli.Usagef("--score: %w", err)
		}
		definitions = append(definitions, d)
	}
	return definitions, nil
}

// policies for unvisited bins.
func (f *flags) policies() ([]gridscore.Unvisited, error) {
	var policies []gridscore.Unvisited
	for i, name := range f.Unvisited {
		if slices.Contains(f.Unvisited[:i], name) {
			return nil, fmt.Errorf("--unvisited: %s is listed twice", name)
		}
		switch name {
		case "zero":
			policies = append(policies, gridscore.ZeroFilled)
		case "omit":
			policies = append(policies, gridscore.LeftOut)
		default:
			return nil, fmt.Errorf("--unvisited: %q is neither zero nor omit", name)
		}
	}
	if len(policies) == 0 {
		return nil, errors.New("--unvisited: give zero, omit or both")
	}
	return policies, nil
}

// takeRoom takes the room's size from the provenance, if no flag gives it.
func (f *flags) takeRoom(p npy.Provenance) error {
	if f.EnvSize > 0 {
		return nil
	}
	f.EnvSize = 2.2
	_, err := p.Parameter("env_size", &f.EnvSize)
	return err
}

// settings for maps of n×n bins.
func (f *flags) settings(n int) (s population.Settings, err error) {
	s = population.Settings{
		Bins: n, Side: f.EnvSize, Peaks: f.rule(), Scales: scales.Histogram{Low: f.ScaleLow, High: f.ScaleHigh, Bins: scales.PaperBins},
		BorderStrip: f.BorderStrip, Grid: population.GridCriterion{Cut: f.GridCut, Significant: f.GridNull},
		BorderCut: f.BorderCut, HeadDirectionCut: f.HeadDirectionCut,
		NullOptions: f.options(), Seed: f.Seed, Threads: f.Workers(),
	}
	if s.Definitions, err = f.definitions(n); err != nil {
		return s, err
	}
	if s.Unvisited, err = f.policies(); err != nil {
		return s, err
	}
	if s.Nulls, err = nulls.Select(f.Null); err != nil {
		return s, err
	}
	s.Baseline, err = celltype.ParseBaseline(f.Baseline)
	return s, err
}
