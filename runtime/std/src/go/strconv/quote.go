package strconv

import (
	"internal/ucd"
	"unicode/utf8"
)

// Quote is s as a Go string literal, with escapes for control characters and what IsPrint rejects.
func Quote(s string) string {
	var buf [quoteBuffer]byte
	return string(appendQuoted(buf[:0], s, '"', false, false))
}

// quoteBuffer is room enough for most quoted texts.
const quoteBuffer = 64

// AppendQuote appends what Quote returns.
func AppendQuote(dst []byte, s string) []byte { return appendQuoted(dst, s, '"', false, false) }

// QuoteToASCII is Quote with escapes for all that is not ASCII.
func QuoteToASCII(s string) string {
	var buf [quoteBuffer]byte
	return string(appendQuoted(buf[:0], s, '"', true, false))
}

// AppendQuoteToASCII appends what QuoteToASCII returns.
func AppendQuoteToASCII(dst []byte, s string) []byte { return appendQuoted(dst, s, '"', true, false) }

// QuoteToGraphic is Quote that leaves graphic characters as they are.
func QuoteToGraphic(s string) string {
	var buf [quoteBuffer]byte
	return string(appendQuoted(buf[:0], s, '"', false, true))
}

// AppendQuoteToGraphic appends what QuoteToGraphic returns.
func AppendQuoteToGraphic(dst []byte, s string) []byte { return appendQuoted(dst, s, '"', false, true) }

// QuoteRune is r as a Go character literal.
func QuoteRune(r rune) string { return string(AppendQuoteRune(nil, r)) }

// AppendQuoteRune appends what QuoteRune returns.
func AppendQuoteRune(dst []byte, r rune) []byte { return appendQuotedRune(dst, r, false, false) }

// QuoteRuneToASCII is QuoteRune with escapes for all that is not ASCII.
func QuoteRuneToASCII(r rune) string { return string(appendQuotedRune(nil, r, true, false)) }

// AppendQuoteRuneToASCII appends what QuoteRuneToASCII returns.
func AppendQuoteRuneToASCII(dst []byte, r rune) []byte { return appendQuotedRune(dst, r, true, false) }

// QuoteRuneToGraphic is QuoteRune that leaves graphic characters as they are.
func QuoteRuneToGraphic(r rune) string { return string(appendQuotedRune(nil, r, false, true)) }

// AppendQuoteRuneToGraphic appends what QuoteRuneToGraphic returns.
func AppendQuoteRuneToGraphic(dst []byte, r rune) []byte {
	return appendQuotedRune(dst, r, false, true)
}

const hexDigits = "0123456789abcdef"

func appendQuoted(dst []byte, s string, quote byte, ascii, graphic bool) []byte {
	dst = append(dst, quote)
	for len(s) > 0 {
		// What stands for itself is copied at once.
		n := 0
		for n < len(s) && ' ' <= s[n] && s[n] < 0x7f && s[n] != quote && s[n] != '\\' {
			n++
		}
		if n > 0 {
			dst = append(dst, s[:n]...)
			s = s[n:]
			continue
		}
		r, width := utf8.DecodeRuneInString(s)
		if width == 1 && r == utf8.RuneError {
			dst = append(dst, '\\', 'x', hexDigits[s[0]>>4], hexDigits[s[0]&15])
		} else {
			dst = appendEscaped(dst, r, quote, ascii, graphic)
		}
		s = s[width:]
	}
	return append(dst, quote)
}

func appendQuotedRune(dst []byte, r rune, ascii, graphic bool) []byte {
	if !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	dst = append(dst, '\'')
	dst = appendEscaped(dst, r, '\'', ascii, graphic)
	return append(dst, '\'')
}

func appendEscaped(dst []byte, r rune, quote byte, ascii, graphic bool) []byte {
	if r == rune(quote) || r == '\\' {
		return append(dst, '\\', byte(r))
	}
	if ascii {
		if r < utf8.RuneSelf && IsPrint(r) {
			return append(dst, byte(r))
		}
	} else if IsPrint(r) || graphic && IsGraphic(r) {
		return utf8.AppendRune(dst, r)
	}
	if '\a' <= r && r <= '\r' {
		return append(dst, '\\', "abtnvfr"[r-'\a'])
	}
	switch {
	case r < ' ' || r == 0x7f:
		return append(dst, '\\', 'x', hexDigits[r>>4], hexDigits[r&15])
	case !utf8.ValidRune(r):
		r = utf8.RuneError
	}
	digits := 4
	if r < 0x10000 {
		dst = append(dst, '\\', 'u')
	} else {
		dst = append(dst, '\\', 'U')
		digits = 8
	}
	for digits--; digits >= 0; digits-- {
		dst = append(dst, hexDigits[r>>uint(4*digits)&15])
	}
	return dst
}

// IsPrint reports whether r is printable as unicode.IsPrint defines it.
func IsPrint(r rune) bool {
	if r < 0x7f {
		return r >= ' '
	}
	return ucd.IsPrint(r)
}

