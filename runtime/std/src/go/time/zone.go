package time

import (
	"errors"
	"sync"
	"unsafe"
)

// A Location maps instants to the time zone in use there.
type Location struct {
	name        string
	zones       []zone
	transitions []transition
	// A rule in POSIX form for what follows the last transition.
	rule string
}

type zone struct {
	name   string
	offset int
	isDST  bool
}

// transition says that a zone is in effect from an instant on.
type transition struct {
	when int64
	zone uint8
}

// validZone is a zone with the span of time in which it is in effect.
type validZone struct {
	zone
	start, end int64
}

// The ends of time.
const (
	alpha = -1 << 63
	omega = 1<<63 - 1
)

var (
	utcLocation   Location = Location{name: "UTC"}
	localLocation Location
	localOnce     sync.Once

	// UTC is Universal Coordinated Time.
	UTC *Location = &utcLocation
	// Local is the system's time zone.
	Local *Location = &localLocation
)

func (l *Location) get() *Location {
	if l == nil {
		return &utcLocation
	}
	if l == &localLocation {
		localOnce.Do(loadLocal)
	}
	return l
}

func (l *Location) String() string { return l.get().name }

// FixedZone is a location that always uses one abbreviation and offset.
func FixedZone(name string, offset int) *Location {
	return &Location{name: name, zones: []zone{{name, offset, false}}}
}

// lookup is the zone in effect at a Unix time.
func (l *Location) lookup(sec int64) validZone {
	l = l.get()
	if len(l.zones) == 0 {
		return validZone{zone{name: "UTC"}, alpha, omega}
	}
	tx := l.transitions
	if len(tx) == 0 || sec < tx[0].when {
		z := validZone{l.zones[l.first()], alpha, omega}
		if len(tx) > 0 {
			z.end = tx[0].when
		} else if l.rule != "" {
			if by, ok := byRule(l.rule, alpha, sec); ok {
				return by
			}
		}
		return z
	}
	lo, hi := 0, len(tx)
	end := int64(omega)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) / 2); sec < tx[mid].when {
			end = tx[mid].when
			hi = mid
		} else {
			lo = mid
		}
	}
	if lo == len(tx)-1 && l.rule != "" {
		if z, ok := byRule(l.rule, tx[lo].when, sec); ok {
			return z
		}
	}
	return validZone{l.zones[tx[lo].zone], tx[lo].when, end}
}

// first is the zone in effect before the first transition: one that no transition leads to, else a standard one.
func (l *Location) first() int {
	used := false
	for _, t := range l.transitions {
		used = used || t.zone == 0
	}
	if !used {
		return 0
	}
	if len(l.transitions) > 0 && l.zones[l.transitions[0].zone].isDST {
		for i := int(l.transitions[0].zone) - 1; i >= 0; i-- {
			if !l.zones[i].isDST {
				return i
			}
		}
	}
	for i := range l.zones {
		if !l.zones[i].isDST {
			return i
		}
	}
	return 0
}

// lookupName is the offset of a zone by its abbreviation, preferably one in effect at a local time.
func (l *Location) lookupName(name string, unix int64) (offset int, ok bool) {
	l = l.get()
	for i := range l.zones {
		z := &l.zones[i]
		if z.name == name {
			if at := l.lookup(unix - int64(z.offset)); at.name == z.name {
				return at.offset, true
			}
		}
	}
	for i := range l.zones {
		if l.zones[i].name == name {
			return l.zones[i].offset, true
		}
	}
	return 0, false
}

// posix reads the parts of a POSIX time zone rule.
type posix struct {
	s  string
	ok bool
}

func (p *posix) accept(c byte) bool {
	if p.s != "" && p.s[0] == c {
		p.s = p.s[1:]
		return true
	}
	return false
}

func (p *posix) number(low, high int) int {
	n, i := 0, 0
	for ; digitAt(p.s, i) && n <= high; i++ {
		n = n*10 + int(p.s[i]-'0')
	}
	p.s = p.s[i:]
	if i == 0 || n < low || n > high {
		p.ok = false
	}
	return n
}

