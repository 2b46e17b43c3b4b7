// Package npy reads and writes NumPy's NPY arrays and NPZ archives, and the
// record streams that connect the project's tools.
//
// A record stream is one or more one-dimensional NPY arrays back to back, each
// with the same structured little-endian dtype: chunks of one table. In Python
// every chunk is read by numpy.lib.format.read_array, and a single file from
// numpy.save is a valid stream.
//
// The first array may instead be provenance: dtype [('provenance', 'S<n>')],
// one JSON object for each stage that handled the stream, oldest first. A
// stream with provenance ends with an empty chunk (shape (0,)), the end mark. If
// the mark is missing, the writer died, and [Reader] returns an error. So a truncated
// stream is always noticed.
//
// A [Reader] hands out [Rows] of raw bytes; a [Column] finds a named field in
// them and converts it, from f4 or f8. A [Writer] takes rows of its [DType].
package npy
