// The packages os, io, bufio, log, flag, context, path/filepath.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func main() {
	dir, err := os.MkdirTemp("", "std")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "a.txt")
	fmt.Println(os.WriteFile(name, []byte("one\ntwo\nthree"), 0644))
	f, err := os.Open(name)
	fmt.Println(err)
	s := bufio.NewScanner(f)
	for s.Scan() {
		fmt.Printf("%q ", s.Text())
	}
	info, _ := f.Stat()
	fmt.Println(info.Name(), info.Size(), info.Mode(), info.IsDir())
	fmt.Println(f.Seek(4, io.SeekStart))
	b := make([]byte, 3)
	n, err := io.ReadFull(f, b)
	fmt.Println(n, err, string(b), f.Close(), errors.Is(f.Close(), os.ErrClosed))
	_, err = os.Open(filepath.Join(dir, "missing"))
	var pe *fs.PathError
	fmt.Println(errors.As(err, &pe), pe.Op, pe.Err, errors.Is(err, fs.ErrNotExist), os.IsNotExist(err))
	fmt.Println(os.Mkdir(filepath.Join(dir, "sub"), 0755), os.Rename(name, filepath.Join(dir, "sub", "b.txt")))
	list, err := os.ReadDir(dir)
	for _, e := range list {
		fmt.Println(e.Name(), e.IsDir(), err)
	}
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		fmt.Println(rel, d.IsDir(), err)
		return nil
	})
	os.Setenv("STD_TEST", "value")
	v, ok := os.LookupEnv("STD_TEST")
	fmt.Println(v, ok, os.Getenv("STD_NONE") == "", os.ExpandEnv("$STD_TEST-${STD_TEST}"))

	r := bufio.NewReader(io.MultiReader(strings.NewReader("ab"), strings.NewReader("c\nd")))
	line, err := r.ReadString('\n')
	fmt.Printf("%q %v\n", line, err)
	var out strings.Builder
	w := bufio.NewWriter(&out)
	fmt.Fprintf(w, "%05d", 42)
	w.Flush()
	fmt.Println(out.String())
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, "through a pipe")
		pw.Close()
	}()
	all, err := io.ReadAll(pr)
	fmt.Println(string(all), err)
	copied, err := io.Copy(io.Discard, io.LimitReader(strings.NewReader("12345678"), 5))
	fmt.Println(copied, err, path.Clean("/a/../b//c/."), path.Base("/x/y.go"), path.Ext("y.tar.gz"))

	var text string
	var num int
	c, err := fmt.Sscanf("age: 42 years", "age: %d %s", &num, &text)
	fmt.Println(c, err, num, text)
	c, err = fmt.Sscan("7 x", &num, &num)
	fmt.Println(c, err, num)

	l := log.New(os.Stdout, "log: ", log.Lshortfile|log.Lmsgprefix)
	l.SetFlags(0)
	l.Printf("%d messages", 1)
	set := flag.NewFlagSet("prog", flag.ContinueOnError)
	set.SetOutput(os.Stdout)
	verbose := set.Bool("v", false, "be verbose")
	size := set.Int("size", 10, "the `number` of things")
	wait := set.Duration("wait", time.Second, "how long")
	fmt.Println(set.Parse([]string{"-v", "--size=3", "rest", "-x"}), *verbose, *size, *wait, set.Args())
	fmt.Println(set.Parse([]string{"-size", "x"}))
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), "k", 1), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err(), ctx.Value("k"), context.Cause(ctx))
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := range 10 {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			total += i
		})
	}
	wg.Wait()
	fmt.Println(total)
	fmt.Fprintln(os.Stderr, "to stderr")
	if len(os.Args) > 100 {
		os.Exit(3)
	}
}
