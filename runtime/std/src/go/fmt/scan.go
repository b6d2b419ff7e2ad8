package fmt

import (
	"errors"
	"internal/stdio"
	"internal/ucd"
	"io"
	"sync"
	"unicode/utf8"
)

// ScanState is what a Scanner gets.
type ScanState interface {
	ReadRune() (r rune, size int, err error)
	UnreadRune() error
	SkipSpace()
	Token(skipSpace bool, f func(rune) bool) (token []byte, err error)
	Width() (wid int, ok bool)
	Read(buf []byte) (n int, err error)
}

// A Scanner scans itself.
type Scanner interface {
	Scan(state ScanState, verb rune) error
}

func Scan(a ...any) (n int, err error)   { return Fscan(stdio.In, a...) }
func Scanln(a ...any) (n int, err error) { return Fscanln(stdio.In, a...) }

func Scanf(format string, a ...any) (n int, err error) { return Fscanf(stdio.In, format, a...) }

// text reads a string.
type text string

func (t *text) Read(b []byte) (n int, err error) {
	n = copy(b, *t)
	*t = (*t)[n:]
	if n == 0 {
		err = io.EOF
	}
	return n, err
}

func Sscan(str string, a ...any) (n int, err error)   { return Fscan((*text)(&str), a...) }
func Sscanln(str string, a ...any) (n int, err error) { return Fscanln((*text)(&str), a...) }

func Sscanf(str string, format string, a ...any) (n int, err error) {
	return Fscanf((*text)(&str), format, a...)
}

func Fscan(r io.Reader, a ...any) (n int, err error) {
	s := newScan(r)
	s.newlineIsSpace = true
	n, err = s.scan(a)
	s.free()
	return n, err
}

func Fscanln(r io.Reader, a ...any) (n int, err error) {
	s := newScan(r)
	s.newlineEnds = true
	n, err = s.scan(a)
	s.free()
	return n, err
}

func Fscanf(r io.Reader, format string, a ...any) (n int, err error) {
	s := newScan(r)
	n, err = s.scanf(format, a)
	s.free()
	return n, err
}

const (
	eof       = -1
	unlimited = 1 << 30
)

// runeReader reads runes from any reader, a byte at a time so that nothing is read that is not needed.
type runeReader struct {
	r       io.Reader
	pending [utf8.UTFMax]byte
	n       int
	last    rune
	size    int
	unread  bool
}

func (r *runeReader) ReadRune() (c rune, size int, err error) {
	if r.unread {
		r.unread = false
		return r.last, r.size, nil
	}
	for r.n == 0 || r.n < utf8.UTFMax && !utf8.FullRune(r.pending[:r.n]) {
		n, err := r.r.Read(r.pending[r.n : r.n+1])
		r.n += n
		if n == 0 && err != nil {
			if err == io.EOF && r.n > 0 {
				break
			}
			return 0, 0, err
		}
	}
	r.last, r.size = utf8.DecodeRune(r.pending[:r.n])
	copy(r.pending[:], r.pending[r.size:r.n])
	r.n -= r.size
	return r.last, r.size, nil
}

func (r *runeReader) UnreadRune() error {
	r.unread = true
	return nil
}

// scanState is the state of one call.
type scanState struct {
	rs io.RuneScanner
	// What rs is if the reader can not read runes itself.
	runes runeReader
	buf   []byte
	count int
	atEOF bool
	// Scan, and Scanln.
	newlineIsSpace, newlineEnds bool
	// The count of runes at which the operand ends, and its width.
	limit, width int
}

// scanError carries an error to the call's end.
type scanError struct {
	err error
}

var scans = sync.Pool{New: func() any { return new(scanState) }}

// maxScanBuffer is the largest buffer that is kept for later calls.
const maxScanBuffer = 1024

func newScan(r io.Reader) *scanState {
	s := scans.Get().(*scanState)
	s.limit, s.width = unlimited, unlimited
	if rs, ok := r.(io.RuneScanner); ok {
		s.rs = rs
	} else {
		s.runes.r = r
		s.rs = &s.runes
	}
	return s
}

// free gives the state back once the call is over.
func (s *scanState) free() {
	buf := s.buf[:0]
	if cap(buf) > maxScanBuffer {
		buf = nil
	}
	*s = scanState{buf: buf}
	scans.Put(s)
}

func (s *scanState) fail(err error)       { panic(scanError{err}) }
func (s *scanState) failText(text string) { s.fail(errors.New(text)) }

// catch turns a panic of fail into the call's error.
func catch(err *error) {
	switch e := recover().(type) {
	case nil:
	case scanError:
		*err = e.err
	default:
		if e == io.EOF {
			*err = io.EOF
			return
		}
		panic(e)
	}
}

func (s *scanState) Read(buf []byte) (n int, err error) {
	return 0, errors.New("ScanState's Read should not be called. Use ReadRune")
}

func (s *scanState) ReadRune() (r rune, size int, err error) {
	if s.atEOF || s.count >= s.limit {
		return 0, 0, io.EOF
	}
	r, size, err = s.rs.ReadRune()
	if err == nil {
		s.count++
		// What follows is not this call's to read.
		s.atEOF = s.newlineEnds && r == '\n'
	} else if err == io.EOF {
		s.atEOF = true
	}
	return r, size, err
}

func (s *scanState) UnreadRune() error {
	s.rs.UnreadRune()
	s.atEOF = false
	s.count--
	return nil
}

func (s *scanState) Width() (wid int, ok bool) {
	if s.width == unlimited {
		return 0, false
	}
	return s.width, true
}

