package gridscore

import (
	"fmt"
	"regexp"
	"strings"

	"gridcells/pkg/npy"
)

// scoreField matches the columns of scores and nulls, whatever their definition and
// null.
var scoreField = regexp.MustCompile(`^(score|mask)_(60|90)|^(p|q|threshold_95|threshold_99)_`)

// rescored describes the scores that the input holds already: those of the same
// names are replaced, and the others are passed through. It returns "" for rows
// without scores.
func (o *output) rescored(in *npy.DType) string {
	added := map[string]bool{}
	for _, a := range o.added {
		added[a.Name] = true
	}
	replaced := 0
	var kept []string
	for _, f := range in.Fields() {
		if !scoreField.MatchString(f.Name) {
			continue
		}
		if added[f.Name] {
			replaced++
		} else if _, ok := o.dtype.Field(f.Name); ok {
			kept = append(kept, f.Name)
		}
	}
	if replaced+len(kept) == 0 {
		return ""
	}
	text := fmt.Sprintf("the input was scored before: %d columns of scores are replaced", replaced)
	if len(kept) > 0 {
		text += fmt.Sprintf(", and %s stay as they were (--drop leaves them out)", strings.Join(kept, ", "))
	}
	return text
}
