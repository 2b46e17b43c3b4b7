// Package figure draws what is known of a run: ratemaps, autocorrelograms,
// direction tuning, histograms of scores, grid scales, training curves, errors of
// path integration and trajectories.
//
// A [Run] holds the data. Panels are functions that draw on any gonum canvas.
// [Run.Figure] makes a single figure of them, for a paper or a talk; [Entries]
// lists the figures that there are. Package pages makes the pages of a report
// from the same panels.
//
// Maps are [Map] values, first axis x, second axis y, in bins. NaN means "no
// data" and is left blank. Scores that are NaN are shown as "–" and ordered last.
package figure
