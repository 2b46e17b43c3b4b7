// Package figure draws ratemaps, spatial autocorrelograms, training curves and
// score histograms, and the pages of a report made of them.
//
// A [Report] holds what there is to show. Its pages are functions which draw on
// any gonum canvas, so the same page can become part of a PDF ([WritePDF]) or a
// picture ([WritePNG]). The same report gives the same bytes: a PDF holds no
// clock times, host names or anything else from outside.
//
// Maps are [Map] values, first axis x, second axis y, in bins. NaN means "no
// data" and is left blank. Scores that are NaN are shown as NaN and ordered
// last.
package figure
