// Package shellquote writes words so that a shell reads them back unchanged. Everything that reaches
// a device through a shell (ssh and adb both join their arguments into one line) is quoted here and
// nowhere else. It refuses nothing but NUL bytes, which its callers must keep out: no shell has them.
package shellquote

import "strings"

// Quote returns a word that a POSIX shell, mksh, busybox or fish reads as exactly s.
//
// Quotes and backslashes are put in double quotes of their own instead of the usual '\”: fish reads
// a backslash within single quotes as an escape, and a device's login shell may be fish.
func Quote(s string) string {
	if s == "" {
		return "''"
	}
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	open := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\'', '\\':
			if open {
				b.WriteByte('\'')
				open = false
			}
			if c == '\'' {
				b.WriteString(`"'"`)
			} else {
				b.WriteString(`"\\"`)
			}
		default:
			if !open {
				b.WriteByte('\'')
				open = true
			}
			b.WriteByte(c)
		}
	}
	if open {
		b.WriteByte('\'')
	}
	return b.String()
}

// Join quotes each word and puts blanks between them.
func Join(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	return strings.Join(quoted, " ")
}

// isPlain tells whether no shell gives any byte of s a meaning wherever it stands in a line. "=" is
// not plain, because a first word with it is an assignment.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '_', c == '/', c == '.', c == '+', c == ',', c == '@', c == ':':
		case c == '-' && i > 0:
		default:
			return false
		}
	}
	return true
}
