package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

const (
	magic = "\x93NUMPY"
	// maxHeader bounds the header's text. It has room for tens of thousands of fields.
	maxHeader = 1 << 20
)

// header describes the array whose data follow it. A plain array has typ, the
// type of its elements; a structured array has dtype instead.
type header struct {
	typ     Type
	dtype   *DType
	shape   []int
	fortran bool
}

// readHeader reads a single header, as [headers.read] does.
func readHeader(r io.Reader) (*header, int64, error) { return new(headers).read(r) }

// headers reads one header after the other. The chunks of a stream repeat their header,
// so it parses only one that differs from the one before.
type headers struct {
	version byte
	text    []byte
	last    *header
}

// read reads the magic string, the version and the header dictionary, and returns how
// many bytes that took. The error is io.EOF if, and only if, there is no further byte.
// The header must not be changed.
func (s *headers) read(r io.Reader) (*header, int64, error) {
	var prefix [12]byte
	n, err := io.ReadFull(r, prefix[:8])
	if err == io.EOF {
		return nil, 0, io.EOF
	}
	read := int64(n)
	if err != nil {
		return nil, read, fmt.Errorf("in the magic string: %w", err)
	}
	if string(prefix[:6]) != magic {
		return nil, read, fmt.Errorf("not an NPY array: it begins with %q", prefix[:6])
	}
	width := 4
	switch [2]byte(prefix[6:8]) {
	case [2]byte{1, 0}:
		width = 2
	case [2]byte{2, 0}, [2]byte{3, 0}:
	default:
		return nil, read, fmt.Errorf("NPY format version %d.%d is not known", prefix[6], prefix[7])
	}
	n, err = io.ReadFull(r, prefix[8:8+width])
	read += int64(n)
	if err != nil {
		return nil, read, fmt.Errorf("in the header length: %w", noEOF(err))
	}
	length := binary.LittleEndian.Uint32(prefix[8:12])
	if width == 2 {
		length &= 0xffff
	}
	if length > maxHeader {
		return nil, read, fmt.Errorf("a header of %d bytes; at most %d are accepted", length, maxHeader)
	}
	text := make([]byte, length)
	n, err = io.ReadFull(r, text)
	read += int64(n)
	if err != nil {
		return nil, read, fmt.Errorf("in the header: %w", noEOF(err))
	}
	if s.last != nil && s.version == prefix[6] && bytes.Equal(s.text, text) {
		return s.last, read, nil
	}
	decoded, err := decodeHeader(text, prefix[6])
	if err != nil {
		return nil, read, fmt.Errorf("header: %w", err)
	}
	h, err := parseHeader(decoded)
	if err != nil {
		return nil, read, fmt.Errorf("header: %w", err)
	}
	*s = headers{prefix[6], text, h}
	return h, read, nil
}

// decodeHeader converts a header's bytes to UTF-8. Headers of versions 1.0 and
// 2.0 are Latin-1, those of version 3.0 UTF-8.
func decodeHeader(text []byte, version byte) (string, error) {
	if version < 3 {
		runes := make([]rune, len(text))
		for i, c := range text {
			runes[i] = rune(c)
		}
		return string(runes), nil
	}
	if !utf8.Valid(text) {
		return "", errors.New("its bytes are not UTF-8, which version 3.0 demands")
	}
	return string(text), nil
}

// parseHeader reads the header's dictionary.
func parseHeader(text string) (*header, error) {
	text, whole := strings.CutSuffix(text, "\n")
	if !whole {
		return nil, errors.New("no newline at its end")
	}
	v, err := parseLiteral(text)
	if err != nil {
		return nil, err
	}
	dict, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("not a dictionary")
	}
	h := &header{}
	if h.fortran, ok = dict["fortran_order"].(bool); !ok {
		return nil, errors.New("no fortran_order")
	}
	shape, ok := dict["shape"].(tuple)
	if !ok {
		return nil, errors.New("no shape")
	}
	if h.shape, err = parseShape(shape); err != nil {
		return nil, err
	}
	switch descr := dict["descr"].(type) {
	case string:
		h.typ, err = parseType(descr)
	case list:
		h.dtype, err = parseDType(descr)
	default:
		err = errors.New("no descr")
	}
	if err != nil {
		return nil, err
	}
	count := 1
	for _, n := range h.shape {
		if n > 0 && count > math.MaxInt/maxItemSize/n {
			return nil, fmt.Errorf("shape %s is too large", shapeLiteral(h.shape))
		}
		count *= n
	}
	return h, nil
}

