package syscall

// A Timeval is a time in seconds and microseconds.
type Timeval struct {
	Sec  int64
	Usec int64
}

// Unix is the time in seconds and nanoseconds.
func (ts *Timespec) Unix() (sec int64, nsec int64) { return ts.Sec, ts.Nsec }

// Nano is the time in nanoseconds.
func (ts *Timespec) Nano() int64 { return ts.Sec*1e9 + ts.Nsec }

func (tv *Timeval) Unix() (sec int64, nsec int64) { return tv.Sec, tv.Usec * 1000 }

func (tv *Timeval) Nano() int64 { return tv.Sec*1e9 + tv.Usec*1000 }

// split divides rounding down, so that the rest is not negative.
func split(n, unit int64) (quotient, rest int64) {
	quotient, rest = n/unit, n%unit
	if rest < 0 {
		return quotient - 1, rest + unit
	}
	return quotient, rest
}

// NsecToTimespec makes a Timespec of nanoseconds.
func NsecToTimespec(nsec int64) Timespec {
	sec, rest := split(nsec, 1e9)
	return Timespec{sec, rest}
}

// NsecToTimeval makes a Timeval of nanoseconds, rounded up to microseconds.
func NsecToTimeval(nsec int64) Timeval {
	sec, rest := split(nsec+999, 1e9)
	return Timeval{sec, rest / 1000}
}

func TimespecToNsec(ts Timespec) int64 { return ts.Nano() }
func TimevalToNsec(tv Timeval) int64   { return tv.Nano() }
