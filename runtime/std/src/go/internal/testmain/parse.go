package testmain

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// syntaxError is an error in Go's words.
type syntaxError struct{ what, where string }

func (e *syntaxError) Error() string {
	return "error parsing regexp: " + e.what + ": `" + e.where + "`"
}

type opcode uint8

const (
	opClass opcode = iota
	opSplit        // goes on at x and y
	opJump         // goes on at x
	opAssert
	opMatch
)

type instruction struct {
	op     opcode
	x, y   int
	class  *class
	assert byte
	// For assertions: lines count.
	multiline bool
}

// class is a set of characters: sorted or not, ranges are few.
type class struct {
	ranges  []rune
	tables  []*unicode.RangeTable
	without []*unicode.RangeTable
	negated bool
	fold    bool
}

func (c *class) has(r rune) bool {
	if c.in(r) {
		return !c.negated
	}
	if c.fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if c.in(f) {
				return !c.negated
			}
		}
	}
	return c.negated
}

func (c *class) in(r rune) bool {
	for i := 0; i < len(c.ranges); i += 2 {
		if c.ranges[i] <= r && r <= c.ranges[i+1] {
			return true
		}
	}
	for _, t := range c.tables {
		if unicode.Is(t, r) {
			return true
		}
	}
	for _, t := range c.without {
		if !unicode.Is(t, r) {
			return true
		}
	}
	return false
}

// program is a compiled expression.
type program struct {
	code []instruction
}

type flags struct {
	fold, multiline, dotAll bool
}

// parser compiles while it reads: a fragment is the code from a start to the end of what is written so far.
type parser struct {
	whole string
	rest  string
	code  []instruction
	depth int
	flags flags
}

const (
	maxDepth  = 1000
	maxRepeat = 1000
	maxCode   = 1 << 17
)

func compile(pattern string) (*program, error) {
	p := &parser{whole: pattern, rest: pattern}
	if err := p.alternatives(); err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, &syntaxError{"unexpected )", pattern}
	}
	p.emit(instruction{op: opMatch})
	return &program{p.code}, nil
}

func (p *parser) emit(i instruction) int {
	p.code = append(p.code, i)
	return len(p.code) - 1
}

// insert makes room for one instruction at `at`; targets after it move.
func (p *parser) insert(at int, i instruction) {
	p.code = append(p.code, instruction{})
	copy(p.code[at+1:], p.code[at:])
	p.code[at] = i
	for k := at + 1; k < len(p.code); k++ {
		c := &p.code[k]
		if c.op == opSplit || c.op == opJump {
			if c.x >= at {
				c.x++
			}
			if c.y >= at {
				c.y++
			}
		}
	}
}

// alternatives reads up to the end or a closing parenthesis.
func (p *parser) alternatives() error {
	if p.depth++; p.depth > maxDepth {
		return &syntaxError{"expression nests too deeply", p.whole}
	}
	defer func() { p.depth-- }()
	start := len(p.code)
	if err := p.sequence(); err != nil {
		return err
	}
	var jumps []int
	for strings.HasPrefix(p.rest, "|") {
		p.rest = p.rest[1:]
		p.insert(start, instruction{op: opSplit, x: start + 1})
		for i := range jumps {
			jumps[i]++
		}
		jumps = append(jumps, p.emit(instruction{op: opJump}))
		p.code[start].y = len(p.code)
		start = len(p.code)
		if err := p.sequence(); err != nil {
			return err
		}
	}
	for _, j := range jumps {
		p.code[j].x = len(p.code)
	}
	return nil
}

