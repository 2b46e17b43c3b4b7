package rerun

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// width is the number of characters in a line of a script, which the smallest paper
// of a report holds.
const width = 118

// pipe writes commands that hand a stream on. Each begins on a line of its own.
func (s *Script) pipe(commands [][]string) {
	s.space()
	for i, words := range commands {
		indent := ""
		if i > 0 {
			indent = "  "
		}
		end := ""
		if i+1 < len(commands) {
			end = " |"
		}
		for _, line := range command(indent, words, end) {
			s.add(line)
		}
	}
}

// command breaks a command into lines of at most width characters. A flag stays
// with its value. A word that is longer than a line is broken too; the shell joins
// the parts at the backslash.
func command(indent string, words []string, end string) []string {
	var lines []string
	line := indent + strings.Join(quote(words[0]), "")
	length := utf8.RuneCountInString(line)
	for i := 1; i < len(words); i++ {
		part := quote(words[i])
		if strings.HasPrefix(words[i], "-") && !strings.Contains(words[i], "=") && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
			i++
			part = append(append(part, " "), quote(words[i])...)
		}
		size := 0
		for _, p := range part {
			size += utf8.RuneCountInString(p)
		}
		if length+1+size+len(` \`) > width {
			lines = append(lines, line+` \`)
			line, length = indent+"   ", len(indent)+3
		}
		var b strings.Builder
		b.WriteString(line + " ")
		length++
		for _, p := range part {
			n := utf8.RuneCountInString(p)
			if length+n+len(`\`) > width {
				lines = append(lines, b.String()+`\`)
				b.Reset()
				length = 0
			}
			b.WriteString(p)
			length += n
		}
		line = b.String()
	}
	return append(lines, line+end)
}

// plain are the characters that mean nothing to the shell anywhere in a word.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:=+/@%"

// quote protects a word from the shell. It returns the pieces of the quoted word;
// between two of them a line may be broken. Invisible characters are written as
// escape sequences, so that they reach neither terminal nor page.
func quote(word string) []string {
	if word == "" {
		return []string{"''"}
	}
	var pieces []string
	for len(word) > 0 {
		r, n := utf8.DecodeRuneInString(word)
		c := word[:n]
		word = word[n:]
		switch {
		case r == utf8.RuneError && n == 1 || !unicode.IsPrint(r):
			escaped := "$'"
			for _, b := range []byte(c) {
				escaped += fmt.Sprintf(`\x%02x`, b)
			}
			pieces = append(pieces, escaped+"'")
		case r < utf8.RuneSelf && !strings.ContainsRune(plain, r):
			pieces = append(pieces, `\`+c)
		default:
			pieces = append(pieces, c)
		}
	}
	return pieces
}
