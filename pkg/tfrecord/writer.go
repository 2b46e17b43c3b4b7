package tfrecord

import "io"

// Writer writes records. It gathers them in a buffer: call Flush at the end.
type Writer struct {
	w   io.Writer
	buf []byte
	err error
}

// NewWriter writes records to w. For a compressed file give it a gzip or zlib
// writer.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write appends a record. After a failed Write or Flush all others fail alike.
func (w *Writer) Write(payload []byte) error {
	w.buf = AppendRecord(w.buf, payload)
	if len(w.buf) < bufferSize {
		return w.err
	}
	return w.Flush()
}

// Flush writes what is buffered to the underlying writer.
func (w *Writer) Flush() error {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
	return w.err
}
