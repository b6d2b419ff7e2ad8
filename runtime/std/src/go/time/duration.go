package time

import "errors"

// A Duration is a time span in nanoseconds.
type Duration int64

const (
	Nanosecond  Duration = 1
	Microsecond          = 1000 * Nanosecond
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute

	minDuration Duration = -1 << 63
	maxDuration Duration = 1<<63 - 1
)

// String is d as "72h3m0.5s"; below a second with a smaller unit, and "0s" for zero.
func (d Duration) String() string {
	var buf [32]byte
	return string(buf[d.format(&buf):])
}

// format writes d to the end of buf; where it begins is the result.
func (d Duration) format(buf *[32]byte) int {
	i := len(buf)
	u := uint64(d)
	if d < 0 {
		u = -u
	}
	// put writes v in decimal before position i.
	put := func(v uint64) {
		for {
			i--
			buf[i] = byte('0' + v%10)
			if v /= 10; v == 0 {
				return
			}
		}
	}
	// fraction writes the last `digits` digits of v behind a point, without trailing zeroes, and returns the rest.
	fraction := func(v uint64, digits int) uint64 {
		shown := false
		for range digits {
			digit := v % 10
			shown = shown || digit != 0
			if shown {
				i--
				buf[i] = byte('0' + digit)
			}
			v /= 10
		}
		if shown {
			i--
			buf[i] = '.'
		}
		return v
	}
	i--
	buf[i] = 's'
	switch {
	case u == 0:
		put(0)
	case u < uint64(Second):
		digits := 0
		i--
		switch {
		case u < uint64(Microsecond):
			buf[i] = 'n'
		case u < uint64(Millisecond):
			digits = 3
			i--
			copy(buf[i:], "µ")
		default:
			digits = 6
			buf[i] = 'm'
		}
		put(fraction(u, digits))
	default:
		u = fraction(u, 9)
		put(u % 60)
		if u /= 60; u > 0 {
			i--
			buf[i] = 'm'
			put(u % 60)
			if u /= 60; u > 0 {
				i--
				buf[i] = 'h'
				put(u)
			}
		}
	}
	if d < 0 {
		i--
		buf[i] = '-'
	}
	return i
}

func (d Duration) Nanoseconds() int64  { return int64(d) }
func (d Duration) Microseconds() int64 { return int64(d) / 1e3 }
func (d Duration) Milliseconds() int64 { return int64(d) / 1e6 }

func (d Duration) in(unit Duration) float64 {
	return float64(d/unit) + float64(d%unit)/float64(unit)
}

func (d Duration) Seconds() float64 { return d.in(Second) }
func (d Duration) Minutes() float64 { return d.in(Minute) }
func (d Duration) Hours() float64   { return d.in(Hour) }

// Truncate rounds d toward zero to a multiple of m.
func (d Duration) Truncate(m Duration) Duration {
	if m <= 0 {
		return d
	}
	return d - d%m
}

// Round rounds d to the nearest multiple of m, half away from zero; what overflows becomes the largest duration.
func (d Duration) Round(m Duration) Duration {
	if m <= 0 {
		return d
	}
	r := d % m
	if d < 0 {
		r = -r
		if uint64(r)+uint64(r) < uint64(m) {
			return d + r
		}
		if rounded := d - m + r; rounded < d {
			return rounded
		}
		return minDuration
	}
	if uint64(r)+uint64(r) < uint64(m) {
		return d - r
	}
	if rounded := d + m - r; rounded > d {
		return rounded
	}
	return maxDuration
}

// Abs is the absolute value of d; of the smallest duration, the largest.
func (d Duration) Abs() Duration {
	switch {
	case d >= 0:
		return d
	case d == minDuration:
		return maxDuration
	}
	return -d
}

// unit is the length of a unit by name, 0 if there is none.
func unit(name string) uint64 {
	switch name {
	case "ns":
		return uint64(Nanosecond)
	case "us", "µs", "μs":
		return uint64(Microsecond)
	case "ms":
		return uint64(Millisecond)
	case "s":
		return uint64(Second)
	case "m":
		return uint64(Minute)
	case "h":
		return uint64(Hour)
	}
	return 0
}

// ParseDuration reads what String writes: a sign, then decimal numbers with units.
func ParseDuration(s string) (Duration, error) {
	whole := s
	invalid := func() (Duration, error) {
		return 0, errors.New("time: invalid duration " + quote(whole))
	}
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "0" {
		return 0, nil
	}
	if s == "" {
		return invalid()
	}
	const limit = 1 << 63
	var total uint64
	for s != "" {
		var v, f uint64
		scale := 1.0
		digits := 0
		for ; s != "" && isDigit(s[0]); s = s[1:] {
			if v > limit/10 {
				return invalid()
			}
			if v = v*10 + uint64(s[0]-'0'); v > limit {
				return invalid()
			}
			digits++
		}
		if s != "" && s[0] == '.' {
			full := false
			for s = s[1:]; s != "" && isDigit(s[0]); s = s[1:] {
				digits++
				// Digits beyond the precision are ignored.
				if full || f > (limit-1)/10 {
					full = true
					continue
				}
				if g := f*10 + uint64(s[0]-'0'); g <= limit {
					f = g
					scale *= 10
				} else {
					full = true
				}
			}
		}
		if digits == 0 {
			return invalid()
		}
		n := 0
		for n < len(s) && s[n] != '.' && !isDigit(s[n]) {
			n++
		}
		if n == 0 {
			return 0, errors.New("time: missing unit in duration " + quote(whole))
		}
		name := s[:n]
		s = s[n:]
		u := unit(name)
		if u == 0 {
			return 0, errors.New("time: unknown unit " + quote(name) + " in duration " + quote(whole))
		}
		if v > limit/u {
			return invalid()
		}
		v *= u
		if f > 0 {
			v += uint64(float64(f) * (float64(u) / scale))
			if v > limit {
				return invalid()
			}
		}
		if total += v; total > limit {
			return invalid()
		}
	}
	if negative {
		return -Duration(total), nil
	}
	if total > limit-1 {
		return invalid()
	}
	return Duration(total), nil
}
