package fmt

import (
	"internal/abi"
	"unsafe"
)

func (p *printer) boolean(b bool, verb rune, v value) {
	switch verb {
	case 't', 'v':
		p.fmt.boolean(b)
	default:
		p.badVerb(verb, v)
	}
}

// hex0x prints 0x and the number, whatever the sharp flag says.
func (p *printer) hex0x(u uint64, leading0x bool) {
	sharp := p.fmt.sharp
	p.fmt.sharp = leading0x
	p.fmt.integer(u, 16, false, 'v', lowerDigits)
	p.fmt.sharp = sharp
}

func (p *printer) integer(u uint64, signed bool, verb rune, v value) {
	switch verb {
	case 'v':
		if p.fmt.sharpV && !signed {
			p.hex0x(u, true)
		} else {
			p.fmt.integer(u, 10, signed, verb, lowerDigits)
		}
	case 'd':
		p.fmt.integer(u, 10, signed, verb, lowerDigits)
	case 'b':
		p.fmt.integer(u, 2, signed, verb, lowerDigits)
	case 'o', 'O':
		p.fmt.integer(u, 8, signed, verb, lowerDigits)
	case 'x':
		p.fmt.integer(u, 16, signed, verb, lowerDigits)
	case 'X':
		p.fmt.integer(u, 16, signed, verb, upperDigits)
	case 'c':
		p.fmt.char(u)
	case 'q':
		p.fmt.quotedChar(u)
	case 'U':
		p.fmt.unicode(u)
	default:
		p.badVerb(verb, v)
	}
}

func (p *printer) float(f float64, size int, verb rune, v value) {
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
		p.badVerb(verb, v)
	}
}

func (p *printer) complex(c complex128, size int, verb rune, v value) {
	switch verb {
	case 'v', 'b', 'g', 'G', 'x', 'X', 'f', 'F', 'e', 'E':
		plus := p.fmt.plus
		p.byte('(')
		p.float(real(c), size/2, verb, v)
		// The imaginary part always has a sign.
		p.fmt.plus = true
		p.float(imag(c), size/2, verb, v)
		p.text("i)")
		p.fmt.plus = plus
	default:
		p.badVerb(verb, v)
	}
}

func (p *printer) str(s string, verb rune, v value) {
	switch verb {
	case 'v':
		if p.fmt.sharpV {
			p.fmt.quoted(s)
		} else {
			p.fmt.str(s)
		}
	case 's':
		p.fmt.str(s)
	case 'x':
		p.fmt.hexString(s, lowerDigits)
	case 'X':
		p.fmt.hexString(s, upperDigits)
	case 'q':
		p.fmt.quoted(s)
	default:
		p.badVerb(verb, v)
	}
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
			p.fmt.integer(uint64(c), 10, false, verb, lowerDigits)
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
			u = *(*uintptr)(*(*unsafe.Pointer)(v.p))
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
		p.integer(uint64(u), false, verb, v)
	default:
		p.badVerb(verb, v)
	}
}
