package time

// Layouts: how the reference time, Mon Jan 2 15:04:05 MST 2006, is written.
const (
	Layout      = "01/02 03:04:05PM '06 -0700"
	ANSIC       = "Mon Jan _2 15:04:05 2006"
	UnixDate    = "Mon Jan _2 15:04:05 MST 2006"
	RubyDate    = "Mon Jan 02 15:04:05 -0700 2006"
	RFC822      = "02 Jan 06 15:04 MST"
	RFC822Z     = "02 Jan 06 15:04 -0700"
	RFC850      = "Monday, 02-Jan-06 15:04:05 MST"
	RFC1123     = "Mon, 02 Jan 2006 15:04:05 MST"
	RFC1123Z    = "Mon, 02 Jan 2006 15:04:05 -0700"
	RFC3339     = "2006-01-02T15:04:05Z07:00"
	RFC3339Nano = "2006-01-02T15:04:05.999999999Z07:00"
	Kitchen     = "3:04PM"
	Stamp       = "Jan _2 15:04:05"
	StampMilli  = "Jan _2 15:04:05.000"
	StampMicro  = "Jan _2 15:04:05.000000"
	StampNano   = "Jan _2 15:04:05.000000000"
	DateTime    = "2006-01-02 15:04:05"
	DateOnly    = "2006-01-02"
	TimeOnly    = "15:04:05"
)

type elementKind uint8

const (
	elemNone elementKind = iota
	elemLongMonth
	elemMonth
	elemNumMonth
	elemZeroMonth
	elemLongWeekday
	elemWeekday
	elemDay
	elemUnderDay
	elemZeroDay
	elemUnderYearDay
	elemZeroYearDay
	elemHour
	elemHour12
	elemZeroHour12
	elemMinute
	elemZeroMinute
	elemSecond
	elemZeroSecond
	elemLongYear
	elemYear
	elemPM
	elempm
	elemZone
	elemOffset
	elemFraction0
	elemFraction9
)

