// Package pages lays out the pages of a report: a summary, all units, border
// cells, tuning to head direction, the course of a training, and where the data
// come from.
//
// A [Report] holds what there is to show. [Report.Pages] makes the pages of the
// parts asked for; [Parts] lists the parts that there are. Package canvas writes
// them as a PDF. The same report gives the same bytes.
package pages
