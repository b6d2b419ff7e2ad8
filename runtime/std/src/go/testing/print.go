package testing

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// Marks in the output for the converter to JSON.
const (
	frameMark  = '\x16'
	errorStart = '\x0f'
	errorEnd   = '\x0e'
	escapeMark = '\x1b'
)

const indentation = "    "

// verboseOutput writes what -v shows as it happens. Lines of several tests may mix: a line tells when the test changes.
type verboseOutput struct {
	w    io.Writer
	mu   sync.Mutex
	last string
	json bool
}

func newVerboseOutput(w io.Writer) *verboseOutput {
	return &verboseOutput{w: w, json: set.verbose.json}
}

// frame stands before lines that are the framework's.
func (v *verboseOutput) frame() string {
	if v != nil && v.json {
		return string(frameMark)
	}
	return ""
}

// frame is the mark for lines outside of any test.
func frame() string {
	if set.verbose.json {
		return string(frameMark)
	}
	return ""
}

// update writes a line of the framework that names its test.
func (v *verboseOutput) update(name, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = name
	io.WriteString(v.w, v.frame()+text)
}

// line writes output of a test.
func (v *verboseOutput) line(name, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last != name {
		if v.last != "" {
			fmt.Fprintf(v.w, "%s=== NAME  %s\n", v.frame(), name)
		}
		v.last = name
	}
	io.WriteString(v.w, text)
}

// escaped keeps the converter's marks in a test's own output from being taken for marks.
func escaped(s string) string {
	if !strings.ContainsAny(s, string([]rune{frameMark, errorStart, errorEnd, escapeMark})) {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch c {
		case frameMark, errorStart, errorEnd, escapeMark:
			b.WriteByte(escapeMark)
		}
		b.WriteByte(c)
	}
	return b.String()
}

// kept collects the reports of a test's subtests, indented.
type kept struct {
	c *common
}

func (k kept) Write(p []byte) (int, error) {
	for _, line := range strings.SplitAfter(string(p), "\n") {
		if line == "" {
			continue
		}
		// A mark stays in front.
		if line[0] == frameMark {
			k.c.output = append(k.c.output, frameMark)
			line = line[1:]
		}
		k.c.output = append(k.c.output, indentation...)
		k.c.output = append(k.c.output, line...)
	}
	return len(p), nil
}

// lines is what Output gives: each finished line goes to the test's log.
type lines struct {
	c       *common
	partial []byte
}

func (l *lines) Write(p []byte) (int, error) {
	if l.c.receiver() == nil {
		panic("Write called after " + l.c.name + " has completed")
	}
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	l.add(string(p), false)
	return len(p), nil
}

// add appends text; c.mu is held.
func (l *lines) add(text string, isError bool) {
	parts := strings.SplitAfter(text, "\n")
	last := len(parts) - 1
	for i, part := range parts[:last] {
		part = string(l.partial) + part
		l.partial = l.partial[:0]
		l.emit(part, isError && i == 0, isError && i == last-1)
	}
	l.partial = append(l.partial, parts[last]...)
}

// finish ends an unfinished line.
func (l *lines) finish() {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if len(l.partial) > 0 {
		l.add("\n", false)
	}
}

// emit writes one line.
func (l *lines) emit(line string, starts, ends bool) {
	c := l.c
	if c.done || c.verbose == nil {
		c.output = append(append(c.output, indentation...), line...)
		return
	}
	text := indentation + line
	if c.verbose.json {
		text = indentation + escaped(line)
		if starts {
			text = string(errorStart) + text
		}
		if ends {
			text = strings.TrimSuffix(text, "\n") + string(errorEnd) + "\n"
		}
	}
	if c.isBench {
		io.WriteString(c.verbose.w, text)
	} else {
		c.verbose.line(c.name, text)
	}
}
