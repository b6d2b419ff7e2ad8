package io

import (
	"errors"
	"sync"
)

// ErrClosedPipe is returned by operations on a pipe that has been closed.
var ErrClosedPipe = errors.New("io: read/write on closed pipe")

// pipe joins writers to readers without a buffer.
type pipe struct {
	writing           sync.Mutex // held while a write is under way
	data              chan []byte
	taken             chan int
	done              chan struct{}
	state             sync.Mutex // held while the errors or done change
	closed            bool
	readErr, writeErr error
}

// A PipeReader is the reading half of a pipe.
type PipeReader struct{ p pipe }

// A PipeWriter is the writing half of a pipe; it holds the reading one, so that both are one object.
type PipeWriter struct{ r PipeReader }

// Pipe makes a pipe: each write waits until readers have consumed it.
func Pipe() (*PipeReader, *PipeWriter) {
	w := &PipeWriter{PipeReader{pipe{
		data:  make(chan []byte),
		taken: make(chan int),
		done:  make(chan struct{}),
	}}}
	return &w.r, w
}

func (p *pipe) close(which *error, err error) {
	p.state.Lock()
	if *which == nil {
		*which = err
	}
	if !p.closed {
		p.closed = true
		close(p.done)
	}
	p.state.Unlock()
}

// errorFor is what the side with error `own` is told once the pipe is closed.
func (p *pipe) errorFor(own, other *error) error {
	p.state.Lock()
	err := ErrClosedPipe
	if *own == nil && *other != nil {
		err = *other
	}
	p.state.Unlock()
	return err
}

func (r *PipeReader) Read(b []byte) (n int, err error) {
	p := &r.p
	select {
	case <-p.done:
		return 0, p.errorFor(&p.readErr, &p.writeErr)
	default:
	}
	select {
	case data := <-p.data:
		n = copy(b, data)
		p.taken <- n
		return n, nil
	case <-p.done:
		return 0, p.errorFor(&p.readErr, &p.writeErr)
	}
}

// Close makes writes fail with ErrClosedPipe.
func (r *PipeReader) Close() error { return r.CloseWithError(nil) }

// CloseWithError makes writes fail with err.
func (r *PipeReader) CloseWithError(err error) error {
	if err == nil {
		err = ErrClosedPipe
	}
	r.p.close(&r.p.readErr, err)
	return nil
}

func (w *PipeWriter) Write(b []byte) (n int, err error) {
	p := &w.r.p
	select {
	case <-p.done:
		return 0, p.errorFor(&p.writeErr, &p.readErr)
	default:
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	for once := true; once || len(b) > 0; once = false {
		select {
		case p.data <- b:
			taken := <-p.taken
			b = b[taken:]
			n += taken
		case <-p.done:
			return n, p.errorFor(&p.writeErr, &p.readErr)
		}
	}
	return n, nil
}

// Close makes reads return EOF.
func (w *PipeWriter) Close() error { return w.CloseWithError(nil) }

// CloseWithError makes reads return err.
func (w *PipeWriter) CloseWithError(err error) error {
	if err == nil {
		err = EOF
	}
	w.r.p.close(&w.r.p.writeErr, err)
	return nil
}
