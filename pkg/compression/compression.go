// Package compression recognises compressed files by their first bytes and
// decompresses them: gzip, zstd and zlib. No other package does so.
package compression

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Format is a compressed file format.
type Format int

// The formats. The last three are recognised but cannot be decompressed.
const (
	None Format = iota
	Gzip
	Zstd
	Zlib
	Bzip2
	XZ
	LZ4
)

func (f Format) String() string {
	return [...]string{"none", "gzip", "zstd", "zlib", "bzip2", "xz", "lz4"}[f]
}

// magicSize is the number of first bytes that Detect looks at.
const magicSize = 6

// maxWindow is the longest zstd window that is accepted: that of its --ultra
// levels. The decoder holds a window in memory.
const maxWindow = 128 << 20

// Detect recognises a format by the first magicSize bytes of a file, or by
// all bytes of a shorter file. It does not recognise zlib, whose header could
// also begin a text; see [DetectZlib].
func Detect(start []byte) Format {
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return Gzip
	case bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippable(start):
		return Zstd
	case bytes.HasPrefix(start, []byte("BZh")):
		return Bzip2
	case bytes.HasPrefix(start, []byte("\xfd7zXZ\x00")):
		return XZ
	case bytes.HasPrefix(start, []byte{0x04, 0x22, 0x4d, 0x18}):
		return LZ4
	}
	return None
}

// isSkippable recognises a skippable frame of zstd, of which there are 16
// kinds. Tools such as pzstd begin their files with one.
func isSkippable(start []byte) bool {
	return len(start) >= 4 && start[0]&0xf0 == 0x50 && bytes.Equal(start[1:4], []byte{0x2a, 0x4d, 0x18})
}

// DetectZlib recognises a zlib header: deflate, check bits, no dictionary. Four
// zero bytes after it belong to the length of an uncompressed TFRecord; no
// deflate stream begins with them.
func DetectZlib(start []byte) bool {
	return len(start) >= 2 && start[0]&0x0f == 8 && start[0]>>4 <= 7 && binary.BigEndian.Uint16(start)%31 == 0 && start[1]&0x20 == 0 &&
		!(len(start) >= 8 && binary.LittleEndian.Uint32(start[4:]) == 0)
}

// NewReader decompresses r, which must begin with a file of format f. An error,
// of this call or of a Read, names the format. Close frees the decoder and
// leaves r open.
func NewReader(r *bufio.Reader, f Format) (io.ReadCloser, error) {
	var d io.ReadCloser
	var err error
	switch f {
	case None:
		return io.NopCloser(r), nil
	case Gzip:
		d, err = newGzip(r)
	case Zstd:
		var z *zstd.Decoder
		if z, err = zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxWindow),
			zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)); err == nil {
			d = z.IOReadCloser()
		}
	case Zlib:
		var z io.ReadCloser
		if z, err = zlib.NewReader(r); err == nil {
			d = untilEnd{z, r}
		}
	default:
		err = fmt.Errorf("this compression is not supported; decompress the file first, or use gzip or zstd")
	}
	if err == io.EOF { // the header is cut off
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("%v: %w", f, err)
	}
	return named{d, f}, nil
}

// Open decompresses r if its first bytes are those of gzip or zstd. Otherwise it
// returns the bytes of r as they are.
func Open(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	start, _ := b.Peek(magicSize) // an error comes again with the next Read
	return NewReader(b, Detect(start))
}

// gzipReader reads the members of a gzip file one after the other. Zero bytes
// between and after them are padding, as they are for gzip itself.
type gzipReader struct {
	*gzip.Reader
	input *bufio.Reader
}

func newGzip(r *bufio.Reader) (io.ReadCloser, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipReader{z, r}, nil
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.Reader.Read(p)
		if err != io.EOF || n > 0 {
			if err == io.EOF {
				err = nil // the next Read meets it again
			}
			return n, err
		}
		if err := g.nextMember(); err != nil {
			return 0, err
		}
	}
}

// nextMember goes on to the next member. It returns io.EOF if only padding
// follows.
func (g *gzipReader) nextMember() error {
	for {
		c, err := g.input.ReadByte()
		if err != nil {
			return err
		}
		if c != 0 {
			break
		}
	}
	if err := g.input.UnreadByte(); err != nil {
		return err
	}
	err := g.Reader.Reset(g.input)
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case errors.Is(err, gzip.ErrHeader):
		return errors.New("data after the end that are neither padding nor a further member")
	case err != nil:
		return err
	}
	g.Reader.Multistream(false)
	return nil
}

// untilEnd fails if the input goes on after the end of the decompressed stream.
type untilEnd struct {
	io.ReadCloser
	input *bufio.Reader
}

func (u untilEnd) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if err == io.EOF {
		if _, e := u.input.Peek(1); e == nil {
			err = errors.New("data after the end of the stream")
		}
	}
	return n, err
}

// named adds the format's name to the errors of a decoder.
type named struct {
	io.ReadCloser
	format Format
}

func (n named) Read(p []byte) (int, error) {
	k, err := n.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%v: %w", n.format, err)
	}
	return k, err
}
