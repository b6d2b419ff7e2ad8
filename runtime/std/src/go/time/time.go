// Package time measures, stores and shows time.
package time

import (
	"errors"
	"math/bits"
	_ "unsafe"
)

// A Time is an instant with nanosecond precision, and the location it is shown in.
type Time struct {
	// Seconds since January 1, year 1 00:00:00 UTC.
	sec  int64
	nsec int32
	// A reading of the monotonic clock, 0 if there is none.
	mono int64
	// nil means UTC.
	loc *Location
}

const (
	secondsPerDay = 86400
	// From year 1 to 1970.
	unixEpoch = (1969*365 + 1969/4 - 1969/100 + 1969/400) * secondsPerDay
)

// A Month is a month of the year, January being 1.
type Month int

const (
	January Month = 1 + iota
	February
	March
	April
	May
	June
	July
	August
	September
	October
	November
	December
)

var longMonths = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
	"October", "November", "December"}

func (m Month) String() string {
	if January <= m && m <= December {
		return longMonths[m-1]
	}
	return "%!Month(" + string(appendInt(nil, int(m), 0)) + ")"
}

// A Weekday is a day of the week, Sunday being 0.
type Weekday int

const (
	Sunday Weekday = iota
	Monday
	Tuesday
	Wednesday
	Thursday
	Friday
	Saturday
)

var longDays = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

func (d Weekday) String() string {
	if Sunday <= d && d <= Saturday {
		return longDays[d]
	}
	return "%!Weekday(" + string(appendInt(nil, int(d), 0)) + ")"
}

//go:linkname walltime escargo.walltime
func walltime() (sec int64, nsec int64)

//go:linkname nanotime escargo.nanotime
func nanotime() int64

// start makes monotonic readings begin at 1 with the program.
var start = nanotime() - 1

// Now is the current local time.
func Now() Time {
	sec, nsec := walltime()
	return Time{sec + unixEpoch, int32(nsec), nanotime() - start, Local}
}

// Unix is the local time that many seconds and nanoseconds after the start of 1970 UTC.
func Unix(sec int64, nsec int64) Time {
	if nsec < 0 || nsec >= 1e9 {
		n := nsec / 1e9
		sec += n
		nsec -= n * 1e9
		if nsec < 0 {
			nsec += 1e9
			sec--
		}
	}
	return Time{sec: sec + unixEpoch, nsec: int32(nsec), loc: Local}
}

// UnixMilli is Unix for milliseconds.
func UnixMilli(msec int64) Time { return Unix(msec/1e3, msec%1e3*1e6) }

// UnixMicro is Unix for microseconds.
func UnixMicro(usec int64) Time { return Unix(usec/1e6, usec%1e6*1e3) }

// Since is the time elapsed since t.
func Since(t Time) Duration {
	if t.mono != 0 {
		return difference(nanotime()-start, t.mono)
	}
	return Now().Sub(t)
}

// Until is the time until t.
func Until(t Time) Duration {
	if t.mono != 0 {
		return difference(t.mono, nanotime()-start)
	}
	return t.Sub(Now())
}

// difference is a-b, kept in range.
func difference(a, b int64) Duration {
	d := Duration(a - b)
	switch {
	case a >= b && d < 0:
		return maxDuration
	case a < b && d >= 0:
		return minDuration
	}
	return d
}

// floorDiv divides rounding down.
func floorDiv(a, b int64) (quotient, remainder int64) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		quotient--
		remainder += b
	}
	return quotient, remainder
}

// daysTo is the number of days from January 1, year 1 to the first day of a month. Years are counted from March in it, so that
// the leap day is the last one.
func daysTo(year int64, month Month) int64 {
	if month <= February {
		year--
	}
	era, y := floorDiv(year, 400)
	m := (int64(month) + 9) % 12
	return era*146097 + y*365 + y/4 - y/100 + (153*m+2)/5 - 306
}

