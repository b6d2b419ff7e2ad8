// A writer of package log finds the caller of the logging function three frames away.
package main

import (
	"fmt"
	"log"
	"path/filepath"
	"runtime"
)

type where struct{}

func (where) Write(p []byte) (int, error) {
	pc, file, line, _ := runtime.Caller(3)
	fmt.Printf("%s:%d %s %s", filepath.Base(file), line, runtime.FuncForPC(pc).Name(), p)
	return len(p), nil
}

func wrapped(l *log.Logger) { l.Output(2, "wrapped") }

func main() {
	log.SetOutput(where{})
	log.SetFlags(log.Lshortfile)
	log.Print("print")
	log.Printf("%s", "printf")
	log.Println("println")
	log.Output(1, "output")
	l := log.New(where{}, "own ", log.Lshortfile|log.Lmsgprefix)
	l.Print("print")
	l.Printf("%s", "printf")
	l.Output(1, "output")
	wrapped(l)
	func() {
		defer func() { fmt.Println(recover()) }()
		log.Panicln("panic")
	}()
}
