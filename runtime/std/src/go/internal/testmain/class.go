package testmain

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The ranges that letters after a backslash, and names between colons, stand for.
var perl = map[byte][]rune{
	'd': {'0', '9'},
	's': {'\t', '\n', '\f', '\r', ' ', ' '},
	'w': {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'},
}

var posix = map[string][]rune{
	"alnum":  {'0', '9', 'A', 'Z', 'a', 'z'},
	"alpha":  {'A', 'Z', 'a', 'z'},
	"ascii":  {0, 0x7f},
	"blank":  {'\t', '\t', ' ', ' '},
	"cntrl":  {0, 0x1f, 0x7f, 0x7f},
	"digit":  {'0', '9'},
	"graph":  {'!', '~'},
	"lower":  {'a', 'z'},
	"print":  {' ', '~'},
	"punct":  {'!', '/', ':', '@', '[', '`', '{', '~'},
	"space":  {'\t', '\r', ' ', ' '},
	"upper":  {'A', 'Z'},
	"word":   {'0', '9', 'A', 'Z', 'a', 'z', '_', '_'},
	"xdigit": {'0', '9', 'A', 'F', 'a', 'f'},
}

// complement are the gaps between sorted ranges.
func complement(ranges []rune) []rune {
	var out []rune
	next := rune(0)
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i] > next {
			out = append(out, next, ranges[i]-1)
		}
		next = ranges[i+1] + 1
	}
	return append(out, next, unicode.MaxRune)
}

// escape reads what follows a backslash and adds it to the set.
func (p *parser) escape(set *class) error {
	if len(p.rest) < 2 {
		return &syntaxError{"trailing backslash at end of expression", ""}
	}
	c := p.rest[1]
	if ranges, ok := perl[c|0x20]; ok {
		if c < 'a' {
			ranges = complement(ranges)
		}
		set.ranges = append(set.ranges, ranges...)
		p.rest = p.rest[2:]
		return nil
	}
	if c == 'p' || c == 'P' {
		return p.property(set)
	}
	r, err := p.character()
	if err != nil {
		return err
	}
	set.ranges = append(set.ranges, r, r)
	return nil
}

// property reads `\pL` or `\p{Greek}`.
func (p *parser) property(set *class) error {
	whole := p.rest
	negated := p.rest[1] == 'P'
	p.rest = p.rest[2:]
	name := ""
	if rest, ok := strings.CutPrefix(p.rest, "{"); ok {
		inside, after, found := strings.Cut(rest, "}")
		if !found {
			return &syntaxError{"invalid character class range", whole}
		}
		name, p.rest = inside, after
		if n, ok := strings.CutPrefix(name, "^"); ok {
			name, negated = n, !negated
		}
	} else {
		_, size := utf8.DecodeRuneInString(p.rest)
		name, p.rest = p.rest[:size], p.rest[size:]
	}
	table := unicode.Categories[name]
	if table == nil {
		table = unicode.Scripts[name]
	}
	switch {
	case name == "Any":
		if !negated {
			set.ranges = append(set.ranges, 0, unicode.MaxRune)
		}
	case table == nil:
		return &syntaxError{"invalid character class range", whole[:len(whole)-len(p.rest)]}
	case negated:
		set.without = append(set.without, table)
	default:
		set.tables = append(set.tables, table)
	}
	return nil
}

// character reads an escape that stands for one character.
func (p *parser) character() (rune, error) {
	whole := p.rest
	r, size := utf8.DecodeRuneInString(p.rest[1:])
	p.rest = p.rest[1+size:]
	bad := func() (rune, error) {
		return 0, &syntaxError{"invalid escape sequence", whole[:len(whole)-len(p.rest)]}
	}
	switch {
	case r == 'x':
		digits := ""
		if rest, ok := strings.CutPrefix(p.rest, "{"); ok {
			inside, after, found := strings.Cut(rest, "}")
			if !found {
				return bad()
			}
			digits, p.rest = inside, after
		} else if len(p.rest) >= 2 {
			digits, p.rest = p.rest[:2], p.rest[2:]
		}
		n, err := strconv.ParseUint(digits, 16, 32)
		if err != nil || n > unicode.MaxRune {
			return bad()
		}
		return rune(n), nil
	case r >= '0' && r <= '7':
		// One digit from 1 on would be a back reference.
		digits := 1
		for digits < 3 && digits <= len(p.rest) && p.rest[digits-1] >= '0' && p.rest[digits-1] <= '7' {
			digits++
		}
		if r != '0' && digits == 1 {
			return bad()
		}
		n, _ := strconv.ParseUint(whole[1:1+digits], 8, 32)
		p.rest = whole[1+digits:]
		return rune(n), nil
	case r < utf8.RuneSelf && !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'):
		return r, nil
	}
	if i := strings.IndexRune("aftnrv", r); i >= 0 {
		return rune("\a\f\t\n\r\v"[i]), nil
	}
	return bad()
}

// bracket reads `[...]`.
func (p *parser) bracket() error {
	whole := p.rest
	set := &class{fold: p.flags.fold}
	p.rest = p.rest[1:]
	if rest, ok := strings.CutPrefix(p.rest, "^"); ok {
		set.negated = true
		p.rest = rest
	}
	for first := true; ; first = false {
		if p.rest == "" {
			return &syntaxError{"missing closing ]", whole}
		}
		if p.rest[0] == ']' && !first {
			p.rest = p.rest[1:]
			p.emit(instruction{op: opClass, class: set})
			return nil
		}
		if strings.HasPrefix(p.rest, "[:") {
			if name, after, found := strings.Cut(p.rest[2:], ":]"); found {
				positive := strings.TrimPrefix(name, "^")
				ranges, known := posix[positive]
				if !known {
					return &syntaxError{"invalid character class range", "[:" + name + ":]"}
				}
				if positive != name {
					ranges = complement(ranges)
				}
				set.ranges = append(set.ranges, ranges...)
				p.rest = after
				continue
			}
		}
		if p.rest[0] == '\\' && len(p.rest) > 1 && strings.IndexByte("dswDSWpP", p.rest[1]) >= 0 {
			if err := p.escape(set); err != nil {
				return err
			}
			continue
		}
		start := p.rest
		low, err := p.member()
		if err != nil {
			return err
		}
		high := low
		if len(p.rest) > 1 && p.rest[0] == '-' && p.rest[1] != ']' {
			p.rest = p.rest[1:]
			if high, err = p.member(); err != nil {
				return err
			}
			if high < low {
				return &syntaxError{"invalid character class range", start[:len(start)-len(p.rest)]}
			}
		}
		set.ranges = append(set.ranges, low, high)
	}
}

// member reads one character of a bracket.
func (p *parser) member() (rune, error) {
	if p.rest[0] == '\\' {
		if len(p.rest) < 2 {
			return 0, &syntaxError{"trailing backslash at end of expression", ""}
		}
		return p.character()
	}
	r, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
	return r, nil
}
