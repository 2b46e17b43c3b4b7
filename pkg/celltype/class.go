package celltype

// Class is the type of a unit.
type Class string

const (
	Conjunctive   Class = "conjunctive" // a grid cell that is a head-direction cell too
	Grid          Class = "grid"
	BorderCell    Class = "border"
	HeadDirection Class = "head_direction"
	Unclassified  Class = "none"
)

// ClassOf returns the class of a unit by the criteria that it meets: the first of
// the list above that holds.
func ClassOf(grid, border, headDirection bool) Class {
	switch {
	case grid && headDirection:
		return Conjunctive
	case grid:
		return Grid
	case border:
		return BorderCell
	case headDirection:
		return HeadDirection
	}
	return Unclassified
}