// civil is the date of a day counted from January 1, year 1.
func civil(days int64) (year int64, month Month, day int) {
	era, d := floorDiv(days+306, 146097)
	y := (d - d/1460 + d/36524 - d/146096) / 365
	d -= y*365 + y/4 - y/100
	m := (5*d + 2) / 153
	day = int(d-(153*m+2)/5) + 1
	month = Month((m+2)%12 + 1)
	year = era*400 + y
	if month <= February {
		year++
	}
	return year, month, day
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysIn(m Month, year int) int {
	switch {
	case m == February && isLeap(year):
		return 29
	case m == February:
		return 28
	case m == April || m == June || m == September || m == November:
		return 30
	}
	return 31
}

// carry moves what is beyond base from lo to hi.
func carry(hi, lo, base int) (int, int) {
	q, r := floorDiv(int64(lo), int64(base))
	return hi + int(q), int(r)
}

// Date is the time that a clock in loc shows; values out of range carry over.
func Date(year int, month Month, day, hour, min, sec, nsec int, loc *Location) Time {
	if loc == nil {
		panic("time: missing Location in call to Date")
	}
	year, m := carry(year, int(month)-1, 12)
	sec, nsec = carry(sec, nsec, 1e9)
	min, sec = carry(min, sec, 60)
	hour, min = carry(hour, min, 60)
	day, hour = carry(day, hour, 24)
	days := daysTo(int64(year), Month(m+1)) + int64(day) - 1
	at := days*secondsPerDay + int64(hour*3600+min*60+sec)
	t := Time{sec: at, nsec: int32(nsec)}
	if loc != UTC {
		// The offset depends on the time that it leads to.
		z := loc.lookup(at - unixEpoch)
		if z.offset != 0 {
			utc := at - unixEpoch - int64(z.offset)
			if utc < z.start || utc >= z.end {
				z = loc.lookup(utc)
			}
			t.sec -= int64(z.offset)
		}
	}
	t.setLoc(loc)
	return t
}

func (t *Time) setLoc(loc *Location) {
	if loc == UTC {
		loc = nil
	}
	t.mono = 0
	t.loc = loc
}

// local is the number of seconds since year 1 that a clock at t's location shows.
func (t Time) local() int64 {
	if t.loc == nil {
		return t.sec
	}
	return t.sec + int64(t.loc.lookup(t.sec-unixEpoch).offset)
}

func (t Time) days() (days, second int64) { return floorDiv(t.local(), secondsPerDay) }

func (t Time) After(u Time) bool  { return t.Compare(u) > 0 }
func (t Time) Before(u Time) bool { return t.Compare(u) < 0 }

// Compare is -1, 0 or 1 as t is before, at or after u.
func (t Time) Compare(u Time) int {
	a, b := t.sec, u.sec
	if t.mono != 0 && u.mono != 0 {
		a, b = t.mono, u.mono
	} else if a == b {
		a, b = int64(t.nsec), int64(u.nsec)
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Equal reports whether t and u are the same instant.
func (t Time) Equal(u Time) bool { return t.Compare(u) == 0 }

// IsZero reports whether t is the start of year 1 UTC.
func (t Time) IsZero() bool { return t.sec == 0 && t.nsec == 0 }

func (t Time) Date() (year int, month Month, day int) {
	days, _ := t.days()
	y, month, day := civil(days)
	return int(y), month, day
}

func (t Time) Year() int {
	year, _, _ := t.Date()
	return year
}

func (t Time) Month() Month {
	_, month, _ := t.Date()
	return month
}

func (t Time) Day() int {
	_, _, day := t.Date()
	return day
}

func (t Time) Weekday() Weekday {
	days, _ := t.days()
	// Year 1 began with a Monday.
	_, w := floorDiv(days+1, 7)
	return Weekday(w)
}

// ISOWeek is the ISO 8601 year and week: week 1 has the year's first Thursday.
func (t Time) ISOWeek() (year, week int) {
	days, _ := t.days()
	_, sinceMonday := floorDiv(days, 7)
	thursday := days - sinceMonday + 3
	y, _, _ := civil(thursday)
	return int(y), int(thursday-daysTo(y, January))/7 + 1
}

func (t Time) Clock() (hour, min, sec int) {
	_, s := t.days()
	return int(s / 3600), int(s / 60 % 60), int(s % 60)
}

func (t Time) Hour() int {
	hour, _, _ := t.Clock()
	return hour
}

func (t Time) Minute() int {
	_, min, _ := t.Clock()
	return min
}

func (t Time) Second() int {
	_, _, sec := t.Clock()
	return sec
}

func (t Time) Nanosecond() int { return int(t.nsec) }

// YearDay is the day of the year, from 1 on.
func (t Time) YearDay() int {
	days, _ := t.days()
	year, _, _ := civil(days)
	return int(days-daysTo(year, January)) + 1
}

// Add is t+d.
func (t Time) Add(d Duration) Time {
	sec := t.sec + int64(d/1e9)
	nsec := t.nsec + int32(d%1e9)
	switch {
	case nsec >= 1e9:
		sec++
		nsec -= 1e9
	case nsec < 0:
		sec--
		nsec += 1e9
	}
	if t.mono != 0 {
		mono := t.mono + int64(d)
		if d < 0 && mono > t.mono || d > 0 && mono < t.mono {
			mono = 0
		}
		t.mono = mono
	}
	t.sec, t.nsec = sec, nsec
	return t
}

// Sub is t-u, the smallest or largest duration if that is out of range.
func (t Time) Sub(u Time) Duration {
	if t.mono != 0 && u.mono != 0 {
		return difference(t.mono, u.mono)
	}
	d := Duration(t.sec-u.sec)*Second + Duration(t.nsec-u.nsec)
	switch {
	case u.Add(d).Equal(t):
		return d
	case t.Before(u):
		return minDuration
	}
	return maxDuration
}

// AddDate adds years, months and days as Date normalises them.
func (t Time) AddDate(years int, months int, days int) Time {
	year, month, day := t.Date()
	hour, min, sec := t.Clock()
	return Date(year+years, month+Month(months), day+days, hour, min, sec, int(t.nsec), t.Location())
}

func (t Time) UTC() Time {
	t.setLoc(UTC)
	return t
}

func (t Time) Local() Time {
	t.setLoc(Local)
	return t
}

// In is t shown at loc.
func (t Time) In(loc *Location) Time {
	if loc == nil {
		panic("time: missing Location in call to Time.In")
	}
	t.setLoc(loc)
	return t
}

func (t Time) Location() *Location {
	if t.loc == nil {
		return UTC
	}
	return t.loc
}

// Zone is the abbreviation of t's time zone and its offset in seconds east of UTC.
func (t Time) Zone() (name string, offset int) {
	z := t.Location().lookup(t.sec - unixEpoch)
	return z.name, z.offset
}

// ZoneBounds is when the time zone in effect at t begins and ends; zero if it does not.
func (t Time) ZoneBounds() (start, end Time) {
	z := t.Location().lookup(t.sec - unixEpoch)
	if z.start != alpha {
		start = Unix(z.start, 0)
		start.setLoc(t.loc)
	}
	if z.end != omega {
		end = Unix(z.end, 0)
		end.setLoc(t.loc)
	}
	return start, end
}

// IsDST reports whether daylight saving time is in effect at t.
func (t Time) IsDST() bool { return t.Location().lookup(t.sec - unixEpoch).isDST }

func (t Time) Unix() int64      { return t.sec - unixEpoch }
func (t Time) UnixMilli() int64 { return t.Unix()*1e3 + int64(t.nsec)/1e6 }
func (t Time) UnixMicro() int64 { return t.Unix()*1e6 + int64(t.nsec)/1e3 }
func (t Time) UnixNano() int64  { return t.Unix()*1e9 + int64(t.nsec) }

// past is how far t is past a multiple of d, counted from the zero time.
func (t Time) past(d Duration) Duration {
	sec, nsec := t.sec, int64(t.nsec)
	negative := sec < 0
	if negative {
		sec, nsec = -sec, -nsec
		if nsec < 0 {
			nsec += 1e9
			sec--
		}
	}
	hi, lo := bits.Mul64(uint64(sec), 1e9)
	lo, carry := bits.Add64(lo, uint64(nsec), 0)
	r := Duration(bits.Rem64(hi+carry, lo, uint64(d)))
	if negative && r != 0 {
		r = d - r
	}
	return r
}

// Truncate rounds t down to a multiple of d since the zero time.
func (t Time) Truncate(d Duration) Time {
	t.mono = 0
	if d <= 0 {
		return t
	}
	return t.Add(-t.past(d))
}

// Round rounds t to the nearest multiple of d since the zero time, half up.
func (t Time) Round(d Duration) Time {
	t.mono = 0
	if d <= 0 {
		return t
	}
	r := t.past(d)
	if uint64(r)+uint64(r) < uint64(d) {
		return t.Add(-r)
	}
	return t.Add(d - r)
}

// Versions of the binary form; the second has an offset with seconds.
const (
	binaryV1 = 1
	binaryV2 = 2
)

// AppendBinary appends the binary form: version, seconds, nanoseconds, offset in minutes (-1 for UTC).
func (t Time) AppendBinary(b []byte) ([]byte, error) {
	version := byte(binaryV1)
	minutes, seconds := -1, 0
	if t.loc != nil {
		_, offset := t.Zone()
		minutes, seconds = offset/60, offset%60
		if seconds != 0 {
			version = binaryV2
		}
		if minutes < -1<<15 || minutes == -1 || minutes > 1<<15-1 {
			return b, errors.New("Time.MarshalBinary: unexpected zone offset")
		}
	}
	b = append(b, version)
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(t.sec>>uint(shift)))
	}
	for shift := 24; shift >= 0; shift -= 8 {
		b = append(b, byte(t.nsec>>uint(shift)))
	}
	b = append(b, byte(minutes>>8), byte(minutes))
	if version == binaryV2 {
		b = append(b, byte(seconds))
	}
	return b, nil
}

func (t Time) MarshalBinary() ([]byte, error) {
	b, err := t.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (t *Time) UnmarshalBinary(data []byte) error {
	if len(data) == 0 {
		return errors.New("Time.UnmarshalBinary: no data")
	}
	version := data[0]
	if version != binaryV1 && version != binaryV2 {
		return errors.New("Time.UnmarshalBinary: unsupported version")
	}
	want := 15
	if version == binaryV2 {
		want++
	}
	if len(data) != want {
		return errors.New("Time.UnmarshalBinary: invalid length")
	}
	*t = Time{}
	for _, b := range data[1:9] {
		t.sec = t.sec<<8 | int64(b)
	}
	for _, b := range data[9:13] {
		t.nsec = t.nsec<<8 | int32(b)
	}
	offset := int(int16(data[13])<<8|int16(data[14])) * 60
	if version == binaryV2 {
		offset += int(int8(data[15]))
	}
	if offset == -60 {
		t.setLoc(UTC)
	} else if z := Local.lookup(t.sec - unixEpoch); z.offset == offset {
		t.setLoc(Local)
	} else {
		t.setLoc(FixedZone("", offset))
	}
	return nil
}

func (t Time) GobEncode() ([]byte, error)       { return t.MarshalBinary() }
func (t *Time) GobDecode(data []byte) error     { return t.UnmarshalBinary(data) }
func (t Time) MarshalText() ([]byte, error)     { return t.appendStrict(nil, "Time.MarshalText: ") }
func (t *Time) UnmarshalText(data []byte) error { return t.parse(string(data)) }

// AppendText appends t in RFC 3339 form.
func (t Time) AppendText(b []byte) ([]byte, error) { return t.appendStrict(b, "Time.AppendText: ") }

func (t Time) MarshalJSON() ([]byte, error) {
	b, err := t.appendStrict([]byte{'"'}, "Time.MarshalJSON: ")
	if err != nil {
		return nil, err
	}
	return append(b, '"'), nil
}

func (t *Time) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return errors.New("Time.UnmarshalJSON: input is not a JSON string")
	}
	return t.parse(string(data[1 : len(data)-1]))
}

// appendStrict appends t as RFC 3339 allows it: a year of four digits, an offset below a day.
func (t Time) appendStrict(b []byte, prefix string) ([]byte, error) {
	n := len(b)
	b = t.AppendFormat(b, RFC3339Nano)
	if b[n+4] != '-' {
		return nil, errors.New(prefix + "year outside of range [0,9999]")
	}
	if b[len(b)-1] != 'Z' {
		if hour := 10*(b[len(b)-5]-'0') + b[len(b)-4] - '0'; hour >= 24 {
			return nil, errors.New(prefix + "timezone hour outside of range [0,23]")
		}
	}
	return b, nil
}

func (t *Time) parse(s string) error {
	parsed, err := Parse(RFC3339, s)
	*t = parsed
	return err
}
