package testing

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// How many frames are looked at.
const maxDepth = 50

// Helper marks the calling function as one whose callers' positions are to be shown.
//
//go:noinline
func (c *common) Helper() {
	name := functionAt(2)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.helpers == nil {
		c.helpers = make(map[string]bool)
	}
	c.helpers[name] = true
}

// functionAt names the function that is skip calls away; 0 is functionAt itself, 1 its caller.
//
//go:noinline
func functionAt(skip int) string {
	var pcs [1]uintptr
	if runtime.Callers(skip+1, pcs[:]) == 0 {
		return ""
	}
	frame, _ := runtime.CallersFrames(pcs[:]).Next()
	return frame.Function
}

// place is `file:line: ` of the innermost frame that is not a helper's; skip counts calls, place itself being 0.
//
//go:noinline
func (c *common) place(skip int) string {
	var pcs [maxDepth]uintptr
	n := runtime.Callers(skip+1, pcs[:])
	frame := c.visible(pcs[:n])
	file, line := frame.File, frame.Line
	if file == "" {
		return "???:1: "
	}
	if !set.fullPath {
		file = filepath.Base(file)
	}
	if line == 0 {
		line = 1
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}

// visible picks the frame to show. Below the function that started the test, the frames of the parent's call of Run follow.
func (c *common) visible(pcs []uintptr) runtime.Frame {
	var first, previous runtime.Frame
	t := c
	for {
		frames := runtime.CallersFrames(pcs)
		pcs = nil
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if first.PC == 0 {
				first = frame
			}
			t.mu.RLock()
			cleaning, cleaningPCs, runner := t.cleaning, t.cleaningPCs, t.runner
			t.mu.RUnlock()
			if cleaning != "" && strings.HasSuffix(frame.Function, ".runCleanups") {
				// A cleanup's own frames are over: where it was registered comes next.
				pcs = cleaningPCs
				break
			}
			if runner != "" && frame.Function == runner {
				if t.level > 1 && t.parent != nil {
					pcs = t.creator
					t = t.parent
					break
				}
				return previous
			}
			if !t.isHelper(frame.Function) {
				return frame
			}
			previous = frame
		}
		if pcs == nil {
			return first
		}
	}
}

func (c *common) isHelper(function string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.helpers[function]
}
