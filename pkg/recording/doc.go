// Package recording reads recorded neurons as they come from the laboratory, and
// brings them into frames of equal duration.
//
// A [Path] is where a tracker saw the animal: times and positions of one or two
// lamps, perhaps with head directions. A [Unit] is a neuron: its name and the
// times of its spikes. [FindBad] finds samples that the tracker made up.
//
// Times are in seconds and lengths in metres, once factors have turned the units
// of a file into these. NaN stands for what is not known: a position that is NaN
// was lost by the tracker.
package recording