// next is the next rune, eof at the end.
func (s *scanState) next() rune {
	r, _, err := s.ReadRune()
	if err != nil {
		if err == io.EOF {
			return eof
		}
		s.fail(err)
	}
	return r
}

func (s *scanState) mustNext() rune {
	r := s.next()
	if r == eof {
		s.fail(io.ErrUnexpectedEOF)
	}
	return r
}

func (s *scanState) notEOF() {
	if s.next() == eof {
		panic(io.EOF)
	}
	s.UnreadRune()
}

func has(set string, r rune) bool {
	for _, c := range set {
		if c == r {
			return true
		}
	}
	return false
}

func (s *scanState) peek(set string) bool {
	r := s.next()
	if r != eof {
		s.UnreadRune()
	}
	return r != eof && has(set, r)
}

// accept takes the next rune into the buffer if it is of a set.
func (s *scanState) accept(set string) bool {
	r := s.next()
	if r == eof {
		return false
	}
	if has(set, r) {
		s.buf = utf8.AppendRune(s.buf, r)
		return true
	}
	s.UnreadRune()
	return false
}

func (s *scanState) acceptAll(set string) {
	for s.accept(set) {
	}
}

func (s *scanState) SkipSpace() {
	for {
		r := s.next()
		if r == eof {
			return
		}
		if r == '\r' && s.peek("\n") {
			continue
		}
		if r == '\n' {
			if s.newlineIsSpace {
				continue
			}
			s.failText("unexpected newline")
		}
		if !ucd.IsSpace(r) {
			s.UnreadRune()
			return
		}
	}
}

func notSpace(r rune) bool { return !ucd.IsSpace(r) }

func (s *scanState) Token(skipSpace bool, f func(rune) bool) (token []byte, err error) {
	defer catch(&err)
	if f == nil {
		f = notSpace
	}
	s.buf = s.buf[:0]
	return s.token(skipSpace, f), nil
}

func (s *scanState) token(skipSpace bool, f func(rune) bool) []byte {
	if skipSpace {
		s.SkipSpace()
	}
	for {
		r := s.next()
		if r == eof {
			break
		}
		if !f(r) {
			s.UnreadRune()
			break
		}
		s.buf = utf8.AppendRune(s.buf, r)
	}
	return s.buf
}

func (s *scanState) scan(a []any) (n int, err error) {
	defer catch(&err)
	for _, arg := range a {
		s.operand('v', arg)
		n++
	}
	if s.newlineEnds {
		for {
			r := s.next()
			if r == '\n' || r == eof {
				break
			}
			if !ucd.IsSpace(r) {
				s.failText("expected newline")
			}
		}
	}
	return n, nil
}

func (s *scanState) scanf(format string, a []any) (n int, err error) {
	defer catch(&err)
	for i := 0; i < len(format); {
		w := s.literal(format[i:])
		if w > 0 {
			i += w
			continue
		}
		if format[i] != '%' {
			if w < 0 {
				s.failText("input does not match format")
			}
			// The input is at its end.
			break
		}
		i++
		var present bool
		s.width, present, i = number(format, i, len(format))
		if !present {
			s.width = unlimited
		}
		verb, size := utf8.DecodeRuneInString(format[i:])
		i += size
		if verb != 'c' {
			s.SkipSpace()
		}
		if verb == '%' {
			s.SkipSpace()
			s.notEOF()
			if !s.accept("%") {
				s.failText("missing literal %")
			}
			continue
		}
		if s.width != unlimited {
			s.limit = s.count + s.width
		}
		if n >= len(a) {
			s.failText("too few operands for format '%" + format[i-size:] + "'")
		}
		s.operand(verb, a[n])
		n++
		s.limit = unlimited
	}
	if n < len(a) {
		s.failText("too many operands")
	}
	return n, nil
}

// literal matches what stands before the next verb, and returns how much of the format it took; negative if the input differs.
func (s *scanState) literal(format string) (i int) {
	for i < len(format) {
		c, w := utf8.DecodeRuneInString(format[i:])
		if ucd.IsSpace(c) {
			newlines, trailing := 0, false
			for ucd.IsSpace(c) && i < len(format) {
				if c == '\n' {
					newlines++
					trailing = false
				} else {
					trailing = true
				}
				i += w
				c, w = utf8.DecodeRuneInString(format[i:])
			}
			s.spaces(newlines, trailing)
			continue
		}
		if c == '%' {
			if i+w == len(format) {
				s.failText("missing verb: % at end of format string")
			}
			if next, _ := utf8.DecodeRuneInString(format[i+w:]); next != '%' {
				return i
			}
			i += w
		}
		if r := s.mustNext(); r != c {
			s.UnreadRune()
			return -1
		}
		i += w
	}
	return i
}

// spaces matches a run of spaces in a format: so many newlines, and whether spaces follow the last.
func (s *scanState) spaces(newlines int, trailing bool) {
	blank := func(r rune) bool { return ucd.IsSpace(r) && r != '\n' }
	for range newlines {
		r := s.next()
		for blank(r) {
			r = s.next()
		}
		if r != '\n' && r != eof {
			s.failText("newline in format does not match input")
		}
	}
	if !trailing {
		return
	}
	r := s.next()
	if newlines == 0 {
		if !ucd.IsSpace(r) && r != eof {
			s.failText("expected space in input to match format")
		}
		if r == '\n' {
			s.failText("newline in input does not match format")
		}
	}
	for blank(r) {
		r = s.next()
	}
	if r != eof {
		s.UnreadRune()
	}
}
