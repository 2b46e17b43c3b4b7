// Package canvas is the surface that figures and pages are drawn on: a [Page] is
// a size and a function that draws, and [WritePDF], [WriteSVG] and [WritePNG]
// write it. Texts, fonts, colours and colour maps of all figures are here.
//
// The same page gives the same bytes: a file holds no clock times, host names or
// anything else from outside.
package canvas
