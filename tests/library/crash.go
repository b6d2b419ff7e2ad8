// A program that fails writes its last words to a file, too.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
)

func main() {
	if len(os.Args) > 1 {
		f, _ := os.OpenFile(os.Args[2], os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		fmt.Println(debug.SetCrashOutput(f, debug.CrashOptions{}))
		f.Close()
		println("not this")
		switch os.Args[1] {
		case "panic":
			panic("gone")
		case "none":
			debug.SetCrashOutput(nil, debug.CrashOptions{})
			panic("gone")
		}
		var m map[string]int
		m["x"] = 1
	}
	name := os.TempDir() + "/crash.txt"
	for _, how := range []string{"panic", "none", "nil"} {
		out, err := exec.Command(os.Args[0], how, name).CombinedOutput()
		text, _ := os.ReadFile(name)
		line, rest, _ := strings.Cut(string(text), "\n")
		fmt.Printf("%s: %v %q %v %v\n", how, err, line, strings.Contains(rest, "goroutine 1"), len(out) > len(text))
		os.Remove(name)
	}
}
