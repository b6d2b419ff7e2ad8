// Tests that start their own program again, by os.StartProcess, which is what os/exec does, too.
package reexec

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv("REEXEC_MAIN") == "1" {
		fmt.Println("main", len(os.Args), os.Args[1:])
		os.Exit(7)
	}
	os.Exit(m.Run())
}

// TestHelperProcess is no test: the others run it.
func TestHelperProcess(t *testing.T) {
	switch os.Getenv("REEXEC_HELPER") {
	case "echo":
		in, _ := io.ReadAll(os.Stdin)
		fmt.Printf("%s %q", strings.ToUpper(string(in)), os.Args[len(os.Args)-1])
		os.Exit(0)
	case "code":
		os.Exit(42)
	case "signal":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "panic":
		panic("helper")
	case "pid":
		fmt.Print(os.Getpid())
		os.Exit(0)
	}
}

// run starts a program; it returns what that printed, how it ended, and its number.
func run(t *testing.T, in, dir string, env []string, argv ...string) (string, *os.ProcessState, int) {
	t.Helper()
	input, toInput, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fromOutput, output, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	files := []*os.File{input, output, output}
	process, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Dir: dir, Env: env, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	input.Close()
	output.Close()
	io.WriteString(toInput, in)
	toInput.Close()
	out, err := io.ReadAll(fromOutput)
	if err != nil {
		t.Fatal(err)
	}
	fromOutput.Close()
	state, err := process.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return string(out), state, process.Pid
}

func helper(t *testing.T, what, in string) (string, *os.ProcessState, int) {
	t.Helper()
	env := append(os.Environ(), "REEXEC_HELPER="+what)
	return run(t, in, "", env, os.Args[0], "-test.run=^TestHelperProcess$", "--", "a b")
}

func TestStreams(t *testing.T) {
	out, state, _ := helper(t, "echo", "in")
	if out != `IN "a b"` || !state.Success() {
		t.Errorf("%q, %v", out, state)
	}
}

func TestCodes(t *testing.T) {
	wants := map[string]string{"code": "exit status 42", "signal": "signal: killed", "panic": "exit status 2"}
	for what, want := range wants {
		if out, state, _ := helper(t, what, ""); state.String() != want {
			t.Errorf("%s: %q, %v", what, out, state)
		}
	}
}

func TestPid(t *testing.T) {
	out, state, pid := helper(t, "pid", "")
	if out != fmt.Sprint(pid) || !state.Success() {
		t.Errorf("%q, %d, %v", out, pid, state)
	}
}

// TestElsewhere runs the file that os.Executable names, in another folder and with an empty environment.
func TestElsewhere(t *testing.T) {
	path, err := os.Executable()
	if err != nil || !filepath.IsAbs(path) || filepath.Base(path) != "reexec.test" || path != os.Args[0] {
		t.Fatalf("%q, %q, %v", path, os.Args[0], err)
	}
	out, state, _ := run(t, "", t.TempDir(), []string{"REEXEC_MAIN=1"}, path, "-x", "y")
	if out != "main 3 [-x y]\n" || state.ExitCode() != 7 {
		t.Errorf("%q, %v", out, state)
	}
}

func TestOutput(t *testing.T) {
	out, state, _ := run(t, "", "", os.Environ(), os.Args[0], "-test.v", "-test.run=^TestHelperProcess$")
	head := "=== RUN   TestHelperProcess\n--- PASS: TestHelperProcess ("
	if !strings.HasPrefix(out, head) || !strings.HasSuffix(out, "s)\nPASS\n") || !state.Success() {
		t.Errorf("%q, %v", out, state)
	}
	if folder := os.Getenv("REEXEC_FOLDER"); folder != "" {
		os.WriteFile(filepath.Join(folder, "path"), []byte(os.Args[0]), 0o600)
	}
	switch os.Getenv("REEXEC_FAIL") {
	case "error":
		t.Error("as asked")
	case "kill":
		fmt.Println("the end")
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "interrupt":
		// As a terminal does.
		syscall.Kill(0, syscall.SIGINT)
		time.Sleep(time.Minute)
	}
}
