package pprof

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"
	_ "unsafe"
)

// Kinds of events, as package runtime numbers them.
const (
	memoryEvents = iota
	blockEvents
	mutexEvents
)

//go:linkname runtimeEvents runtime.events
func runtimeEvents(kind int) []uintptr

//go:linkname startMemProfile runtime.startMemProfile
func startMemProfile()

func init() { startMemProfile() }

// An event is what one stack did: objects of a size allocated and freed, or waits and nanoseconds.
type event struct {
	count, sum, size int64
	stack            []uintptr
}

// events are those of a kind, by the compare function's order.
func events(kind int, compare func(a, b event) int) []event {
	var out []event
	words := runtimeEvents(kind)
	for len(words) > 0 {
		n := words[0]
		out = append(out, event{int64(words[1]), int64(words[2]), int64(words[3]), words[4:n]})
		words = words[n:]
	}
	slices.SortFunc(out, compare)
	return out
}

func countEvents(kind int) int { return len(events(kind, func(a, b event) int { return 0 })) }

// scale estimates how many objects there were, and their bytes, from how many of a size are in the sample.
func scale(count, size, rate int64) (int64, int64) {
	if count == 0 || size == 0 || rate <= 1 {
		return count, count * size
	}
	factor := 1 / (1 - math.Exp(-float64(size)/float64(rate)))
	return int64(float64(count) * factor), int64(float64(count*size) * factor)
}

// writeMemory writes the profile of allocations; shown is the kind of value that the tool shows first.
func writeMemory(w io.Writer, debug int, shown string) error {
	rate := int64(runtime.MemProfileRate)
	list := events(memoryEvents, func(a, b event) int {
		return cmp.Compare((b.count-b.sum)*b.size, (a.count-a.sum)*a.size)
	})
	if debug > 0 {
		return writeMemoryText(w, list, rate)
	}
	e := newEncoder()
	e.kind(11, "space", "bytes")
	for _, name := range []string{"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"} {
		unit := "count"
		if strings.HasSuffix(name, "_space") {
			unit = "bytes"
		}
		e.kind(1, name, unit)
	}
	if shown != "" {
		e.out = number(e.out, 14, e.text(shown))
	}
	for _, v := range list {
		objects, space := scale(v.count, v.size, rate)
		inuse, inuseSpace := scale(v.count-v.sum, v.size, rate)
		e.label = number(number(nil, 1, e.text("bytes")), 3, v.size)
		e.sample(v.stack, objects, space, inuse, inuseSpace)
	}
	e.label = nil
	return e.finish(w, time.Time{}, 0, rate)
}

func writeMemoryText(w io.Writer, list []event, rate int64) error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var b strings.Builder
	var total event
	var bytes, inuse int64
	for _, v := range list {
		total.count += v.count
		total.sum += v.sum
		bytes += v.count * v.size
		inuse += (v.count - v.sum) * v.size
	}
	// The tool would take equal numbers for a profile of another kind.
	if bytes == inuse {
		bytes++
	}
	fmt.Fprintf(&b, "heap profile: %d: %d [%d: %d] @ heap/%d\n", total.count-total.sum, inuse, total.count, bytes, 2*rate)
	for _, v := range list {
		fmt.Fprintf(&b, "%d: %d [%d: %d] @", v.count-v.sum, (v.count-v.sum)*v.size, v.count, v.count*v.size)
		writeCounters(&b, v.stack)
		writeFrames(&b, v.stack)
	}
	fmt.Fprintf(&b, "\n# runtime.MemStats\n")
	for _, c := range []struct {
		name  string
		value uint64
	}{
		{"Alloc", m.Alloc}, {"TotalAlloc", m.TotalAlloc}, {"Sys", m.Sys}, {"Lookups", m.Lookups}, {"Mallocs", m.Mallocs}, {"Frees", m.Frees},
		{"HeapAlloc", m.HeapAlloc}, {"HeapSys", m.HeapSys}, {"HeapIdle", m.HeapIdle}, {"HeapInuse", m.HeapInuse},
		{"HeapReleased", m.HeapReleased}, {"HeapObjects", m.HeapObjects},
	} {
		fmt.Fprintf(&b, "# %s = %d\n", c.name, c.value)
	}
	fmt.Fprintf(&b, "# Stack = %d / %d\n", m.StackInuse, m.StackSys)
	fmt.Fprintf(&b, "# NextGC = %d\n# LastGC = %d\n# PauseNs = %d\n# PauseEnd = %d\n", m.NextGC, m.LastGC, m.PauseNs, m.PauseEnd)
	fmt.Fprintf(&b, "# NumGC = %d\n# NumForcedGC = %d\n# GCCPUFraction = %v\n# DebugGC = %v\n", m.NumGC, m.NumForcedGC, m.GCCPUFraction, m.DebugGC)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeCounters(b *strings.Builder, stack []uintptr) {
	for _, pc := range stack {
		fmt.Fprintf(b, " %#x", uint64(pc)&(1<<48-1))
	}
	b.WriteString("\n")
}

// writeWaits writes the profile of blocking or of mutexes.
func writeWaits(w io.Writer, debug, kind int, title string) error {
	list := events(kind, func(a, b event) int { return cmp.Compare(b.sum, a.sum) })
	if debug <= 0 {
		e := newEncoder()
		e.kind(11, "contentions", "count")
		e.kind(1, "contentions", "count")
		e.kind(1, "delay", "nanoseconds")
		for _, v := range list {
			e.sample(v.stack, v.count, v.sum)
		}
		return e.finish(w, time.Time{}, 0, 1)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s:\ncycles/second=%d\n", title, int64(time.Second))
	if kind == mutexEvents {
		fmt.Fprintf(&b, "sampling period=%d\n", runtime.SetMutexProfileFraction(-1))
	}
	for _, v := range list {
		fmt.Fprintf(&b, "%d %d @", v.sum, v.count)
		writeCounters(&b, v.stack)
		writeFrames(&b, v.stack)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
