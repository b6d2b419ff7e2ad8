// Package context carries deadlines, cancellation and values between parts of a program.
package context

import (
	"errors"
	"internal/abi"
	"sync"
	"sync/atomic"
	"time"
)

// A Context may be cancelled, have a deadline, and have values.
type Context interface {
	Deadline() (deadline time.Time, ok bool)
	Done() <-chan struct{}
	Err() error
	Value(key any) any
}

// Canceled is the error of a cancelled context.
var Canceled = errors.New("context canceled")

// DeadlineExceeded is the error of a context whose deadline has passed.
var DeadlineExceeded error = deadlineExceededError{}

type deadlineExceededError struct{}

func (deadlineExceededError) Error() string   { return "context deadline exceeded" }
func (deadlineExceededError) Timeout() bool   { return true }
func (deadlineExceededError) Temporary() bool { return true }

type (
	CancelFunc      func()
	CancelCauseFunc func(cause error)
)

type emptyCtx struct{}

func (emptyCtx) Deadline() (deadline time.Time, ok bool) { return }
func (emptyCtx) Done() <-chan struct{}                   { return nil }
func (emptyCtx) Err() error                              { return nil }
func (emptyCtx) Value(key any) any                       { return nil }

type backgroundCtx struct{ emptyCtx }

func (backgroundCtx) String() string { return "context.Background" }

type todoCtx struct{ emptyCtx }

func (todoCtx) String() string { return "context.TODO" }

func Background() Context { return backgroundCtx{} }
func TODO() Context       { return todoCtx{} }

// cancelKey is the key under which a context gives the nearest cancelCtx.
var cancelKey int

// cancelCtx can be cancelled; then its children are as well.
type cancelCtx struct {
	Context

	mu sync.Mutex
	// A chan struct{}, made when it is asked for.
	done     atomic.Value
	children map[child]struct{}
	err      error
	cause    error
	// Ends the watch of a parent that is not of this package.
	unregister func() bool
}

type child interface {
	cancel(err, cause error)
	base() *cancelCtx
}

func (c *cancelCtx) base() *cancelCtx { return c }

// closed is the channel of contexts that were cancelled before theirs was asked for.
var closed = make(chan struct{})

func init() { close(closed) }

func (c *cancelCtx) Done() <-chan struct{} {
	if d, ok := c.done.Load().(chan struct{}); ok {
		return d
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok := c.done.Load().(chan struct{})
	if !ok {
		d = make(chan struct{})
		c.done.Store(d)
	}
	return d
}

func (c *cancelCtx) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *cancelCtx) Value(key any) any {
	if key == &cancelKey {
		return c
	}
	return c.Context.Value(key)
}

func (c *cancelCtx) String() string { return name(c.Context) + ".WithCancel" }

// name is what a context calls itself, else its type.
func name(c Context) string {
	if s, ok := c.(interface{ String() string }); ok {
		return s.String()
	}
	return abi.TypeOf(c).String()
}

func (c *cancelCtx) cancel(err, cause error) {
	if cause == nil {
		cause = err
	}
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err, c.cause = err, cause
	if d, ok := c.done.Load().(chan struct{}); ok {
		close(d)
	} else {
		c.done.Store(closed)
	}
	children := c.children
	c.children = nil
	c.mu.Unlock()
	for k := range children {
		k.cancel(err, cause)
	}
}

// owner is the cancelCtx that a context's Done is of, if it is one of this package's.
func owner(parent Context) *cancelCtx {
	p, ok := parent.Value(&cancelKey).(*cancelCtx)
	if !ok {
		return nil
	}
	if d, ok := p.done.Load().(chan struct{}); !ok || d != parent.Done() {
		return nil
	}
	return p
}

// watch has k cancelled when parent is.
func watch(parent Context, k child) {
	finished := parent.Done()
	if finished == nil {
		return
	}
	select {
	case <-finished:
		k.cancel(parent.Err(), Cause(parent))
		return
	default:
	}
	if p := owner(parent); p != nil {
		p.mu.Lock()
		if err := p.err; err != nil {
			cause := p.cause
			p.mu.Unlock()
			k.cancel(err, cause)
			return
		}
		if p.children == nil {
			p.children = make(map[child]struct{})
		}
		p.children[k] = struct{}{}
		p.mu.Unlock()
		return
	}
	if a, ok := parent.(interface{ AfterFunc(func()) func() bool }); ok {
		stop := a.AfterFunc(func() { k.cancel(parent.Err(), Cause(parent)) })
		c := k.base()
		c.mu.Lock()
		c.unregister = stop
		c.mu.Unlock()
		return
	}
	go func() {
		select {
		case <-finished:
			k.cancel(parent.Err(), Cause(parent))
		case <-k.base().Done():
		}
	}()
}

// leave undoes watch.
func leave(parent Context, k child) {
	c := k.base()
	c.mu.Lock()
	unregister := c.unregister
	c.mu.Unlock()
	if unregister != nil {
		unregister()
		return
	}
	if p := owner(parent); p != nil {
		p.mu.Lock()
		delete(p.children, k)
		p.mu.Unlock()
	}
}

