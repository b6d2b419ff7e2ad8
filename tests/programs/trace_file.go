// A trace has the program's tasks, regions and messages.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime/trace"
	"strings"
)

// asking uses the recorder that writes to it.
type asking struct{ f *trace.FlightRecorder }

func (a asking) Write(b []byte) (int, error) {
	_, err := a.f.WriteTo(a)
	fmt.Println(a.f.Enabled(), err)
	return 0, io.ErrShortWrite
}

func main() {
	var out bytes.Buffer
	fmt.Println(trace.Start(&out), trace.IsEnabled())
	fmt.Println(trace.Start(&out))
	ctx, task := trace.NewTask(context.Background(), "a task")
	done := make(chan bool)
	go func() {
		defer trace.StartRegion(ctx, "a region").End()
		trace.Log(ctx, "category", "message")
		done <- true
	}()
	trace.WithRegion(ctx, "another", func() { <-done })
	trace.Logf(ctx, "category", "%d messages", 2)
	// A long text is shortened, and stands there once.
	for range 2 {
		trace.StartRegion(ctx, strings.Repeat("m", 2000)).End()
	}
	trace.Log(ctx, "one more", "and another")
	task.End()
	trace.Stop()
	fmt.Println(trace.IsEnabled())
	for _, text := range []string{"go 1.2", "a task", "a region", "another", "category", "message", "2 messages", "main.main.func1"} {
		fmt.Println(strings.Contains(out.String(), text))
	}
	fmt.Println(strings.Count(out.String(), strings.Repeat("m", 1024)))
	f := trace.NewFlightRecorder(trace.FlightRecorderConfig{})
	fmt.Println(f.Enabled(), f.Start(), f.Enabled())
	trace.Log(ctx, "later", "x")
	out.Reset()
	n, err := f.WriteTo(&out)
	fmt.Println(n == int64(out.Len()), err, strings.Contains(out.String(), "later"), strings.Contains(out.String(), "a region"))
	_, err = f.WriteTo(asking{f})
	fmt.Println(err)
	f.Stop()
	_, err = f.WriteTo(&out)
	fmt.Println(err)
}
