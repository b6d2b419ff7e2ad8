package testmain

// match reports whether the program matches anywhere in s, in time linear in its length: all ways are followed at once.
func (p *program) match(s string) bool {
	seen := make([]int, len(p.code))
	var now, next []int
	previous := rune(-1)
	step := 0
	// follow adds pc and what it reaches without reading.
	var follow func(list []int, pc int, at, r rune) []int
	follow = func(list []int, pc int, before, r rune) []int {
		for {
			if seen[pc] == step {
				return list
			}
			seen[pc] = step
			switch c := &p.code[pc]; c.op {
			case opJump:
				pc = c.x
			case opSplit:
				list = follow(list, c.x, before, r)
				pc = c.y
			case opAssert:
				if !holds(c, before, r) {
					return list
				}
				pc++
			default:
				return append(list, pc)
			}
		}
	}
	runes := []rune(s)
	for i := 0; i <= len(runes); i++ {
		r := rune(-1)
		if i < len(runes) {
			r = runes[i]
		}
		step++
		// The states reached by the last character come first; the start is always among them.
		list := now[:0:0]
		for _, pc := range next {
			list = follow(list, pc, previous, r)
		}
		list = follow(list, 0, previous, r)
		now, next = list, next[:0]
		for _, pc := range now {
			c := &p.code[pc]
			if c.op == opMatch {
				return true
			}
			if r >= 0 && c.class.has(r) {
				next = append(next, pc+1)
			}
		}
		previous = r
	}
	return false
}

// holds reports whether an assertion is true between two characters; -1 is an end of the text.
func holds(c *instruction, before, after rune) bool {
	switch c.assert {
	case 'A':
		return before < 0
	case 'z':
		return after < 0
	case '^':
		return before < 0 || c.multiline && before == '\n'
	case '$':
		return after < 0 || c.multiline && after == '\n'
	}
	return (isWord(before) != isWord(after)) == (c.assert == 'b')
}

func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_'
}
