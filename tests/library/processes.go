// Processes, by os/exec.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	out, err := exec.Command("echo", "hi", "there").Output()
	fmt.Printf("%q %v\n", out, err)
	c := exec.Command("tr", "a-z", "A-Z")
	c.Stdin = strings.NewReader("hello")
	var b bytes.Buffer
	c.Stdout = &b
	fmt.Println(c.Run(), b.String())
	err = exec.Command("sh", "-c", "exit 3").Run()
	fmt.Println(err)
	err = exec.Command("sh", "-c", "kill -9 $$").Run()
	fmt.Println(err)
	_, err = exec.LookPath("nonesuch")
	fmt.Println(err)
	c = exec.Command("/bin/pwd")
	c.Dir = "/"
	out, err = c.CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	_, err = os.StartProcess("/nope", []string{"x"}, &os.ProcAttr{})
	fmt.Println(err)
	c = exec.Command("sh", "-c", "echo $FOO; echo err >&2")
	c.Env = []string{"FOO=bar"}
	out, err = c.CombinedOutput()
	fmt.Printf("%q %v %v\n", out, err, c.ProcessState)
}
