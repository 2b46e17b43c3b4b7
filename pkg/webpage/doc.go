// Package webpage writes the results of one or more runs as one HTML file that opens
// offline in any current browser.
//
// A program fills in a [Page] and calls [Page.Write]. The file holds the data, the
// programs that show them, and the library that draws the plots. It loads nothing
// and sends nothing: its Content-Security-Policy allows only the scripts that it
// holds, by their SHA-256. The same page gives the same bytes. Names from the
// input are data in JSON, which the page shows as text.
//
// Scores, thresholds and all other columns are float64, so that a number that the
// page finds is the number that gridscore finds. Maps are for the eye: each is
// stored with 8 bits a bin, as 255 steps from its lowest to its highest value. An
// autocorrelogram that is the same when it is turned by 180° is stored by its first
// half. 512 units of 32 × 32 bins, with 300 null scores each, are 5 MB.
//
// The scripts in parts/ are plain JavaScript, which needs no build step:
//
//	stats.js    the arithmetic: percentile, Wilson's interval, p, counts
//	data.js     the data of the file as typed arrays
//	judge.js    which units are grid cells by a criterion, and what that is worth
//	maps.js     colour maps and pictures of maps
//	charts.js   the plots
//	units.js    filter, order, gallery and table of units
//	unit.js     the page of one unit
//	page.js     state, controls and sections
//
// vendored/ holds D3 and Observable Plot as they were published.
package webpage
