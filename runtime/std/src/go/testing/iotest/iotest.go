// Package iotest has readers and writers for tests of code that reads and writes.
package iotest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
)

// ErrTimeout is what TimeoutReader returns.
var ErrTimeout = errors.New("timeout")

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

type writeFunc func(p []byte) (int, error)

func (f writeFunc) Write(p []byte) (int, error) { return f(p) }

// OneByteReader reads at most one byte at a time.
func OneByteReader(r io.Reader) io.Reader {
	return readFunc(func(p []byte) (int, error) { return r.Read(p[:min(len(p), 1)]) })
}

// HalfReader reads half of what is asked for.
func HalfReader(r io.Reader) io.Reader {
	return readFunc(func(p []byte) (int, error) { return r.Read(p[:(len(p)+1)/2]) })
}

// DataErrReader returns the final error with the last data instead of after it.
func DataErrReader(r io.Reader) io.Reader {
	var unread []byte
	buffer := make([]byte, 1024)
	var last error
	return readFunc(func(p []byte) (n int, err error) {
		// What was read before decides whether more has to be read: only then is the error known.
		for {
			if len(unread) == 0 {
				n1, err1 := r.Read(buffer)
				unread, last = buffer[:n1], err1
			}
			if n > 0 || last != nil {
				return n, last
			}
			n = copy(p, unread)
			unread = unread[n:]
		}
	})
}

// TimeoutReader fails on the second read, which gives no data.
func TimeoutReader(r io.Reader) io.Reader {
	count := 0
	return readFunc(func(p []byte) (int, error) {
		if count++; count == 2 {
			return 0, ErrTimeout
		}
		return r.Read(p)
	})
}

// ErrReader returns err from every read.
func ErrReader(err error) io.Reader {
	return readFunc(func([]byte) (int, error) { return 0, err })
}

// TruncateWriter drops what comes after n bytes.
func TruncateWriter(w io.Writer, n int64) io.Writer {
	return writeFunc(func(p []byte) (int, error) {
		if n <= 0 {
			return len(p), nil
		}
		part := p[:min(int64(len(p)), n)]
		written, err := w.Write(part)
		n -= int64(written)
		if err == nil {
			written = len(p)
		}
		return written, err
	})
}

// NewReadLogger logs each read.
func NewReadLogger(prefix string, r io.Reader) io.Reader {
	return readFunc(func(p []byte) (int, error) {
		n, err := r.Read(p)
		logged(prefix, p[:n], err)
		return n, err
	})
}

// NewWriteLogger logs each write.
func NewWriteLogger(prefix string, w io.Writer) io.Writer {
	return writeFunc(func(p []byte) (int, error) {
		n, err := w.Write(p)
		logged(prefix, p[:n], err)
		return n, err
	})
}

func logged(prefix string, p []byte, err error) {
	if err != nil {
		log.Printf("%s %x: %v", prefix, p, err)
	} else {
		log.Printf("%s %x", prefix, p)
	}
}

// TestReader checks that reading r in several ways gives content, and, if it can, that seeking and reading at offsets work.
func TestReader(r io.Reader, content []byte) error {
	if len(content) > 0 {
		if n, err := r.Read(nil); n != 0 || err != nil {
			return fmt.Errorf("Read(0) = %d, %v, want 0, nil", n, err)
		}
	}
	data, err := io.ReadAll(struct{ io.Reader }{smallReads{new(int), r}})
	if err != nil {
		return err
	}
	if !bytes.Equal(data, content) {
		return fmt.Errorf("ReadAll(small amounts) = %q\n\twant %q", data, content)
	}
	if n, err := r.Read(make([]byte, 10)); n != 0 || err != io.EOF {
		return fmt.Errorf("Read(10) at EOF = %v, %v, want 0, EOF", n, err)
	}
	if s, ok := r.(io.ReadSeeker); ok {
		if err := testSeeker(s, content); err != nil {
			return err
		}
	}
	if at, ok := r.(io.ReaderAt); ok {
		return testReaderAt(at, content)
	}
	return nil
}