// IsGraphic reports whether r is graphic as unicode.IsGraphic defines it.
func IsGraphic(r rune) bool { return IsPrint(r) || ucd.IsGraphic(r) }

// CanBackquote reports whether s can be a raw string literal on one line.
func CanBackquote(s string) bool {
	for len(s) > 0 {
		r, width := utf8.DecodeRuneInString(s)
		s = s[width:]
		switch {
		case width > 1:
			if r == '\ufeff' {
				return false
			}
		case r == utf8.RuneError, r < ' ' && r != '\t', r == '`', r == 0x7f:
			return false
		}
	}
	return true
}

func unhex(b byte) (v rune, ok bool) {
	switch {
	case '0' <= b && b <= '9':
		return rune(b - '0'), true
	case 'a' <= lower(b) && lower(b) <= 'f':
		return rune(lower(b)-'a') + 10, true
	}
	return 0, false
}

// UnquoteChar decodes the first character or byte of an escaped text; quote is the quote that may not stand unescaped, 0 for none.
func UnquoteChar(s string, quote byte) (value rune, multibyte bool, tail string, err error) {
	if s == "" {
		return 0, false, "", ErrSyntax
	}
	switch c := s[0]; {
	case c == quote && (quote == '\'' || quote == '"'):
		return 0, false, "", ErrSyntax
	case c >= utf8.RuneSelf:
		r, size := utf8.DecodeRuneInString(s)
		return r, true, s[size:], nil
	case c != '\\':
		return rune(c), false, s[1:], nil
	}
	if len(s) <= 1 {
		return 0, false, "", ErrSyntax
	}
	c := s[1]
	s = s[2:]
	switch c {
	case 'a':
		value = '\a'
	case 'b':
		value = '\b'
	case 'f':
		value = '\f'
	case 'n':
		value = '\n'
	case 'r':
		value = '\r'
	case 't':
		value = '\t'
	case 'v':
		value = '\v'
	case 'x', 'u', 'U':
		n := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
		if len(s) < n {
			return 0, false, "", ErrSyntax
		}
		var v rune
		for i := range n {
			x, ok := unhex(s[i])
			if !ok {
				return 0, false, "", ErrSyntax
			}
			v = v<<4 | x
		}
		s = s[n:]
		if c == 'x' {
			value = v
			break
		}
		if !utf8.ValidRune(v) {
			return 0, false, "", ErrSyntax
		}
		value, multibyte = v, true
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v := rune(c) - '0'
		if len(s) < 2 {
			return 0, false, "", ErrSyntax
		}
		for i := range 2 {
			x := rune(s[i]) - '0'
			if x < 0 || x > 7 {
				return 0, false, "", ErrSyntax
			}
			v = v<<3 | x
		}
		s = s[2:]
		if v > 255 {
			return 0, false, "", ErrSyntax
		}
		value = v
	case '\\':
		value = '\\'
	case '\'', '"':
		if c != quote {
			return 0, false, "", ErrSyntax
		}
		value = rune(c)
	default:
		return 0, false, "", ErrSyntax
	}
	return value, multibyte, s, nil
}

// QuotedPrefix is the quoted string at the start of s, as Unquote understands it.
func QuotedPrefix(s string) (string, error) {
	out, _, err := unquote(s, false)
	return out, err
}

// Unquote is the value of a Go string or character literal.
func Unquote(s string) (string, error) {
	out, rest, err := unquote(s, true)
	if err != nil || rest != "" {
		return "", ErrSyntax
	}
	return out, nil
}

// unquote parses a quoted string at the start of s: its value, or with decode false its text, and what follows.
func unquote(s string, decode bool) (out, rest string, err error) {
	if len(s) < 2 {
		return "", s, ErrSyntax
	}
	quote := s[0]
	switch quote {
	case '`':
		for i := 1; i < len(s); i++ {
			if s[i] != '`' {
				continue
			}
			if !decode {
				return s[:i+1], s[i+1:], nil
			}
			var buf []byte
			for _, c := range []byte(s[1:i]) {
				if c != '\r' {
					buf = append(buf, c)
				}
			}
			return string(buf), s[i+1:], nil
		}
		return "", s, ErrSyntax
	case '"', '\'':
		var buf []byte
		in := s[1:]
		for in != "" && in[0] != quote {
			if in[0] == '\n' {
				return "", s, ErrSyntax
			}
			r, multibyte, tail, err := UnquoteChar(in, quote)
			if err != nil {
				return "", s, err
			}
			in = tail
			if decode {
				if r < utf8.RuneSelf || !multibyte {
					buf = append(buf, byte(r))
				} else {
					buf = utf8.AppendRune(buf, r)
				}
			}
			if quote == '\'' {
				break
			}
		}
		if in == "" || in[0] != quote {
			return "", s, ErrSyntax
		}
		if !decode {
			return s[:len(s)-len(in)+1], in[1:], nil
		}
		return string(buf), in[1:], nil
	}
	return "", s, ErrSyntax
}
