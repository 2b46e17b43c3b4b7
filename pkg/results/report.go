package results

import "io"

// Report is what report --summary-json writes about its pages.
type Report struct {
	Pages     int           `json:"pages"`
	Criterion float64       `json:"criterion"` // the fixed score above which units are counted
	Layers    []ReportLayer `json:"layers"`
	Loss      *ReportLoss   `json:"loss,omitempty"`
	// Paper is the published share that the first layer is compared with; nil: none.
	Paper *PaperShare `json:"paper,omitempty"`

	PathIntegration          *ReportError `json:"path_integration,omitempty"`
	UntrainedPathIntegration *ReportError `json:"untrained_path_integration,omitempty"`
}

// ReportLayer describes one layer.
type ReportLayer struct {
	Layer    string `json:"layer"`
	BestUnit *int   `json:"best_unit"`
	ReportScores
	Untrained *ReportScores  `json:"untrained,omitempty"`
	Nulls     []ReportNull   `json:"nulls,omitempty"`
	Classes   map[string]int `json:"classes,omitempty"`
	// UntrainedOwn counts the units of the untrained network above their own
	// thresholds, by null.
	UntrainedOwn map[string]Count `json:"untrained_above_own_threshold_95,omitempty"`
	// UntrainedCells are the types of cells in the untrained network.
	UntrainedCells *ReportCells `json:"untrained_cells,omitempty"`
	// NotBeyond are the titles of the nulls against which the share of grid cells is
	// not shown to be more than chance. It is nil if the units were compared with no
	// null, and empty if the share is more than chance against all.
	NotBeyond []string `json:"not_shown_to_exceed,omitzero"`

	Scales        *Scales `json:"grid_scales,omitempty"`
	Border        *Count  `json:"border_cells,omitempty"`
	HeadDirection *Count  `json:"head_direction_cells,omitempty"`
}

// ReportScores counts units above the criterion.
type ReportScores struct {
	Units int    `json:"units"`
	Above int    `json:"above_criterion"`
	Share Number `json:"share_above_criterion"`
	Best  Number `json:"best_score"`
}

// ReportCells counts types of cells, whatever else a unit may be. Scale sums up the
// scales of the grid cells (m).
type ReportCells struct {
	Border        *Count `json:"border_cells,omitempty"`
	HeadDirection *Count `json:"head_direction_cells,omitempty"`
	Scale         *Range `json:"grid_scale_m,omitempty"`
}

// Range has the mean and the ends of some numbers.
type Range struct {
	Mean     Number `json:"mean"`
	Least    Number `json:"least"`
	Greatest Number `json:"greatest"`
}

// ReportNull compares a layer with one null. Shares are of units above the
// criterion.
type ReportNull struct {
	Name     string    `json:"null"`
	Title    string    `json:"title,omitempty"` // for readers
	Share    Number    `json:"share_above_criterion"`
	Excess   Number    `json:"excess"`
	Interval [2]Number `json:"excess_interval"`
	P        Number    `json:"p"`
	// AboveOwn counts the units above their own threshold, where that is known.
	AboveOwn *Count `json:"above_own_threshold_95,omitempty"`
	// Chance is the share above their own threshold that chance alone gives.
	Chance Number `json:"chance_above_own_threshold_95,omitzero"`
	// Threshold95 is the mean of those thresholds.
	Threshold95 Number `json:"mean_threshold_95,omitzero"`
}

// ReportLoss is a training's loss (nats).
type ReportLoss struct {
	Updates int    `json:"updates"`
	Final   Number `json:"final"`
	FinalSD Number `json:"final_sd"`
	First   Number `json:"first"`
	// AboveEntropy is Final minus the entropy of the targets.
	AboveEntropy Number `json:"above_entropy,omitzero"`
}

// ReportError is an error of path integration.
type ReportError struct {
	Final Number `json:"final_error_m"`
	Floor Number `json:"floor_m"`
	Loss  Number `json:"loss"`
}

// ReadReport reads what [Report.Write] wrote.
func ReadReport(r io.Reader) (*Report, error) {
	s := &Report{}
	return s, read(r, s)
}

// Write writes the report's figures as JSON.
func (s *Report) Write(w io.Writer) error { return write(w, s) }