func (p *posix) name() string {
	s := p.s
	i := 0
	if p.accept('<') {
		for i = 1; i < len(s); i++ {
			if s[i] == '>' {
				p.s = s[i+1:]
				return s[1:i]
			}
		}
		p.ok = false
		return ""
	}
	for i < len(s) && s[i] != ',' && s[i] != '-' && s[i] != '+' && !isDigit(s[i]) {
		i++
	}
	p.s = s[i:]
	if i < 3 {
		p.ok = false
	}
	return s[:i]
}

// offset reads hours, minutes and seconds.
func (p *posix) offset() int {
	negative := p.accept('-')
	if !negative {
		p.accept('+')
	}
	n := p.number(0, 24*7) * 3600
	if p.accept(':') {
		n += p.number(0, 59) * 60
		if p.accept(':') {
			n += p.number(0, 59)
		}
	}
	if negative {
		return -n
	}
	return n
}

// change reads a day and time of the change to or from daylight saving time: its second in the year that begins with a day.
func (p *posix) change(year int, newYear int64) int {
	var day int
	switch {
	case p.accept('M'):
		month := p.number(1, 12)
		if !p.accept('.') {
			p.ok = false
		}
		week := p.number(1, 5)
		if !p.accept('.') {
			p.ok = false
		}
		weekday := p.number(0, 6)
		if !p.ok {
			return 0
		}
		first := daysTo(int64(year), Month(month))
		_, has := floorDiv(first+1, 7)
		in := (weekday-int(has)+7)%7 + 7*(week-1)
		if in >= daysIn(Month(month), year) {
			in -= 7
		}
		day = int(first-newYear) + in
	case p.accept('J'):
		// Days from 1 on, without February 29.
		day = p.number(1, 365) - 1
		if isLeap(year) && day >= 31+28 {
			day++
		}
	default:
		day = p.number(0, 365)
	}
	at := 2 * 3600
	if p.accept('/') {
		at = p.offset()
	}
	return day*secondsPerDay + at
}

// byRule is the zone in effect by a POSIX rule, since a last transition.
func byRule(rule string, last, sec int64) (z validZone, ok bool) {
	p := posix{rule, true}
	std := zone{name: p.name()}
	std.offset = -p.offset()
	if !p.ok {
		return validZone{}, false
	}
	if p.s == "" || p.s[0] == ',' {
		return validZone{std, last, omega}, true
	}
	dst := zone{name: p.name(), offset: std.offset + 3600, isDST: true}
	if p.s != "" && p.s[0] != ',' {
		dst.offset = -p.offset()
	}
	if p.s == "" {
		p.s = ",M3.2.0,M11.1.0"
	}
	days, _ := floorDiv(sec+unixEpoch, secondsPerDay)
	year, _, _ := civil(days)
	newYear := daysTo(year, January)
	if !p.accept(',') {
		return validZone{}, false
	}
	start := p.change(int(year), newYear) - std.offset
	if !p.accept(',') {
		return validZone{}, false
	}
	end := p.change(int(year), newYear) - dst.offset
	if !p.ok || p.s != "" {
		return validZone{}, false
	}
	if end < start {
		start, end = end, start
		std, dst = dst, std
	}
	// Away from the changes, the span is the year.
	base := newYear*secondsPerDay - unixEpoch
	switch second := int(sec - base); {
	case second < start:
		return validZone{std, base, base + int64(start)}, true
	case second >= end:
		return validZone{std, base + int64(end), base + 365*secondsPerDay}, true
	}
	return validZone{dst, base + int64(start), base + int64(end)}, true
}

var errBadData = errors.New("malformed time zone information")

func bigEndian(b []byte) (n int64) {
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	return n
}