// element is a part of a layout that stands for a part of a time.
type element struct {
	kind elementKind
	// Offsets: written Z for UTC; with colons; with seconds; hours only.
	isoZ, colon, seconds, short bool
	// Fractions: the number of digits, and the separator.
	digits    int
	separator byte
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func startsLower(s string) bool { return s != "" && 'a' <= s[0] && s[0] <= 'z' }

// elementAt recognises the element at the start of s; size 0 if there is none.
func elementAt(s string) (e element, size int) {
	one := func(kind elementKind, size int) (element, int) { return element{kind: kind}, size }
	switch s[0] {
	case 'J':
		switch {
		case hasPrefix(s, "January"):
			return one(elemLongMonth, 7)
		case hasPrefix(s, "Jan") && !startsLower(s[3:]):
			return one(elemMonth, 3)
		}
	case 'M':
		switch {
		case hasPrefix(s, "Monday"):
			return one(elemLongWeekday, 6)
		case hasPrefix(s, "Mon") && !startsLower(s[3:]):
			return one(elemWeekday, 3)
		case hasPrefix(s, "MST"):
			return one(elemZone, 3)
		}
	case '0':
		if len(s) >= 2 && '1' <= s[1] && s[1] <= '6' {
			kinds := [...]elementKind{elemZeroMonth, elemZeroDay, elemZeroHour12, elemZeroMinute, elemZeroSecond, elemYear}
			return one(kinds[s[1]-'1'], 2)
		}
		if hasPrefix(s, "002") {
			return one(elemZeroYearDay, 3)
		}
	case '1':
		if hasPrefix(s, "15") {
			return one(elemHour, 2)
		}
		return one(elemNumMonth, 1)
	case '2':
		if hasPrefix(s, "2006") {
			return one(elemLongYear, 4)
		}
		return one(elemDay, 1)
	case '_':
		switch {
		case hasPrefix(s, "_2006"):
			// The underscore is plain text before a year.
		case hasPrefix(s, "_2"):
			return one(elemUnderDay, 2)
		case hasPrefix(s, "__2"):
			return one(elemUnderYearDay, 3)
		}
	case '3':
		return one(elemHour12, 1)
	case '4':
		return one(elemMinute, 1)
	case '5':
		return one(elemSecond, 1)
	case 'P':
		if hasPrefix(s, "PM") {
			return one(elemPM, 2)
		}
	case 'p':
		if hasPrefix(s, "pm") {
			return one(elempm, 2)
		}
	case '-', 'Z':
		e := element{kind: elemOffset, isoZ: s[0] == 'Z'}
		switch s := s[1:]; {
		case hasPrefix(s, "070000"):
			e.seconds = true
			return e, 7
		case hasPrefix(s, "07:00:00"):
			e.colon, e.seconds = true, true
			return e, 9
		case hasPrefix(s, "0700"):
			return e, 5
		case hasPrefix(s, "07:00"):
			e.colon = true
			return e, 6
		case hasPrefix(s, "07"):
			e.short = true
			return e, 3
		}
	case '.', ',':
		if len(s) < 2 || s[1] != '0' && s[1] != '9' {
			break
		}
		n := 1
		for n < len(s) && s[n] == s[1] {
			n++
		}
		// The digits end here, or it is something else.
		if n < len(s) && isDigit(s[n]) {
			break
		}
		kind := elemFraction0
		if s[1] == '9' {
			kind = elemFraction9
		}
		return element{kind: kind, digits: n - 1, separator: s[0]}, n
	}
	return element{}, 0
}

// nextElement splits a layout at its first element.
func nextElement(layout string) (prefix string, e element, elem, suffix string) {
	for i := range len(layout) {
		// No element begins with another letter.
		if c := layout[i]; c >= 'a' && c != 'p' || c == ' ' || c == ':' || c == '/' {
			continue
		}
		if e, size := elementAt(layout[i:]); size > 0 {
			return layout[:i], e, layout[i : i+size], layout[i+size:]
		}
	}
	return layout, element{}, "", ""
}

// appendInt appends x with at least `width` digits.
func appendInt(b []byte, x int, width int) []byte {
	u := uint(x)
	if x < 0 {
		b = append(b, '-')
		u = uint(-x)
	}
	// What most elements are.
	switch {
	case width == 2 && u < 100:
		return append(b, byte('0'+u/10), byte('0'+u%10))
	case width == 4 && u < 10000:
		return append(b, byte('0'+u/1000), byte('0'+u/100%10), byte('0'+u/10%10), byte('0'+u%10))
	}
	var buf [20]byte
	i := len(buf)
	for u > 0 || i == len(buf) && width == 0 {
		i--
		buf[i] = byte('0' + u%10)
		u /= 10
		width--
	}
	for ; width > 0; width-- {
		b = append(b, '0')
	}
	return append(b, buf[i:]...)
}

// String is t with all its parts, and the monotonic reading if it has one.
func (t Time) String() string {
	s := t.Format("2006-01-02 15:04:05.999999999 -0700 MST")
	if t.mono != 0 {
		m := uint64(t.mono)
		sign := byte('+')
		if t.mono < 0 {
			sign = '-'
			m = -m
		}
		b := append([]byte(" m="), sign)
		b = appendInt(b, int(m/1e9), 0)
		b = append(b, '.')
		s += string(appendInt(b, int(m%1e9), 9))
	}
	return s
}

// GoString is t as a Go expression.
func (t Time) GoString() string {
	year, month, day := t.Date()
	hour, min, sec := t.Clock()
	b := []byte("time.Date(")
	b = appendInt(b, year, 0)
	b = append(b, ", time."...)
	b = append(b, month.String()...)
	for _, v := range [...]int{day, hour, min, sec, int(t.nsec)} {
		b = append(b, ", "...)
		b = appendInt(b, v, 0)
	}
	b = append(b, ", "...)
	switch loc := t.Location(); loc {
	case UTC:
		b = append(b, "time.UTC"...)
	case Local:
		b = append(b, "time.Local"...)
	default:
		b = append(b, "time.Location("...)
		b = append(b, quote(loc.name)...)
		b = append(b, ')')
	}
	return string(append(b, ')'))
}

// Format is t written as the layout writes the reference time.
func (t Time) Format(layout string) string {
	var buf [64]byte
	return string(t.AppendFormat(buf[:0], layout))
}

func (t Time) AppendFormat(b []byte, layout string) []byte {
	year, month, day := t.Date()
	hour, min, sec := t.Clock()
	if layout == RFC3339 || layout == RFC3339Nano {
		b = append(appendInt(b, year, 4), '-')
		b = append(appendInt(b, int(month), 2), '-')
		b = append(appendInt(b, day, 2), 'T')
		b = append(appendInt(b, hour, 2), ':')
		b = append(appendInt(b, min, 2), ':')
		b = appendInt(b, sec, 2)
		if layout == RFC3339Nano {
			b = appendFraction(b, int(t.nsec), element{kind: elemFraction9, digits: 9, separator: '.'})
		}
		_, offset := t.Zone()
		return appendOffset(b, offset, element{colon: true, isoZ: true})
	}
	hour12 := (hour+11)%12 + 1
	for layout != "" {
		prefix, e, elem, suffix := nextElement(layout)
		b = append(b, prefix...)
		if elem == "" {
			break
		}
		layout = suffix
		switch e.kind {
		case elemYear:
			b = appendInt(b, max(year, -year)%100, 2)
		case elemLongYear:
			b = appendInt(b, year, 4)
		case elemMonth:
			b = append(b, month.String()[:3]...)
		case elemLongMonth:
			b = append(b, month.String()...)
		case elemNumMonth:
			b = appendInt(b, int(month), 0)
		case elemZeroMonth:
			b = appendInt(b, int(month), 2)
		case elemWeekday:
			b = append(b, t.Weekday().String()[:3]...)
		case elemLongWeekday:
			b = append(b, t.Weekday().String()...)
		case elemDay:
			b = appendInt(b, day, 0)
		case elemUnderDay:
			if day < 10 {
				b = append(b, ' ')
			}
			b = appendInt(b, day, 0)
		case elemZeroDay:
			b = appendInt(b, day, 2)
		case elemUnderYearDay:
			yday := t.YearDay()
			if yday < 100 {
				b = append(b, ' ')
				if yday < 10 {
					b = append(b, ' ')
				}
			}
			b = appendInt(b, yday, 0)
		case elemZeroYearDay:
			b = appendInt(b, t.YearDay(), 3)
		case elemHour:
			b = appendInt(b, hour, 2)
		case elemHour12:
			b = appendInt(b, hour12, 0)
		case elemZeroHour12:
			b = appendInt(b, hour12, 2)
		case elemMinute:
			b = appendInt(b, min, 0)
		case elemZeroMinute:
			b = appendInt(b, min, 2)
		case elemSecond:
			b = appendInt(b, sec, 0)
		case elemZeroSecond:
			b = appendInt(b, sec, 2)
		case elemPM, elempm:
			half := byte('A')
			if hour >= 12 {
				half = 'P'
			}
			if e.kind == elemPM {
				b = append(b, half, 'M')
			} else {
				b = append(b, half|0x20, 'm')
			}
		case elemZone:
			name, offset := t.Zone()
			if name != "" {
				b = append(b, name...)
				break
			}
			b = appendOffset(b, offset, element{})
		case elemOffset:
			_, offset := t.Zone()
			b = appendOffset(b, offset, e)
		case elemFraction0, elemFraction9:
			b = appendFraction(b, int(t.nsec), e)
		}
	}
	return b
}

func appendOffset(b []byte, offset int, e element) []byte {
	if e.isoZ && offset == 0 {
		return append(b, 'Z')
	}
	minutes := offset / 60
	if minutes < 0 {
		b = append(b, '-')
		minutes, offset = -minutes, -offset
	} else {
		b = append(b, '+')
	}
	b = appendInt(b, minutes/60, 2)
	if e.colon {
		b = append(b, ':')
	}
	if !e.short {
		b = appendInt(b, minutes%60, 2)
	}
	if e.seconds {
		if e.colon {
			b = append(b, ':')
		}
		b = appendInt(b, offset%60, 2)
	}
	return b
}

func appendFraction(b []byte, nsec int, e element) []byte {
	if e.kind == elemFraction9 && nsec == 0 {
		return b
	}
	start := len(b)
	b = append(b, e.separator)
	b = appendInt(b, nsec, 9)
	if e.digits < 9 {
		b = b[:start+1+e.digits]
	}
	if e.kind == elemFraction9 {
		for len(b) > start && b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
		if len(b) == start+1 {
			b = b[:start]
		}
	}
	return b
}
