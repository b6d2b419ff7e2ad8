package time

import "errors"

var errBad = errors.New("bad value for field")

// A ParseError describes text that does not fit its layout.
type ParseError struct {
	Layout     string
	Value      string
	LayoutElem string
	ValueElem  string
	Message    string
}

func (e *ParseError) Error() string {
	text := "parsing time " + quote(e.Value)
	if e.Message != "" {
		return text + e.Message
	}
	return text + " as " + quote(e.Layout) + ": cannot parse " + quote(e.ValueElem) + " as " + quote(e.LayoutElem)
}

// quote is s in quotes; what is not printable ASCII is written byte by byte.
func quote(s string) string {
	const digits = "0123456789abcdef"
	b := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c >= 0x80:
			b = append(b, '\\', 'x', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// lookup finds which of the names starts s, whatever the case; short compares three letters only.
func lookup(names []string, short bool, s string) (index int, rest string, err error) {
next:
	for i, name := range names {
		if short {
			name = name[:3]
		}
		if len(s) < len(name) {
			continue
		}
		for j := range len(name) {
			if c := s[j]; c != name[j] && (c|0x20 != name[j]|0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
				continue next
			}
		}
		return i, s[len(name):], nil
	}
	return -1, s, errBad
}

func digitAt(s string, i int) bool { return i < len(s) && isDigit(s[i]) }

// number reads one or two digits, two if fixed.
func number(s string, fixed bool) (n int, rest string, err error) {
	switch {
	case !digitAt(s, 0) || fixed && !digitAt(s, 1):
		return 0, s, errBad
	case !digitAt(s, 1):
		return int(s[0] - '0'), s[1:], nil
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), s[2:], nil
}

// number3 reads up to three digits, three if fixed.
func number3(s string, fixed bool) (n int, rest string, err error) {
	i := 0
	for ; i < 3 && digitAt(s, i); i++ {
		n = n*10 + int(s[i]-'0')
	}
	if i == 0 || fixed && i != 3 {
		return 0, s, errBad
	}
	return n, s[i:], nil
}

func digits(s string) (n int, err error) {
	if s == "" {
		return 0, errBad
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, errBad
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, nil
}

// signed is digits with an optional sign.
func signed(s string) (n int, err error) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		n, err = digits(s[1:])
		if s[0] == '-' {
			n = -n
		}
		return n, err
	}
	return digits(s)
}

func isPoint(c byte) bool { return c == '.' || c == ',' }

// nanoseconds reads a point and digits.
func nanoseconds(s string) (n int, outOfRange string, err error) {
	if !isPoint(s[0]) {
		return 0, "", errBad
	}
	s = s[1:min(len(s), 10)]
	n, err = signed(s)
	if n < 0 {
		outOfRange = "fractional second"
	}
	for range 9 - len(s) {
		n *= 10
	}
	return n, outOfRange, err
}

// skip moves s past plain text of a layout; a space in it stands for any number of spaces.
func skip(s, prefix string) (rest string, err error) {
	for prefix != "" {
		if prefix[0] == ' ' {
			if s != "" && s[0] != ' ' {
				return s, errBad
			}
			for prefix != "" && prefix[0] == ' ' {
				prefix = prefix[1:]
			}
			for s != "" && s[0] == ' ' {
				s = s[1:]
			}
			continue
		}
		if s == "" || s[0] != prefix[0] {
			return s, errBad
		}
		s, prefix = s[1:], prefix[1:]
	}
	return s, nil
}

// signedHours is the length of a sign and an hour up to 23 at the start of s.
func signedHours(s string) int {
	if s == "" || s[0] != '-' && s[0] != '+' {
		return 0
	}
	n, i := 0, 1
	for ; digitAt(s, i); i++ {
		if n = n*10 + int(s[i]-'0'); n > 23 {
			return 0
		}
	}
	if i == 1 {
		return 0
	}
	return i
}

// zoneName is the length of the time zone's abbreviation at the start of s.
func zoneName(s string) int {
	if len(s) < 3 {
		return 0
	}
	switch {
	case hasPrefix(s, "ChST"), hasPrefix(s, "MeST"):
		return 4
	case hasPrefix(s, "GMT"):
		return 3 + signedHours(s[3:])
	case s[0] == '+' || s[0] == '-':
		return signedHours(s)
	}
	n := 0
	for n < len(s) && n < 6 && 'A' <= s[n] && s[n] <= 'Z' {
		n++
	}
	switch {
	case n == 3, n == 4 && (s[3] == 'T' || hasPrefix(s, "WITA")), n == 5 && s[4] == 'T':
		return n
	}
	return 0
}

// fields are the parts of a time as they are read; -1 stands for what has not been seen.
type fields struct {
	year, month, day, yday     int
	hour, minute, second, nsec int
	am, pm                     bool
	utc                        bool
	offset                     int
	zone                       string
}

// parse reads an element at the start of s; outOfRange names what is.
func (f *fields) parse(e element, layout, s string) (rest, outOfRange string, err error) {
	switch e.kind {
	case elemYear:
		if len(s) < 2 {
			return s, "", errBad
		}
		if f.year, err = signed(s[:2]); err == nil {
			if f.year >= 69 {
				f.year += 1900
			} else {
				f.year += 2000
			}
		}
		return s[2:], "", err
	case elemLongYear:
		if len(s) < 4 || !isDigit(s[0]) {
			return s, "", errBad
		}
		f.year, err = signed(s[:4])
		return s[4:], "", err
	case elemMonth, elemLongMonth:
		f.month, s, err = lookup(longMonths[:], e.kind == elemMonth, s)
		f.month++
	case elemNumMonth, elemZeroMonth:
		f.month, s, err = number(s, e.kind == elemZeroMonth)
		if err == nil && (f.month <= 0 || f.month > 12) {
			outOfRange = "month"
		}
	case elemWeekday, elemLongWeekday:
		_, s, err = lookup(longDays[:], e.kind == elemWeekday, s)
	case elemDay, elemUnderDay, elemZeroDay:
		if e.kind == elemUnderDay && s != "" && s[0] == ' ' {
			s = s[1:]
		}
		f.day, s, err = number(s, e.kind == elemZeroDay)
	case elemUnderYearDay, elemZeroYearDay:
		for range 2 {
			if e.kind == elemUnderYearDay && s != "" && s[0] == ' ' {
				s = s[1:]
			}
		}
		f.yday, s, err = number3(s, e.kind == elemZeroYearDay)
	case elemHour:
		f.hour, s, err = number(s, false)
		if f.hour >= 24 {
			outOfRange = "hour"
		}
	case elemHour12, elemZeroHour12:
		f.hour, s, err = number(s, e.kind == elemZeroHour12)
		if f.hour > 12 {
			outOfRange = "hour"
		}
	case elemMinute, elemZeroMinute:
		f.minute, s, err = number(s, e.kind == elemZeroMinute)
		if f.minute >= 60 {
			outOfRange = "minute"
		}
	case elemSecond, elemZeroSecond:
		f.second, s, err = number(s, e.kind == elemZeroSecond)
		if err != nil {
			break
		}
		if f.second >= 60 {
			outOfRange = "second"
			break
		}
		// A fraction is accepted where the layout has none.
		if len(s) >= 2 && isPoint(s[0]) && isDigit(s[1]) {
			if _, next, _, _ := nextElement(layout); next.kind == elemFraction0 || next.kind == elemFraction9 {
				break
			}
			n := 2
			for digitAt(s, n) {
				n++
			}
			f.nsec, outOfRange, err = nanoseconds(s[:n])
			s = s[n:]
		}
	case elemPM, elempm:
		if len(s) < 2 {
			return s, "", errBad
		}
		half := s[:2]
		s = s[2:]
		switch {
		case e.kind == elemPM && half == "PM", e.kind == elempm && half == "pm":
			f.pm = true
		case e.kind == elemPM && half == "AM", e.kind == elempm && half == "am":
			f.am = true
		default:
			err = errBad
		}
	case elemOffset:
		if e.isoZ && s != "" && s[0] == 'Z' {
			f.utc = true
			return s[1:], "", nil
		}
		return f.parseOffset(e, s)
	case elemZone:
		if hasPrefix(s, "UTC") {
			f.utc = true
			return s[3:], "", nil
		}
		n := zoneName(s)
		if n == 0 {
			return s, "", errBad
		}
		f.zone = s[:n]
		s = s[n:]
	case elemFraction0:
		n := 1 + e.digits
		if len(s) < n {
			return s, "", errBad
		}
		f.nsec, outOfRange, err = nanoseconds(s[:n])
		s = s[n:]
	case elemFraction9:
		if len(s) < 2 || !isPoint(s[0]) || !isDigit(s[1]) {
			break
		}
		n := 1
		for digitAt(s, n) {
			n++
		}
		f.nsec, outOfRange, err = nanoseconds(s[:n])
		s = s[n:]
	}
	return s, outOfRange, err
}

// parseOffset reads a sign, hours, and minutes and seconds if the element has them.
func (f *fields) parseOffset(e element, s string) (rest, outOfRange string, err error) {
	whole := s
	var parts [3]int
	count := 2
	switch {
	case e.short:
		count = 1
	case e.seconds:
		count = 3
	}
	size := 1 + 2*count
	if e.colon {
		size += count - 1
	}
	if len(s) < size {
		return whole, "", errBad
	}
	sign := s[0]
	s = s[1:]
	for i := range count {
		if i > 0 && e.colon {
			if s == "" || s[0] != ':' {
				return whole, "", errBad
			}
			s = s[1:]
		}
		if parts[i], s, err = number(s, true); err != nil {
			break
		}
	}
	switch {
	case parts[2] > 60:
		outOfRange = "time zone offset second"
	case parts[1] > 60:
		outOfRange = "time zone offset minute"
	case parts[0] > 24:
		outOfRange = "time zone offset hour"
	}
	f.offset = (parts[0]*60+parts[1])*60 + parts[2]
	switch sign {
	case '+':
	case '-':
		f.offset = -f.offset
	default:
		err = errBad
	}
	return s, outOfRange, err
}

// resolveDay makes month and day of what has been read; the result says what is wrong.
func (f *fields) resolveDay() string {
	if f.yday >= 0 {
		limit := 365
		if isLeap(f.year) {
			limit = 366
		}
		if f.yday < 1 || f.yday > limit {
			return ": day-of-year out of range"
		}
		_, month, day := civil(daysTo(int64(f.year), January) + int64(f.yday) - 1)
		if f.month >= 0 && f.month != int(month) {
			return ": day-of-year does not match month"
		}
		if f.day >= 0 && f.day != day {
			return ": day-of-year does not match day"
		}
		f.month, f.day = int(month), day
	}
	if f.month < 0 {
		f.month = int(January)
	}
	if f.day < 0 {
		f.day = 1
	}
	if f.day < 1 || f.day > daysIn(Month(f.month), f.year) {
		return ": day out of range"
	}
	return ""
}

// Parse reads a time written as the layout writes the reference time; without an offset it is UTC.
func Parse(layout, value string) (Time, error) { return parse(layout, value, UTC, Local) }

// ParseInLocation is Parse with loc in place of UTC, and of Local where an offset or abbreviation is looked up.
func ParseInLocation(layout, value string, loc *Location) (Time, error) {
	return parse(layout, value, loc, loc)
}

func parse(layout, value string, missing, local *Location) (Time, error) {
	wholeLayout, rest := layout, value
	fail := func(elem, at, message string) (Time, error) {
		return Time{}, &ParseError{wholeLayout, value, elem, at, message}
	}
	f := fields{month: -1, day: -1, yday: -1, offset: -1}
	for {
		prefix, e, elem, suffix := nextElement(layout)
		var err error
		if rest, err = skip(rest, prefix); err != nil {
			return fail(prefix, rest, "")
		}
		if elem == "" {
			if rest != "" {
				return fail("", rest, ": extra text: "+quote(rest))
			}
			break
		}
		layout = suffix
		hold := rest
		var outOfRange string
		rest, outOfRange, err = f.parse(e, layout, rest)
		if outOfRange != "" {
			return fail(elem, rest, ": "+outOfRange+" out of range")
		}
		if err != nil {
			return fail(elem, hold, "")
		}
	}
	if f.pm && f.hour < 12 {
		f.hour += 12
	} else if f.am && f.hour == 12 {
		f.hour = 0
	}
	if message := f.resolveDay(); message != "" {
		return fail("", value, message)
	}
	date := func(loc *Location) Time {
		return Date(f.year, Month(f.month), f.day, f.hour, f.minute, f.second, f.nsec, loc)
	}
	switch {
	case f.utc:
		return date(UTC), nil
	case f.offset != -1:
		t := date(UTC)
		t.sec -= int64(f.offset)
		if z := local.lookup(t.sec - unixEpoch); z.offset == f.offset && (f.zone == "" || z.name == f.zone) {
			t.setLoc(local)
		} else {
			t.setLoc(FixedZone(f.zone, f.offset))
		}
		return t, nil
	case f.zone != "":
		t := date(UTC)
		if offset, ok := local.lookupName(f.zone, t.sec-unixEpoch); ok {
			t.sec -= int64(offset)
			t.setLoc(local)
			return t, nil
		}
		offset := 0
		if len(f.zone) > 3 && hasPrefix(f.zone, "GMT") {
			offset, _ = signed(f.zone[3:])
			offset *= 3600
		}
		t.setLoc(FixedZone(f.zone, offset))
		return t, nil
	}
	return date(missing), nil
}
