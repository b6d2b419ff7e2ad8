// Package path handles paths with slashes.
package path

import (
	"errors"
	"unicode/utf8"
)

// ErrBadPattern says that a pattern is malformed.
var ErrBadPattern = errors.New("syntax error in pattern")

// Clean is the shortest path equal to path by its text alone.
func Clean(path string) string {
	if path == "" {
		return "."
	}
	rooted := path[0] == '/'
	b := make([]byte, 0, len(path))
	if rooted {
		b = append(b, '/')
	}
	// Nothing before `fixed` is removed by a "..".
	fixed := len(b)
	for i := 0; i < len(path); {
		j := i
		for j < len(path) && path[j] != '/' {
			j++
		}
		switch elem := path[i:j]; {
		case elem == "" || elem == ".":
		case elem == "..":
			switch {
			case len(b) > fixed:
				n := len(b) - 1
				for n > fixed && b[n] != '/' {
					n--
				}
				b = b[:n]
			case !rooted:
				if len(b) > 0 {
					b = append(b, '/')
				}
				b = append(b, ".."...)
				fixed = len(b)
			}
		default:
			if rooted && len(b) != 1 || !rooted && len(b) != 0 {
				b = append(b, '/')
			}
			b = append(b, elem...)
		}
		i = j + 1
	}
	if len(b) == 0 {
		return "."
	}
	return string(b)
}

// Split splits behind the last slash.
func Split(path string) (dir, file string) {
	i := len(path)
	for i > 0 && path[i-1] != '/' {
		i--
	}
	return path[:i], path[i:]
}

// Join joins elements, without the empty ones, and cleans the result.
func Join(elem ...string) string {
	all := ""
	for _, e := range elem {
		if e != "" {
			if all != "" {
				all += "/"
			}
			all += e
		}
	}
	if all == "" {
		return ""
	}
	return Clean(all)
}

// Ext is the last element from its last dot on.
func Ext(path string) string {
	for i := len(path) - 1; i >= 0 && path[i] != '/'; i-- {
		if path[i] == '.' {
			return path[i:]
		}
	}
	return ""
}

// Base is the last element.
func Base(path string) string {
	if path == "" {
		return "."
	}
	for len(path) > 0 && path[len(path)-1] == '/' {
		path = path[:len(path)-1]
	}
	if path == "" {
		return "/"
	}
	_, file := Split(path)
	return file
}

func IsAbs(path string) bool { return len(path) > 0 && path[0] == '/' }

// Dir is all but the last element.
func Dir(path string) string {
	dir, _ := Split(path)
	return Clean(dir)
}

// Match reports whether name as a whole fits a pattern of *, ?, [ranges] and \escapes; * and ? do not match slashes.
func Match(pattern, name string) (matched bool, err error) {
	for pattern != "" {
		switch pattern[0] {
		case '*':
			for pattern != "" && pattern[0] == '*' {
				pattern = pattern[1:]
			}
			rest := name
			for {
				ok, err := Match(pattern, rest)
				if ok || err != nil {
					return ok, err
				}
				if rest == "" || rest[0] == '/' {
					return false, check(pattern)
				}
				_, size := utf8.DecodeRuneInString(rest)
				rest = rest[size:]
			}
		case '?':
			if name == "" || name[0] == '/' {
				return false, check(pattern)
			}
			_, size := utf8.DecodeRuneInString(name)
			name, pattern = name[size:], pattern[1:]
		case '[':
			r, size := utf8.DecodeRuneInString(name)
			in, rest, err := class(pattern[1:], r)
			if err != nil {
				return false, err
			}
			if name == "" || name[0] == '/' || !in {
				return false, check(rest)
			}
			name, pattern = name[size:], rest
		default:
			if pattern[0] == '\\' {
				if pattern = pattern[1:]; pattern == "" {
					return false, ErrBadPattern
				}
			}
			if name == "" || name[0] != pattern[0] {
				return false, check(pattern[1:])
			}
			name, pattern = name[1:], pattern[1:]
		}
	}
	return name == "", nil
}

// check looks for mistakes in the rest of a pattern.
func check(pattern string) error {
	for pattern != "" {
		c := pattern[0]
		pattern = pattern[1:]
		switch c {
		case '\\':
			if pattern == "" {
				return ErrBadPattern
			}
			pattern = pattern[1:]
		case '[':
			var err error
			if _, pattern, err = class(pattern, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// class reads a class behind its bracket and tells whether r is in it.
func class(pattern string, r rune) (in bool, rest string, err error) {
	negated := pattern != "" && pattern[0] == '^'
	if negated {
		pattern = pattern[1:]
	}
	for n := 0; ; n++ {
		if n > 0 && pattern != "" && pattern[0] == ']' {
			return in != negated, pattern[1:], nil
		}
		var low, high rune
		if low, pattern, err = escaped(pattern); err != nil {
			return false, "", err
		}
		high = low
		if pattern[0] == '-' {
			if high, pattern, err = escaped(pattern[1:]); err != nil {
				return false, "", err
			}
		}
		in = in || low <= r && r <= high
	}
}

// escaped reads a character of a class; something must follow it.
func escaped(s string) (r rune, rest string, err error) {
	if s == "" || s[0] == '-' || s[0] == ']' {
		return 0, "", ErrBadPattern
	}
	if s[0] == '\\' {
		if s = s[1:]; s == "" {
			return 0, "", ErrBadPattern
		}
	}
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 || len(s) == size {
		return 0, "", ErrBadPattern
	}
	return r, s[size:], nil
}
