// Package tfrecord reads and writes TFRecord files and the tf.train.Example
// messages inside them, without TensorFlow.
//
// A TFRecord file is a sequence of records, each a little-endian uint64
// length, the masked CRC-32C of those eight bytes, the payload, and the
// masked CRC-32C of the payload. Whole files may be GZIP, ZLIB or zstd
// compressed. [Reader] verifies both checksums of every record; [Writer]
// makes them.
//
// A payload is usually a tf.train.Example: named lists of numbers. [Decoder]
// takes the float lists it is told of and lays their values side by side in
// one row of little-endian float32, which is how an NPY table stores them;
// [Encoder] goes the other way.
//
// [Dataset] reads many files as TensorFlow's input queues do: shuffled file
// order, a shuffle buffer, endless repetition, always the same for a seed.
package tfrecord
