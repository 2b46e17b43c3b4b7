package report

import (
	"slices"

	"gridcells/pkg/figure"
	"gridcells/pkg/pages"
	"gridcells/pkg/results"
	"gridcells/pkg/significance"
)

// summarize returns the numbers of the pages.
func summarize(r *pages.Report, pages int) *results.Report {
	s := &results.Report{Pages: pages, Criterion: r.Criterion, Paper: r.Paper}
	for _, l := range r.Layers {
		of := summarizeLayer(l, r.Criterion)
		if titles, known := r.NotBeyond(l); known {
			of.NotBeyond = append([]string{}, titles...)
		}
		s.Layers = append(s.Layers, of)
	}
	if n := len(r.Log); n > 0 {
		last := r.Log[n-1]
		s.Loss = &results.ReportLoss{Updates: int(last.Step), Final: last.Loss, FinalSD: last.LossSD, First: r.Log[0].Loss,
			AboveEntropy: last.AboveEntropy()}
	}
	s.PathIntegration = summarizeError(r.PathIntegration)
	s.UntrainedPathIntegration = summarizeError(r.UntrainedPathIntegration)
	return s
}

func summarizeLayer(l figure.Layer, criterion float64) results.ReportLayer {
	scores := l.Scores()
	s := results.ReportLayer{
		Layer: l.Name, ReportScores: summarizeScores(scores, criterion),
		Scales: l.Scales, Border: l.Border, HeadDirection: l.HeadDirection, UntrainedCells: l.UntrainedCells,
	}
	for _, n := range l.UntrainedOwn {
		if s.UntrainedOwn == nil {
			s.UntrainedOwn = map[string]results.Count{}
		}
		s.UntrainedOwn[n.Name] = n.AboveOwn
	}
	if _, at := figure.Highest(scores); at >= 0 {
		s.BestUnit = &l.Units[at].Number
	}
	if l.Untrained != nil {
		untrained := summarizeScores(l.Untrained, criterion)
		s.Untrained = &untrained
	}
	for _, n := range l.Compared(criterion) {
		s.Nulls = append(s.Nulls, summarizeNull(n))
	}
	for _, n := range l.Nulls {
		if n.AboveOwn.Share.Known() && !slices.ContainsFunc(s.Nulls, func(m results.ReportNull) bool { return m.Name == n.Name }) {
			s.Nulls = append(s.Nulls, summarizeNull(n))
		}
	}
	for _, u := range l.Units {
		if u.Class != "" {
			if s.Classes == nil {
				s.Classes = map[string]int{}
			}
			s.Classes[string(u.Class)]++
		}
	}
	return s
}

func summarizeNull(n figure.Null) results.ReportNull {
	s := results.ReportNull{Name: n.Name, Title: n.Heading(), Share: n.Above.Null, Excess: n.Above.Excess, Interval: n.Above.Interval, P: n.Above.P}
	if n.AboveOwn.Share.Known() {
		s.AboveOwn, s.Chance, s.Threshold95 = &n.AboveOwn, results.Of(n.ChanceOwn()), n.Threshold95
	}
	return s
}

func summarizeScores(scores []float64, criterion float64) results.ReportScores {
	above := significance.CountAbove(scores, criterion)
	best, _ := figure.Highest(scores)
	return results.ReportScores{
		Units: len(scores), Above: above,
		Share: results.CountOf(above, len(scores)).Share,
		Best:  results.Of(best),
	}
}

func summarizeError(p *results.PathIntegration) *results.ReportError {
	if p == nil {
		return nil
	}
	return &results.ReportError{Final: p.Final, Floor: p.Floor, Loss: p.Loss}
}
