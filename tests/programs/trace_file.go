// A trace has the program's tasks, regions and messages.
package main

import (
	"bytes"
	"context"
	"fmt"
	"runtime/trace"
	"strings"
)

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
	task.End()
	trace.Stop()
	fmt.Println(trace.IsEnabled())
	for _, text := range []string{"go 1.2", "a task", "a region", "another", "category", "message", "2 messages", "main.main.func1"} {
		fmt.Println(strings.Contains(out.String(), text))
	}
	f := trace.NewFlightRecorder(trace.FlightRecorderConfig{})
	fmt.Println(f.Enabled(), f.Start(), f.Enabled())
	trace.Log(ctx, "later", "x")
	out.Reset()
	n, err := f.WriteTo(&out)
	fmt.Println(n == int64(out.Len()), err, strings.Contains(out.String(), "later"), strings.Contains(out.String(), "a region"))
	f.Stop()
	_, err = f.WriteTo(&out)
	fmt.Println(err)
}
