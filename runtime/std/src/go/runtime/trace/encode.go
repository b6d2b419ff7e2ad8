package trace

import (
	"runtime"
	"time"
)

// Kinds of events of the format.
const (
	batch           = 1
	stacks          = 2
	stack           = 3
	texts           = 4
	text            = 5
	frequency       = 8
	procsChange     = 9
	procStatus      = 13
	goStatus        = 25
	taskBegin       = 40
	taskEnd         = 41
	regionBegin     = 42
	regionEnd       = 43
	userLog         = 44
	syncSection     = 50
	clockSnapshot   = 51
	endOfGeneration = 52
)

const (
	procRunning = 1
	goRunning   = 2
	// Of a batch.
	maxSize = 60 << 10
	// The thread of batches that belong to none.
	noThread = ^uint64(0)
)

// An encoder writes the format of Go 1.26. Each goroutine has a thread and a processor of its own.
type encoder struct {
	out     []byte
	texts   map[string]uint64
	stacks  map[string]uint64
	strings []byte
	frames  []byte
}

func varint(out []byte, n uint64) []byte {
	for n >= 0x80 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(out, byte(n))
}

func event(out []byte, kind byte, args ...uint64) []byte {
	out = append(out, kind)
	for _, a := range args {
		out = varint(out, a)
	}
	return out
}

func (e *encoder) batch(thread uint64, time int64, body []byte) {
	e.out = event(e.out, batch, 1, thread, uint64(time), uint64(len(body)))
	e.out = append(e.out, body...)
}

// text is the number of a text; the empty one has 0.
func (e *encoder) text(s string) uint64 {
	if s == "" {
		return 0
	}
	// The format's limit.
	if len(s) > 1024 {
		s = s[:1024]
	}
	id, ok := e.texts[s]
	if !ok {
		id = uint64(len(e.texts) + 1)
		e.texts[s] = id
		e.table(texts, &e.strings, append(event(nil, text, id, uint64(len(s))), s...))
	}
	return id
}

// table adds an entry to a section, of which a full batch is written.
func (e *encoder) table(section byte, body *[]byte, entry []byte) {
	if len(*body) > 0 && len(*body)+len(entry) > maxSize {
		e.batch(noThread, 1, *body)
		*body = nil
	}
	if len(*body) == 0 {
		*body = append(*body, section)
	}
	*body = append(*body, entry...)
}

// stack is the number of a stack.
func (e *encoder) stack(pcs []uintptr) uint64 {
	if len(pcs) == 0 {
		return 0
	}
	var key []byte
	for _, pc := range pcs {
		key = varint(key, uint64(pc))
	}
	id, ok := e.stacks[string(key)]
	if !ok {
		id = uint64(len(e.stacks) + 1)
		e.stacks[string(key)] = id
		entry := event(nil, stack, id, uint64(len(pcs)))
		for _, pc := range pcs {
			f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
			for _, n := range []uint64{uint64(pc) & (1<<48 - 1), e.text(f.Function), e.text(f.File), uint64(f.Line)} {
				entry = varint(entry, n)
			}
		}
		e.table(stacks, &e.frames, entry)
	}
	return id
}

// A lane is what is being written of one goroutine.
type lane struct {
	thread uint64
	begin  int64
	last   int64
	body   []byte
}

// encode is the whole trace.
func (l *log) encode() []byte {
	l.Lock()
	defer l.Unlock()
	e := &encoder{texts: map[string]uint64{}, stacks: map[string]uint64{}}
	e.out = append(e.out, "go 1.26 trace\x00\x00\x00"...)
	now := time.Now()
	body := event([]byte{syncSection}, frequency, uint64(time.Second))
	body = event(body, clockSnapshot, 0, uint64(l.began), uint64(now.Unix()), uint64(now.Nanosecond()))
	e.batch(noThread, l.began, body)
	lanes := map[uint64]*lane{}
	var order []*lane
	on := func(goroutine uint64) *lane {
		g := lanes[goroutine]
		if g == nil {
			g = &lane{thread: uint64(len(order)), begin: l.began, last: l.began}
			lanes[goroutine] = g
			order = append(order, g)
			g.body = event(g.body, procStatus, 0, g.thread, procRunning)
			g.body = event(g.body, goStatus, 0, goroutine, g.thread, goRunning)
		}
		return g
	}
	first := on(l.goroutine)
	first.body = event(first.body, procsChange, 0, uint64(runtime.GOMAXPROCS(0)), 0)
	for _, r := range l.records {
		g := on(r.goroutine)
		if len(g.body) > maxSize {
			e.batch(g.thread, g.begin, g.body)
			g.body, g.begin = nil, g.last
		}
		passed := uint64(max(r.time-g.last, 0))
		g.last = max(r.time, g.last)
		where := e.stack(r.stack)
		switch r.kind {
		case taskBegin:
			g.body = event(g.body, r.kind, passed, r.task, r.parent, e.text(r.texts[0]), where)
		case taskEnd:
			g.body = event(g.body, r.kind, passed, r.task, where)
		case userLog:
			g.body = event(g.body, r.kind, passed, r.task, e.text(r.texts[0]), e.text(r.texts[1]), where)
		default:
			g.body = event(g.body, r.kind, passed, r.task, e.text(r.texts[0]), where)
		}
	}
	for _, g := range order {
		e.batch(g.thread, g.begin, g.body)
	}
	for _, body := range [][]byte{e.strings, e.frames} {
		if len(body) > 0 {
			e.batch(noThread, l.began, body)
		}
	}
	return append(e.out, endOfGeneration)
}