func parseShape(items tuple) ([]int, error) {
	shape := make([]int, len(items))
	for i, item := range items {
		n, isInt := item.(int)
		if !isInt || n < 0 {
			return nil, fmt.Errorf("bad dimension %v", item)
		}
		shape[i] = n
	}
	return shape, nil
}

func parseDType(descr list) (*DType, error) {
	d := &DType{}
	for _, item := range descr {
		member, ok := item.(tuple)
		if !ok || len(member) < 2 || len(member) > 3 {
			return nil, errors.New("descr: a field is not (name, type) or (name, type, shape)")
		}
		f := Field{}
		switch name := member[0].(type) {
		case string:
			f.Name = name
		case tuple: // (title, name)
			if len(name) == 2 {
				f.Name, _ = name[1].(string)
			}
		}
		var err error
		switch typ := member[1].(type) {
		case string:
			f.Type, err = parseType(typ)
		case list:
			f.Type, err = parseNested(typ)
		default:
			err = errors.New("descr: its type is neither text nor a list of members")
		}
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		if len(member) == 3 {
			shape, ok := member[2].(tuple)
			if !ok {
				shape = tuple{member[2]} // ('x', '<f4', 3)
			}
			if f.Shape, err = parseShape(shape); err != nil {
				return nil, fmt.Errorf("field %q: %w", f.Name, err)
			}
		}
		if err := d.add(f); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// parseNested reads the type of a field that is a structure itself. It is only
// passed through.
func parseNested(descr list) (Type, error) {
	d, err := parseDType(descr)
	if err != nil {
		return Type{}, err
	}
	return Type{Kind: 'V', Size: d.size, spelled: d.String()}, nil
}

// appendHeader appends a header, padded so that the data begin at a multiple of
// 64 bytes. The version is the lowest that can hold it, as with NumPy: 1.0, or
// 2.0 if the text is too long for that, or 3.0 if a name is not Latin-1.
func appendHeader(b []byte, descr string, shape []int) []byte {
	text := fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s, }", descr, shapeLiteral(shape))
	version := byte(1)
	if latin, ok := latin1(text); !ok {
		version = 3
	} else if text = latin; len(text)+1+64 > 0xffff {
		version = 2
	}
	width := 4
	if version == 1 {
		width = 2
	}
	prefix := len(magic) + 2 + width
	length := (prefix+len(text)+1+63)/64*64 - prefix
	b = append(b, magic...)
	b = append(b, version, 0)
	if width == 2 {
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(length))
	}
	b = append(b, text...)
	for range length - len(text) - 1 {
		b = append(b, ' ')
	}
	return append(b, '\n')
}

// latin1 converts UTF-8 to Latin-1, if that has all of the characters.
func latin1(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}

// noEOF turns io.EOF inside something into io.ErrUnexpectedEOF.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readGrowing reads n bytes and appends them to b. It allocates in step with
// what arrives, so that memory never follows what a header claims.
func readGrowing(r io.Reader, b []byte, n int) ([]byte, int64, error) {
	const first = 1 << 20
	var read int64
	for n > 0 {
		step := n
		if free := cap(b) - len(b); step > free && step > first {
			step = max(free, first, len(b))
			step = min(step, n)
		}
		start := len(b)
		if free := cap(b) - start; free < step {
			grown := make([]byte, start, start+step)
			copy(grown, b)
			b = grown
		}
		b = b[:start+step]
		k, err := io.ReadFull(r, b[start:])
		read += int64(k)
		if err != nil {
			return b[:start+k], read, noEOF(err)
		}
		n -= step
	}
	return b, read, nil
}
