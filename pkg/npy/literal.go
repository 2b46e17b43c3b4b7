package npy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gridcells/pkg/printable"
)

// tuple and list are Python's two kinds of sequences. A dictionary is a
// map[string]any; the scalars are string, int and bool.
type (
	tuple []any
	list  []any
)

// maxDepth bounds the nesting of a header literal.
const maxDepth = 16

// parseLiteral reads the subset of Python literals that NPY headers use:
// strings, integers, True, False, None, tuples, lists and dictionaries with
// string keys.
func parseLiteral(s string) (any, error) {
	p := &literalParser{s: s}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.s != "" {
		return nil, fmt.Errorf("unexpected %s after the header dictionary", clip(p.s))
	}
	return v, nil
}

type literalParser struct{ s string }

// space passes over spaces. NumPy writes no other white space, so that is taken
// for damage.
func (p *literalParser) space() { p.s = strings.TrimLeft(p.s, " ") }

func (p *literalParser) eat(c byte) bool {
	p.space()
	if p.s == "" || p.s[0] != c {
		return false
	}
	p.s = p.s[1:]
	return true
}

func (p *literalParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	p.space()
	if p.s == "" {
		return nil, errors.New("unexpected end")
	}
	switch c := p.s[0]; {
	case c == '{':
		return p.dict(depth + 1)
	case c == '(':
		items, trailingComma, err := p.sequence('(', ')', depth+1)
		if len(items) == 1 && !trailingComma {
			return items[0], err // parentheses alone make no tuple
		}
		return tuple(items), err
	case c == '[':
		items, _, err := p.sequence('[', ']', depth+1)
		return list(items), err
	case c == '\'' || c == '"':
		return p.str()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, v := range map[string]any{"True": true, "False": false, "None": nil} {
		if strings.HasPrefix(p.s, word) {
			p.s = p.s[len(word):]
			return v, nil
		}
	}
	return nil, fmt.Errorf("unexpected %s", clip(p.s))
}

func (p *literalParser) sequence(open, end byte, depth int) (items []any, trailingComma bool, err error) {
	p.eat(open)
	for {
		if p.eat(end) {
			return items, trailingComma, nil
		}
		if len(items) > 0 && !trailingComma {
			return nil, false, fmt.Errorf("expected a comma before %s", clip(p.s))
		}
		v, err := p.value(depth)
		if err != nil {
			return nil, false, err
		}
		items = append(items, v)
		trailingComma = p.eat(',')
	}
}

func (p *literalParser) dict(depth int) (any, error) {
	m := map[string]any{}
	p.eat('{')
	for comma := true; ; comma = p.eat(',') {
		if p.eat('}') {
			return m, nil
		}
		if !comma {
			return nil, fmt.Errorf("expected a comma before %s", clip(p.s))
		}
		k, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok || !p.eat(':') {
			return nil, errors.New("dictionary without a string key")
		}
		if m[key], err = p.value(depth); err != nil {
			return nil, err
		}
	}
}

func (p *literalParser) str() (any, error) {
	quote := p.s[0]
	var b strings.Builder
	for i := 1; i < len(p.s); i++ {
		switch c := p.s[i]; c {
		case quote:
			p.s = p.s[i+1:]
			return b.String(), nil
		case '\\':
			// Python writes names in repr form. Go knows the same escapes; the
			// number in one is a code point.
			r, _, tail, err := strconv.UnquoteChar(p.s[i:], quote)
			if err != nil {
				return nil, fmt.Errorf("bad escape in %s", clip(p.s))
			}
			b.WriteRune(r)
			i = len(p.s) - len(tail) - 1
		default:
			b.WriteByte(c)
		}
	}
	return nil, errors.New("string without an end")
}

func (p *literalParser) number() (any, error) {
	end := strings.IndexFunc(p.s, func(r rune) bool { return (r < '0' || r > '9') && r != '-' })
	if end < 0 {
		end = len(p.s)
	}
	n, err := strconv.Atoi(p.s[:end])
	if err != nil {
		return nil, fmt.Errorf("bad number %s", clip(p.s[:end]))
	}
	p.s = strings.TrimPrefix(p.s[end:], "L") // Python 2 wrote long integers so
	return n, nil
}

// clip quotes the begin of text for an error message.
func clip(s string) string { return strconv.Quote(printable.Short(s, 20)) }
