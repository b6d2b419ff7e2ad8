package testing

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// matcher decides which tests run, and gives subtests unique names.
type matcher struct {
	run, skip []alternative
	match     func(pat, str string) (bool, error)
	mu        sync.Mutex
	// How often a name was given.
	used map[string]int
}

// alternative is one of the patterns that `|` separates at the top level: one expression for each level of subtests.
type alternative []string

func newMatcher(match func(pat, str string) (bool, error), run, flagName, skip string) *matcher {
	m := &matcher{match: match, used: make(map[string]int)}
	if run != "" {
		m.run = m.parse(run, flagName)
	}
	if skip != "" {
		m.skip = m.parse(skip, "-test.skip")
	}
	return m
}

// parse splits a pattern at slashes and bars outside of brackets, and checks the expressions.
func (m *matcher) parse(pattern, flagName string) []alternative {
	var all []alternative
	for _, text := range splitOutside(pattern, '|') {
		parts := alternative(splitOutside(text, '/'))
		for i, p := range parts {
			p = rewritten(p)
			if _, err := m.match(p, "non-empty"); err != nil {
				fmt.Fprintf(os.Stderr, "testing: invalid regexp for element %d of %s (%q): %s\n", i, flagName, p, err)
				os.Exit(1)
			}
			parts[i] = p
		}
		all = append(all, parts)
	}
	return all
}

// splitOutside splits s at sep where no bracket or parenthesis is open.
func splitOutside(s string, sep byte) []string {
	var parts []string
	brackets, parens, start := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '[':
			brackets++
		case c == ']':
			brackets = max(brackets-1, 0)
		case c == '(' && brackets == 0:
			parens++
		case c == ')' && brackets == 0:
			parens--
		case c == sep && brackets == 0 && parens == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// admits reports whether the pattern lets a test with these path elements run, and whether only because subtests may match.
func (a alternative) admits(m *matcher, elements []string) (ok, partial bool) {
	for i, e := range elements {
		if i >= len(a) {
			break
		}
		if ok, _ := m.match(a[i], e); !ok {
			return false, false
		}
	}
	return true, len(elements) < len(a)
}

// fullName is the unique name of a test called name inside c, and whether it is to run; partial: only for its subtests' sake.
func (m *matcher) fullName(c *common, name string) (full string, ok, partial bool) {
	full = name
	m.mu.Lock()
	defer m.mu.Unlock()
	if c != nil && c.level > 0 {
		full = m.unique(c.name, rewritten(name))
	}
	elements := strings.Split(full, "/")
	ok, partial = m.run == nil, false
	for _, a := range m.run {
		if good, part := a.admits(m, elements); good {
			ok, partial = true, part
			break
		}
	}
	if ok {
		for _, a := range m.skip {
			if good, part := a.admits(m, elements); good && !part {
				return full, false, false
			}
		}
	}
	return full, ok, partial
}

// unique gives a name that no other subtest has: a number follows the second and later ones.
func (m *matcher) unique(parent, name string) string {
	base := parent + "/" + name
	if name == "" {
		base = parent + "/#00"
	} else if stem, n, numbered := cutNumber(name); numbered {
		// What looks like a name with a number counts as that one.
		key := parent + "/" + stem
		if _, taken := m.used[base]; !taken && m.used[key] <= n {
			m.used[base] = 0
			return base
		}
	}
	if name == "" {
		key := parent + "/"
		for {
			candidate := fmt.Sprintf("%s#%02d", key, m.used[key])
			m.used[key]++
			if _, taken := m.used[candidate]; !taken {
				m.used[candidate] = 0
				return candidate
			}
		}
	}
	if _, taken := m.used[base]; !taken {
		m.used[base] = 1
		return base
	}
	for {
		n := max(m.used[base], 1)
		candidate := fmt.Sprintf("%s#%02d", base, n)
		m.used[base] = n + 1
		if _, taken := m.used[candidate]; !taken {
			m.used[candidate] = 1
			return candidate
		}
	}
}

// cutNumber splits `name#01`.
func cutNumber(name string) (stem string, n int, ok bool) {
	i := strings.LastIndexByte(name, '#')
	if i < 0 || len(name)-i < 3 {
		return "", 0, false
	}
	n, err := strconv.Atoi(name[i+1:])
	return name[:i], n, err == nil && n >= 0
}

// rewritten replaces white space by underscores and what cannot be printed by escapes.
func rewritten(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case isSpace(r):
			b.WriteByte('_')
		case !strconv.IsPrint(r):
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isSpace(r rune) bool { return unicode.IsSpace(r) || r == 0x180e }
