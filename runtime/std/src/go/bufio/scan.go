package bufio

import (
	"bytes"
	"errors"
	"internal/ucd"
	"io"
	"unicode/utf8"
)

// MaxScanTokenSize is the size of the largest token, unless Scanner.Buffer sets another.
const MaxScanTokenSize = 64 * 1024

var (
	ErrTooLong         = errors.New("bufio.Scanner: token too long")
	ErrNegativeAdvance = errors.New("bufio.Scanner: SplitFunc returns negative advance count")
	ErrAdvanceTooFar   = errors.New("bufio.Scanner: SplitFunc returns advance count beyond input")
	ErrBadReadCount    = errors.New("bufio.Scanner: Read returned impossible count")

	// ErrFinalToken from a SplitFunc ends the scan without an error, after its token if that is not nil.
	ErrFinalToken = errors.New("final token")
)

// A SplitFunc finds a token at the start of data: how far to advance, the token (nil: none yet), an error.
type SplitFunc func(data []byte, atEOF bool) (advance int, token []byte, err error)

// A Scanner reads tokens, lines if Split does not set another kind.
type Scanner struct {
	r          io.Reader
	split      SplitFunc
	maxToken   int
	token      []byte
	buf        []byte
	start, end int
	err        error
	// Tokens without progress, one after another.
	empties      int
	called, done bool
}

func NewScanner(r io.Reader) *Scanner {
	return &Scanner{r: r, split: ScanLines, maxToken: MaxScanTokenSize}
}

// Err is the first error other than io.EOF.
func (s *Scanner) Err() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

func (s *Scanner) Bytes() []byte { return s.token }
func (s *Scanner) Text() string  { return string(s.token) }

// Buffer sets the first buffer and the size of the largest token.
func (s *Scanner) Buffer(buf []byte, max int) {
	if s.called {
		panic("Buffer called after Scan")
	}
	s.buf = buf[:cap(buf)]
	s.maxToken = max
}

// Split sets what a token is.
func (s *Scanner) Split(split SplitFunc) {
	if s.called {
		panic("Split called after Scan")
	}
	s.split = split
}

func (s *Scanner) fail(err error) bool {
	if s.err == nil || s.err == io.EOF {
		s.err = err
	}
	s.token = nil
	return false
}

// next asks for a token in what is buffered; found is false if there must be more input.
func (s *Scanner) next() (found, ok bool) {
	advance, token, err := s.split(s.buf[s.start:s.end], s.err != nil)
	if err == ErrFinalToken {
		s.token = token
		s.done = true
		return true, token != nil
	}
	if err != nil {
		return true, s.fail(err)
	}
	if advance < 0 {
		return true, s.fail(ErrNegativeAdvance)
	}
	if advance > s.end-s.start {
		return true, s.fail(ErrAdvanceTooFar)
	}
	s.start += advance
	s.token = token
	if token == nil {
		return false, false
	}
	if s.err == nil || advance > 0 {
		s.empties = 0
	} else if s.empties++; s.empties > maxEmptyReads {
		panic("bufio.Scan: too many empty tokens without progressing")
	}
	return true, true
}

// Scan moves to the next token; false at the end or after an error.
func (s *Scanner) Scan() bool {
	if s.done {
		return false
	}
	s.called = true
	for {
		if s.end > s.start || s.err != nil {
			if found, ok := s.next(); found {
				return ok
			}
		}
		if s.err != nil {
			s.start, s.end = 0, 0
			return false
		}
		if s.start > 0 && (s.end == len(s.buf) || s.start > len(s.buf)/2) {
			copy(s.buf, s.buf[s.start:s.end])
			s.end -= s.start
			s.start = 0
		}
		if s.end == len(s.buf) {
			if len(s.buf) >= s.maxToken || len(s.buf) > int(^uint(0)>>1)/2 {
				return s.fail(ErrTooLong)
			}
			size := len(s.buf) * 2
			if size == 0 {
				size = 4096
			}
			grown := make([]byte, min(size, s.maxToken))
			copy(grown, s.buf[s.start:s.end])
			s.buf = grown
			s.end -= s.start
			s.start = 0
		}
		for tries := 0; ; {
			n, err := s.r.Read(s.buf[s.end:])
			if n < 0 || n > len(s.buf)-s.end {
				s.fail(ErrBadReadCount)
				break
			}
			s.end += n
			if err != nil {
				if s.err == nil || s.err == io.EOF {
					s.err = err
				}
				break
			}
			if n > 0 {
				s.empties = 0
				break
			}
			if tries++; tries > maxEmptyReads {
				s.fail(io.ErrNoProgress)
				break
			}
		}
	}
}

// ScanBytes makes each byte a token.
func ScanBytes(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	return 1, data[:1], nil
}

// ScanRunes makes each rune a token; an invalid byte becomes U+FFFD.
func ScanRunes(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	_, size := utf8.DecodeRune(data)
	if size > 1 || data[0] < utf8.RuneSelf {
		return size, data[:size], nil
	}
	if !atEOF && !utf8.FullRune(data) {
		return 0, nil, nil
	}
	return 1, []byte(string(utf8.RuneError)), nil
}

// ScanLines makes each line a token, without its end.
func ScanLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexByte(data, '\n')
	switch {
	case i >= 0:
		advance, token = i+1, data[:i]
	case atEOF && len(data) > 0:
		advance, token = len(data), data
	default:
		return 0, nil, nil
	}
	if n := len(token); n > 0 && token[n-1] == '\r' {
		token = token[:n-1]
	}
	return advance, token, nil
}

// ScanWords makes each word between white space a token.
func ScanWords(data []byte, atEOF bool) (advance int, token []byte, err error) {
	start := 0
	for start < len(data) {
		r, size := utf8.DecodeRune(data[start:])
		if !ucd.IsSpace(r) {
			break
		}
		start += size
	}
	for i := start; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if ucd.IsSpace(r) {
			return i + size, data[start:i], nil
		}
		i += size
	}
	if atEOF && len(data) > start {
		return len(data), data[start:], nil
	}
	return start, nil, nil
}
