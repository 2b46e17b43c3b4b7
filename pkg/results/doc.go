// Package results holds what the tools say about a run, as Go types with their
// JSON: what gridscore --summary writes about a population of units
// ([Population]), what activations --path-integration writes about errors
// ([PathIntegration]), the lines of a training log ([LogLine]), and what report
// --summary-json writes ([Report]).
//
// Tools and scripts read and write these files through this package only, so
// that a name or a unit is declared once. Names in JSON end in the unit where
// there is one: _m, _s, _deg. Shares are fractions of 1, not percent.
//
// JSON has no NaN. A [Number] that is not finite is null in JSON, and a null or
// absent number is NaN in Go. Readers ignore fields that they do not know, so
// that they read files of later versions; what a file of an earlier version lacks
// is unknown (NaN, nil or empty).
package results