// LoadLocationFromTZData reads a location in the format of the IANA time zone database.
func LoadLocationFromTZData(name string, data []byte) (*Location, error) {
	const header = 44
	version := byte(0)
	var counts [6]int
	width := 4
	size := func() int {
		return counts[3]*(width+1) + counts[4]*6 + counts[5] + counts[2]*(width+4) + counts[1] + counts[0]
	}
	for range 2 {
		if len(data) < header || string(data[:4]) != "TZif" {
			return nil, errBadData
		}
		version = data[4]
		for i := range counts {
			counts[i] = int(bigEndian(data[20+4*i:][:4]))
		}
		data = data[header:]
		if len(data) < size() {
			return nil, errBadData
		}
		if version == 0 || width == 8 {
			break
		}
		// The first part is for readers of version 1.
		data = data[size():]
		width = 8
	}
	rest := data[size():]
	take := func(n int) []byte {
		b := data[:n]
		data = data[n:]
		return b
	}
	times, indices := take(counts[3]*width), take(counts[3])
	types, names := take(counts[4]*6), take(counts[5])
	l := &Location{name: name}
	if width == 8 && len(rest) > 2 && rest[0] == '\n' && rest[len(rest)-1] == '\n' {
		l.rule = string(rest[1 : len(rest)-1])
	}
	for ; len(types) > 0; types = types[6:] {
		from := int(types[5])
		if from >= len(names) {
			return nil, errBadData
		}
		to := from
		for to < len(names) && names[to] != 0 {
			to++
		}
		l.zones = append(l.zones, zone{string(names[from:to]), int(int32(bigEndian(types[:4]))), types[4] != 0})
	}
	if len(l.zones) == 0 {
		return nil, errBadData
	}
	for i, index := range indices {
		if int(index) >= len(l.zones) {
			return nil, errBadData
		}
		when := bigEndian(times[i*width:][:width])
		if width == 4 {
			when = int64(int32(when))
		}
		l.transitions = append(l.transitions, transition{when, index})
	}
	return l, nil
}

//go:linkname osOpen escargo.os_open
func osOpen(path *byte, n int, flags, mode int) int

//go:linkname osRead escargo.os_read
func osRead(fd int, p *byte, n int) int

//go:linkname osClose escargo.os_close
func osClose(fd int) int

//go:linkname envc escargo.os_envc
func envc() int

//go:linkname envv escargo.os_envv
func envv(i int) string

// readFile is a file's content, nil if it cannot be read.
func readFile(path string) []byte {
	fd := osOpen(unsafe.StringData(path), len(path), 0, 0)
	if fd < 0 {
		return nil
	}
	var data []byte
	buf := make([]byte, 4096)
	for {
		n := osRead(fd, unsafe.SliceData(buf), len(buf))
		if n <= 0 {
			break
		}
		data = append(data, buf[:n]...)
	}
	osClose(fd)
	return data
}

func getenv(key string) (value string, ok bool) {
	for i := range envc() {
		if e := envv(i); len(e) > len(key) && e[len(key)] == '=' && e[:len(key)] == key {
			value, ok = e[len(key)+1:], true
		}
	}
	return value, ok
}

var zoneFolders = [...]string{"/usr/share/zoneinfo/", "/usr/share/lib/zoneinfo/", "/usr/lib/locale/TZ/", "/etc/zoneinfo/"}

func loadFile(path, name string) *Location {
	if data := readFile(path); data != nil {
		if l, err := LoadLocationFromTZData(name, data); err == nil {
			return l
		}
	}
	return nil
}

func loadNamed(name string) *Location {
	for _, folder := range zoneFolders {
		if l := loadFile(folder+name, name); l != nil {
			return l
		}
	}
	return nil
}

// loadLocal finds the system's time zone: by TZ, else /etc/localtime.
func loadLocal() {
	tz, set := getenv("TZ")
	if tz != "" && tz[0] == ':' {
		tz = tz[1:]
	}
	var l *Location
	switch {
	case !set:
		l = loadFile("/etc/localtime", "Local")
	case tz != "" && tz[0] == '/':
		name := tz
		if tz == "/etc/localtime" {
			name = "Local"
		}
		l = loadFile(tz, name)
	case tz != "" && tz != "UTC":
		l = loadNamed(tz)
	}
	if l == nil {
		l = &Location{name: "UTC"}
	}
	localLocation = *l
}

// LoadLocation is a location by its name in the IANA time zone database.
func LoadLocation(name string) (*Location, error) {
	switch name {
	case "", "UTC":
		return UTC, nil
	case "Local":
		return Local, nil
	}
	for i := range len(name) {
		if name[i] == '\\' || name[i] == '.' && i+1 < len(name) && name[i+1] == '.' {
			return nil, errors.New("time: invalid location name")
		}
	}
	if name[0] == '/' {
		return nil, errors.New("time: invalid location name")
	}
	if dir, _ := getenv("ZONEINFO"); dir != "" {
		if l := loadFile(dir+"/"+name, name); l != nil {
			return l, nil
		}
	}
	if l := loadNamed(name); l != nil {
		return l, nil
	}
	return nil, errors.New("unknown time zone " + name)
}
