package fmt

import (
	"internal/abi"
	"unicode/utf8"
)

const limit = 1000000

// number reads digits at s[i:end].
func number(s string, i, end int) (n int, ok bool, next int) {
	for ; i < end && '0' <= s[i] && s[i] <= '9'; i++ {
		if n > limit || n < -limit {
			return 0, false, end
		}
		n = n*10 + int(s[i]-'0')
		ok = true
	}
	return n, ok, i
}

// argNumber reads "[n]" at format[i:].
func (p *printer) argNumber(argNum int, format string, i, count int) (newArg, next int, found bool) {
	if i >= len(format) || format[i] != '[' {
		return argNum, i, false
	}
	return p.index(argNum, format, i, count)
}

func (p *printer) index(argNum int, format string, i, count int) (newArg, next int, found bool) {
	p.reordered = true
	if len(format)-i < len("[1]") {
		p.goodArgNum = false
		return argNum, i + 1, false
	}
	for j := i + 1; j < len(format); j++ {
		if format[j] != ']' {
			continue
		}
		n, ok, after := number(format, i+1, j)
		if !ok || after != j {
			break
		}
		if n < 1 || n > count {
			p.goodArgNum = false
			return argNum, j + 1, ok
		}
		return n - 1, j + 1, true
	}
	p.goodArgNum = false
	for j := i + 1; j < len(format); j++ {
		if format[j] == ']' {
			return argNum, j + 1, false
		}
	}
	return argNum, i + 1, false
}

// intArg takes an operand for * as a width or precision.
func intArg(a []any, argNum int) (n int, ok bool, next int) {
	if argNum >= len(a) {
		return 0, false, argNum
	}
	n, ok = a[argNum].(int)
	if !ok && a[argNum] != nil {
		v := valueOf(a[argNum])
		switch v.kind() {
		case abi.Int, abi.Int8, abi.Int16, abi.Int32, abi.Int64:
			n, ok = int(v.int()), true
		case abi.Uint, abi.Uint8, abi.Uint16, abi.Uint32, abi.Uint64, abi.Uintptr:
			n, ok = int(v.uint()), int64(v.uint()) >= 0
		}
	}
	if n > limit || n < -limit {
		n, ok = 0, false
	}
	return n, ok, argNum + 1
}

func (p *printer) format(format string, a []any) {
	argNum := 0
	afterIndex := false
	p.reordered = false
	for i := 0; i < len(format); {
		p.goodArgNum = true
		start := i
		for i < len(format) && format[i] != '%' {
			i++
		}
		if i > start {
			p.text(format[start:i])
		}
		if i >= len(format) {
			break
		}
		i++
		if p.fmt.some {
			p.fmt.clear()
		}
		// Most directives are no more than a verb.
		if i < len(format) && argNum < len(a) {
			if c := format[i]; 'a' <= c && c <= 'z' {
				i++
				if c == 'w' {
					p.wrapped = append(p.wrapped, argNum)
				}
				p.printArg(a[argNum], rune(c))
				argNum++
				continue
			}
		}
		p.fmt.some = true
	flags:
		for ; i < len(format); i++ {
			switch c := format[i]; c {
			case '#':
				p.fmt.sharp = true
			case '0':
				p.fmt.zero = true
			case '+':
				p.fmt.plus = true
			case '-':
				p.fmt.minus = true
			case ' ':
				p.fmt.space = true
			default:
				break flags
			}
		}
		argNum, i, afterIndex = p.argNumber(argNum, format, i, len(a))
		if i < len(format) && format[i] == '*' {
			i++
			p.fmt.wid, p.fmt.widPresent, argNum = intArg(a, argNum)
			if !p.fmt.widPresent {
				p.text("%!(BADWIDTH)")
			}
			if p.fmt.wid < 0 {
				p.fmt.wid = -p.fmt.wid
				p.fmt.minus = true
				p.fmt.zero = false
			}
			afterIndex = false
		} else {
			p.fmt.wid, p.fmt.widPresent, i = number(format, i, len(format))
			if afterIndex && p.fmt.widPresent {
				p.goodArgNum = false
			}
		}
		if i+1 < len(format) && format[i] == '.' {
			i++
			if afterIndex {
				p.goodArgNum = false
			}
			argNum, i, afterIndex = p.argNumber(argNum, format, i, len(a))
			if i < len(format) && format[i] == '*' {
				i++
				p.fmt.prec, p.fmt.precPresent, argNum = intArg(a, argNum)
				if p.fmt.prec < 0 {
					p.fmt.prec = 0
					p.fmt.precPresent = false
				}
				if !p.fmt.precPresent {
					p.text("%!(BADPREC)")
				}
				afterIndex = false
			} else {
				p.fmt.prec, p.fmt.precPresent, i = number(format, i, len(format))
				if !p.fmt.precPresent {
					p.fmt.prec = 0
					p.fmt.precPresent = true
				}
			}
		}
		if !afterIndex {
			argNum, i, afterIndex = p.argNumber(argNum, format, i, len(a))
		}
		if i >= len(format) {
			p.text("%!(NOVERB)")
			break
		}
		verb, size := utf8.DecodeRuneInString(format[i:])
		i += size
		switch {
		case verb == '%':
			p.byte('%')
		case !p.goodArgNum:
			p.badArgument(verb, "(BADINDEX)")
		case argNum >= len(a):
			p.badArgument(verb, "(MISSING)")
		default:
			if verb == 'w' {
				p.wrapped = append(p.wrapped, argNum)
			}
			if verb == 'v' || verb == 'w' {
				p.fmt.sharpV, p.fmt.sharp = p.fmt.sharp, false
				p.fmt.plusV, p.fmt.plus = p.fmt.plus, false
			}
			p.printArg(a[argNum], verb)
			argNum++
		}
	}
	if !p.reordered && argNum < len(a) {
		p.fmt.clear()
		p.text("%!(EXTRA ")
		for i, arg := range a[argNum:] {
			if i > 0 {
				p.text(", ")
			}
			if arg == nil {
				p.text("<nil>")
			} else {
				p.text(abi.TypeOf(arg).String())
				p.byte('=')
				p.printArg(arg, 'v')
			}
		}
		p.byte(')')
	}
}

func (p *printer) badArgument(verb rune, what string) {
	p.text("%!")
	p.buf = utf8.AppendRune(p.buf, verb)
	p.text(what)
}

// badVerb prints %!verb(type=value).
func (p *printer) badVerb(verb rune, v value) {
	p.erroring = true
	p.text("%!")
	p.buf = utf8.AppendRune(p.buf, verb)
	p.byte('(')
	switch {
	case p.arg != nil:
		p.text(abi.TypeOf(p.arg).String())
		p.byte('=')
		p.printArg(p.arg, 'v')
	case v.t != nil:
		p.text(v.t.String())
		p.byte('=')
		p.printValue(v, 'v', 0)
	default:
		p.text("<nil>")
	}
	p.byte(')')
	p.erroring = false
}
