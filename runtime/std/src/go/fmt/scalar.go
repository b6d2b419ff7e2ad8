package fmt

import (
	"internal/abi"
	"strconv"
	"unsafe"
)

// The functions of scalars say whether the verb is one for them.

func (p *printer) boolean(b bool, verb rune) bool {
	switch verb {
	case 't', 'v':
		p.fmt.boolean(b)
	default:
		return false
	}
	return true
}

// hex0x prints 0x and the number, whatever the sharp flag says.
func (p *printer) hex0x(u uint64, leading0x bool) {
	some, sharp := p.fmt.some, p.fmt.sharp
	p.fmt.some, p.fmt.sharp = true, leading0x
	p.fmt.integer(u, 16, false, 'v')
	p.fmt.some, p.fmt.sharp = some, sharp
}

func (p *printer) integer(u uint64, signed bool, verb rune) bool {
	switch verb {
	case 'v':
		if p.fmt.sharpV && !signed {
			p.hex0x(u, true)
			break
		}
		fallthrough
	case 'd':
		switch {
		case p.fmt.some:
			p.fmt.integer(u, 10, signed, verb)
		case signed:
			p.buf = strconv.AppendInt(p.buf, int64(u), 10)
		default:
			p.buf = strconv.AppendUint(p.buf, u, 10)
		}
	case 'b':
		p.fmt.integer(u, 2, signed, verb)
	case 'o', 'O':
		p.fmt.integer(u, 8, signed, verb)
	case 'x', 'X':
		p.fmt.integer(u, 16, signed, verb)
	case 'c':
		p.fmt.char(u)
	case 'q':
		p.fmt.quotedChar(u)
	case 'U':
		p.fmt.unicode(u)
	default:
		return false
	}
	return true
}

func (p *printer) float(f float64, size int, verb rune) bool {
	prec := -1
	if verb != 'v' && verb != 'b' && verb != 'g' && verb != 'G' && verb != 'x' && verb != 'X' {
		prec = 6
	}
	if p.fmt.precPresent {
		prec = p.fmt.prec
	}
	switch verb {
	case 'v':
		p.fmt.float(f, size, 'g', prec)
	case 'b', 'g', 'G', 'x', 'X', 'e', 'E', 'f':
		p.fmt.float(f, size, verb, prec)
	case 'F':
		p.fmt.float(f, size, 'f', prec)
	default:
		return false
	}
	return true
}

func (p *printer) complex(c complex128, size int, verb rune) bool {
	switch verb {
	case 'v', 'b', 'g', 'G', 'x', 'X', 'f', 'F', 'e', 'E':
		some, plus := p.fmt.some, p.fmt.plus
		p.byte('(')
		p.float(real(c), size/2, verb)
		// The imaginary part always has a sign.
		p.fmt.some, p.fmt.plus = true, true
		p.float(imag(c), size/2, verb)
		p.text("i)")
		p.fmt.some, p.fmt.plus = some, plus
	default:
		return false
	}
	return true
}

func (p *printer) str(s string, verb rune) bool {
	switch verb {
	case 'v':
		if p.fmt.sharpV {
			p.fmt.quoted(s)
			break
		}
		fallthrough
	case 's':
		p.fmt.str(s)
	case 'x':
		p.fmt.hexString(s, lowerDigits)
	case 'X':
		p.fmt.hexString(s, upperDigits)
	case 'q':
		p.fmt.quoted(s)
	default:
		return false
	}
	return true
}

func (p *printer) bytes(b []byte, verb rune, typeName string) {
	switch verb {
	case 'v', 'd':
		if p.fmt.sharpV {
			p.text(typeName)
			if b == nil {
				p.text("(nil)")
				return
			}
			p.byte('{')
			for i, c := range b {
				if i > 0 {
					p.text(", ")
				}
				p.hex0x(uint64(c), true)
			}
			p.byte('}')
			return
		}
		p.byte('[')
		for i, c := range b {
			if i > 0 {
				p.byte(' ')
			}
			p.fmt.integer(uint64(c), 10, false, verb)
		}
		p.byte(']')
	case 's':
		p.fmt.str(string(b))
	case 'x':
		p.fmt.hexString(string(b), lowerDigits)
	case 'X':
		p.fmt.hexString(string(b), upperDigits)
	case 'q':
		p.fmt.quoted(string(b))
	default:
		p.printValue(valueOf(b), verb, 0)
	}
}

func (p *printer) pointer(v value, verb rune) {
	var u uintptr
	switch v.kind() {
	case abi.Chan, abi.Func, abi.Map, abi.Pointer, abi.Slice, abi.UnsafePointer:
		u = v.pointer()
		if v.kind() == abi.Func && u != 0 {
			u = *(*uintptr)(v.word())
		}
	default:
		p.badVerb(verb, v)
		return
	}
	switch verb {
	case 'v':
		if p.fmt.sharpV {
			p.byte('(')
			p.text(v.t.String())
			p.text(")(")
			if u == 0 {
				p.text("nil")
			} else {
				p.hex0x(uint64(u), true)
			}
			p.byte(')')
		} else if u == 0 {
			p.fmt.padString("<nil>")
		} else {
			p.hex0x(uint64(u), !p.fmt.sharp)
		}
	case 'p':
		p.hex0x(uint64(u), !p.fmt.sharp)
	case 'b', 'o', 'd', 'x', 'X':
		p.integer(uint64(u), false, verb)
	default:
		p.badVerb(verb, v)
	}
}