func testSeeker(r io.ReadSeeker, content []byte) error {
	size := int64(len(content))
	seek := func(what string, offset int64, whence int, want int64) error {
		off, err := r.Seek(offset, whence)
		if off != want || err != nil {
			return fmt.Errorf("%s = %d, %v, want %d, nil", what, off, err, want)
		}
		return nil
	}
	read := func(what string, want []byte) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return fmt.Errorf("ReadAll %s: %v", what, err)
		}
		if !bytes.Equal(data, want) {
			return fmt.Errorf("ReadAll %s = %q\n\twant %q", what, data, want)
		}
		return nil
	}
	middle := size / 2
	steps := []func() error{
		func() error { return seek("Seek(0, 1) at EOF", 0, io.SeekCurrent, size) },
		func() error { return seek("Seek(-middle, 1) at EOF", -(size - middle), io.SeekCurrent, middle) },
		func() error { return read("after Seek from the current offset", content[middle:]) },
		func() error { return seek("Seek(0, 0)", 0, io.SeekStart, 0) },
		func() error { return read("after Seek to the start", content) },
		func() error { return seek("Seek(middle, 2)", -(size - middle), io.SeekEnd, middle) },
		func() error { return read("after Seek from the end", content[middle:]) },
		func() error { return seek("Seek(0, 2)", 0, io.SeekEnd, size) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		return errors.New("Seek(-1, 0) succeeded, want error")
	}
	if off, err := r.Seek(0, io.SeekCurrent); off != size || err != nil {
		return fmt.Errorf("Seek(0, 1) after a failed Seek = %d, %v, want %d, nil", off, err, size)
	}
	return nil
}

func testReaderAt(r io.ReaderAt, content []byte) error {
	data := make([]byte, len(content), len(content)+1)
	for i := range data {
		data[i] = 0xfe
	}
	n, err := r.ReadAt(data, 0)
	if n != len(data) || err != nil && err != io.EOF {
		return fmt.Errorf("ReadAt(%d, 0) = %v, %v, want %d, nil or EOF", len(data), n, err, len(data))
	}
	if !bytes.Equal(data, content) {
		return fmt.Errorf("ReadAt(%d, 0) = %q\n\twant %q", len(data), data, content)
	}
	if n, err = r.ReadAt(data[:1], int64(len(data))); n != 0 || err != io.EOF {
		return fmt.Errorf("ReadAt(1, %d) = %v, %v, want 0, EOF", len(data), n, err)
	}
	n, err = r.ReadAt(data[:cap(data)], 0)
	if n != len(content) || err != io.EOF {
		return fmt.Errorf("ReadAt(%d, 0) = %v, %v, want %d, EOF", cap(data), n, err, len(content))
	}
	for i := range content {
		end := min(i+2, len(content))
		part := data[i:end]
		clear(part)
		n, err := r.ReadAt(part, int64(i))
		if n != len(part) || err != nil && (err != io.EOF || end != len(content)) {
			return fmt.Errorf("ReadAt(%d, %d) = %v, %v, want %d", len(part), i, n, err, len(part))
		}
		if !bytes.Equal(part, content[i:end]) {
			return fmt.Errorf("ReadAt(%d, %d) = %q, want %q", len(part), i, part, content[i:end])
		}
	}
	if n, err := r.ReadAt(make([]byte, 1), -1); err == nil {
		return fmt.Errorf("ReadAt(1, -1) = %v, nil, want error", n)
	}
	return nil
}

// smallReads reads 1, 2, 3, 1, ... bytes at a time.
type smallReads struct {
	step *int
	r    io.Reader
}

func (s smallReads) Read(p []byte) (int, error) {
	*s.step = *s.step%3 + 1
	n := min(*s.step, len(p))
	got, err := s.r.Read(p[:n])
	if n > 0 && got == 0 && err == nil {
		return got, errors.New("Read of a non-empty buffer = 0, nil")
	}
	if got > n {
		return got, fmt.Errorf("Read(%d) = %d", n, got)
	}
	return got, err
}
