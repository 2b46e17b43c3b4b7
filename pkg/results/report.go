package results

import "io"

// Report is what report --summary-json writes about its pages.
type Report struct {
	Pages     int           `json:"pages"`
	Criterion float64       `json:"criterion"` // the fixed score above which units are counted
	Layers    []ReportLayer `json:"layers"`
	Loss      *ReportLoss   `json:"loss,omitempty"`

	PathIntegration          *ReportError `json:"path_integration,omitempty"`
	UntrainedPathIntegration *ReportError `json:"untrained_path_integration,omitempty"`
}

// ReportLayer is one layer's.
type ReportLayer struct {
	Layer    string `json:"layer"`
	BestUnit *int   `json:"best_unit"`
	ReportScores
	Untrained *ReportScores  `json:"untrained,omitempty"`
	Nulls     []ReportNull   `json:"nulls,omitempty"`
	Classes   map[string]int `json:"classes,omitempty"`
}

// ReportScores counts units above the criterion.
type ReportScores struct {
	Units int    `json:"units"`
	Above int    `json:"above_criterion"`
	Share Number `json:"share_above_criterion"`
	Best  Number `json:"best_score"`
}

// ReportNull is a null's; the shares are those above the criterion.
type ReportNull struct {
	Name     string    `json:"null"`
	Share    Number    `json:"share_above_criterion"`
	Excess   Number    `json:"excess"`
	Interval [2]Number `json:"excess_interval"`
	P        Number    `json:"p"`
	// AboveOwn counts the units above their own threshold, where that is known.
	AboveOwn *Count `json:"above_own_threshold_95,omitempty"`
	// Threshold95 is the mean of those thresholds.
	Threshold95 Number `json:"mean_threshold_95,omitzero"`
}

// ReportLoss is a training's loss (nats).
type ReportLoss struct {
	Updates int    `json:"updates"`
	Final   Number `json:"final"`
	FinalSD Number `json:"final_sd"`
	First   Number `json:"first"`
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