func (p *parser) sequence() error {
	// Where the last element began; -1: nothing to repeat.
	last := -1
	repeated := ""
	for p.rest != "" {
		before := p.rest
		switch c := p.rest[0]; c {
		case '|', ')':
			return nil
		case '*', '+', '?', '{':
			min, max, ok := p.repetition()
			if !ok {
				// A brace that begins no repetition stands for itself.
				last, repeated = len(p.code), ""
				p.literal()
				continue
			}
			op := before[:len(before)-len(p.rest)]
			if last < 0 {
				return &syntaxError{"missing argument to repetition operator", op}
			}
			if min > maxRepeat || max > maxRepeat || max >= 0 && min > max {
				return &syntaxError{"invalid repeat count", op}
			}
			p.rest = strings.TrimPrefix(p.rest, "?")
			op = before[:len(before)-len(p.rest)]
			if repeated != "" {
				return &syntaxError{"invalid nested repetition operator", repeated + op}
			}
			repeated = op
			if err := p.repeat(last, min, max); err != nil {
				return err
			}
		case '(':
			last, repeated = len(p.code), ""
			onlyFlags, err := p.group()
			if err != nil {
				return err
			}
			if onlyFlags {
				last = -1
			}
		default:
			last, repeated = len(p.code), ""
			if err := p.element(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// repetition reads `*`, `+`, `?` or `{n,m}`; max is -1 for no limit.
func (p *parser) repetition() (min, max int, ok bool) {
	switch p.rest[0] {
	case '*':
		min, max = 0, -1
	case '+':
		min, max = 1, -1
	case '?':
		min, max = 0, 1
	case '{':
		inside, rest, found := strings.Cut(p.rest[1:], "}")
		low, high, pair := strings.Cut(inside, ",")
		n, err := strconv.Atoi(low)
		if !found || err != nil || low[0] == '+' || low[0] == '-' {
			return 0, 0, false
		}
		min, max = n, n
		if pair {
			max = -1
			if high != "" {
				if max, err = strconv.Atoi(high); err != nil || high[0] == '+' || high[0] == '-' {
					return 0, 0, false
				}
			}
		}
		p.rest = rest
		return min, max, true
	}
	p.rest = p.rest[1:]
	return min, max, true
}

// repeat turns the fragment from start on into its repetition.
func (p *parser) repeat(start, min, max int) error {
	body := append([]instruction(nil), p.code[start:]...)
	p.code = p.code[:start]
	count := min
	if max > min {
		count = max
	} else if max < 0 {
		count = min + 1
	}
	if len(p.code)+(len(body)+2)*count > maxCode {
		return &syntaxError{"expression too large", p.whole}
	}
	copyBody := func() {
		moved := len(p.code) - start
		for _, c := range body {
			if c.op == opSplit || c.op == opJump {
				c.x += moved
				c.y += moved
			}
			p.code = append(p.code, c)
		}
	}
	for range min {
		copyBody()
	}
	if max < 0 {
		split := p.emit(instruction{op: opSplit})
		copyBody()
		p.emit(instruction{op: opJump, x: split})
		p.code[split].x, p.code[split].y = split+1, len(p.code)
		return nil
	}
	for range max - min {
		split := p.emit(instruction{op: opSplit})
		copyBody()
		p.code[split].x, p.code[split].y = split+1, len(p.code)
	}
	return nil
}

// group reads `(...)`; onlyFlags: it was `(?flags)`.
func (p *parser) group() (onlyFlags bool, err error) {
	before := p.flags
	whole := p.rest
	p.rest = p.rest[1:]
	if strings.HasPrefix(p.rest, "?P<") || strings.HasPrefix(p.rest, "?<") {
		end := strings.IndexByte(p.rest, '>')
		if end < 0 {
			return false, &syntaxError{"invalid named capture", whole}
		}
		p.rest = p.rest[end+1:]
	} else if strings.HasPrefix(p.rest, "?") {
		p.rest = p.rest[1:]
		value := true
	letters:
		for {
			if p.rest == "" {
				return false, &syntaxError{"missing closing )", p.whole}
			}
			c := p.rest[0]
			p.rest = p.rest[1:]
			switch c {
			case 'i':
				p.flags.fold = value
			case 'm':
				p.flags.multiline = value
			case 's':
				p.flags.dotAll = value
			case 'U':
			case '-':
				value = false
			case ')':
				return true, nil
			case ':':
				break letters
			default:
				return false, &syntaxError{"invalid or unsupported Perl syntax", whole[:len(whole)-len(p.rest)]}
			}
		}
	}
	if err := p.alternatives(); err != nil {
		return false, err
	}
	if p.rest == "" {
		return false, &syntaxError{"missing closing )", p.whole}
	}
	p.rest = p.rest[1:]
	p.flags = before
	return false, nil
}

// literal reads one character that stands for itself.
func (p *parser) literal() {
	r, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
	p.emit(instruction{op: opClass, class: &class{ranges: []rune{r, r}, fold: p.flags.fold}})
}

// element reads one element that begins with c and is neither a group nor an operator.
func (p *parser) element(c byte) error {
	switch c {
	case '.':
		p.rest = p.rest[1:]
		set := &class{negated: true}
		if !p.flags.dotAll {
			set.ranges = []rune{'\n', '\n'}
		}
		p.emit(instruction{op: opClass, class: set})
	case '^', '$':
		p.rest = p.rest[1:]
		p.emit(instruction{op: opAssert, assert: c, multiline: p.flags.multiline})
	case '[':
		return p.bracket()
	case '\\':
		if len(p.rest) > 1 && strings.IndexByte("AzbB", p.rest[1]) >= 0 {
			p.emit(instruction{op: opAssert, assert: p.rest[1]})
			p.rest = p.rest[2:]
			return nil
		}
		if strings.HasPrefix(p.rest, `\Q`) {
			text, rest, _ := strings.Cut(p.rest[2:], `\E`)
			p.rest = text
			for p.rest != "" {
				p.literal()
			}
			p.rest = rest
			return nil
		}
		set := &class{fold: p.flags.fold}
		if err := p.escape(set); err != nil {
			return err
		}
		p.emit(instruction{op: opClass, class: set})
	default:
		p.literal()
	}
	return nil
}