func newCancel(parent Context) *cancelCtx {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	return &cancelCtx{Context: parent}
}

func WithCancel(parent Context) (ctx Context, cancel CancelFunc) {
	c := newCancel(parent)
	watch(parent, c)
	return c, func() {
		c.cancel(Canceled, nil)
		leave(parent, c)
	}
}

func WithCancelCause(parent Context) (ctx Context, cancel CancelCauseFunc) {
	c := newCancel(parent)
	watch(parent, c)
	return c, func(cause error) {
		c.cancel(Canceled, cause)
		leave(parent, c)
	}
}

// Cause tells why c was cancelled; nil if it was not.
func Cause(c Context) error {
	if p, ok := c.Value(&cancelKey).(*cancelCtx); ok {
		p.mu.Lock()
		cause := p.cause
		p.mu.Unlock()
		if cause != nil {
			return cause
		}
	}
	return c.Err()
}

// timerCtx has a deadline.
type timerCtx struct {
	cancelCtx
	timer    *time.Timer
	deadline time.Time
}

func (c *timerCtx) Deadline() (deadline time.Time, ok bool) { return c.deadline, true }

func (c *timerCtx) String() string {
	return name(c.cancelCtx.Context) + ".WithDeadline(" + c.deadline.String() + " [" + time.Until(c.deadline).String() + "])"
}

func (c *timerCtx) cancel(err, cause error) {
	c.cancelCtx.cancel(err, cause)
	c.mu.Lock()
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	c.mu.Unlock()
}

func WithDeadline(parent Context, d time.Time) (Context, CancelFunc) {
	return WithDeadlineCause(parent, d, nil)
}

func WithDeadlineCause(parent Context, d time.Time, cause error) (Context, CancelFunc) {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	if current, ok := parent.Deadline(); ok && current.Before(d) {
		return WithCancel(parent)
	}
	c := &timerCtx{cancelCtx: cancelCtx{Context: parent}, deadline: d}
	watch(parent, c)
	cancel := func() {
		c.cancel(Canceled, nil)
		leave(parent, c)
	}
	wait := time.Until(d)
	if wait <= 0 {
		c.cancel(DeadlineExceeded, cause)
		leave(parent, c)
		return c, cancel
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.timer = time.AfterFunc(wait, func() {
			c.cancel(DeadlineExceeded, cause)
			leave(parent, c)
		})
	}
	return c, cancel
}

func WithTimeout(parent Context, timeout time.Duration) (Context, CancelFunc) {
	return WithDeadline(parent, time.Now().Add(timeout))
}

func WithTimeoutCause(parent Context, timeout time.Duration, cause error) (Context, CancelFunc) {
	return WithDeadlineCause(parent, time.Now().Add(timeout), cause)
}

type valueCtx struct {
	Context
	key, val any
}

// WithValue adds a value under a key.
func WithValue(parent Context, key, val any) Context {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	if key == nil {
		panic("nil key")
	}
	if abi.TypeOf(key).Equal == nil {
		panic("key is not comparable")
	}
	return &valueCtx{parent, key, val}
}

func (c *valueCtx) Value(key any) any {
	if c.key == key {
		return c.val
	}
	return c.Context.Value(key)
}

func show(v any) string {
	switch s := v.(type) {
	case interface{ String() string }:
		return s.String()
	case string:
		return s
	case nil:
		return "<nil>"
	}
	return abi.TypeOf(v).String()
}

func (c *valueCtx) String() string {
	return name(c.Context) + ".WithValue(" + show(c.key) + ", " + show(c.val) + ")"
}

type withoutCancelCtx struct {
	c Context
}

// WithoutCancel has the values of parent only.
func WithoutCancel(parent Context) Context {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	return withoutCancelCtx{parent}
}

func (withoutCancelCtx) Deadline() (deadline time.Time, ok bool) { return }
func (withoutCancelCtx) Done() <-chan struct{}                   { return nil }
func (withoutCancelCtx) Err() error                              { return nil }
func (c withoutCancelCtx) String() string                        { return name(c.c) + ".WithoutCancel" }

func (c withoutCancelCtx) Value(key any) any {
	if key == &cancelKey {
		return nil
	}
	return c.c.Value(key)
}

type afterFuncCtx struct {
	cancelCtx
	once sync.Once
	f    func()
}

func (a *afterFuncCtx) cancel(err, cause error) {
	a.cancelCtx.cancel(err, cause)
	a.once.Do(func() { go a.f() })
}

// AfterFunc calls f in a goroutine of its own once ctx is done; stop prevents that and reports whether it did.
func AfterFunc(ctx Context, f func()) (stop func() bool) {
	a := &afterFuncCtx{cancelCtx: cancelCtx{Context: ctx}, f: f}
	watch(ctx, a)
	return func() bool {
		stopped := false
		a.once.Do(func() { stopped = true })
		if stopped {
			a.cancelCtx.cancel(Canceled, nil)
			leave(ctx, a)
		}
		return stopped
	}
}
