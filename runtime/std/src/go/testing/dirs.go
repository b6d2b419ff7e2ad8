package testing

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"
)

// directories are the temporary folders of a test.
type directories struct {
	mu       sync.Mutex
	temp     string
	count    int
	artifact string
}

// fileName is the test's name with what may stand in a file's name.
func (c *common) fileName() string {
	const allowed = "!#$%&()+,-.=@^_{}~ "
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune(allowed, r) {
			return r
		}
		return -1
	}, c.name)
}

// TempDir makes a folder, a new one each time, that is removed when the test is done.
func (c *common) TempDir() string {
	c.dirs.mu.Lock()
	defer c.dirs.mu.Unlock()
	if _, err := os.Stat(c.dirs.temp); c.dirs.temp == "" || err != nil {
		c.Helper()
		pattern := c.fileName()
		if len(pattern) > 64 {
			pattern = pattern[:64]
		}
		dir, err := os.MkdirTemp(os.Getenv("GOTMPDIR"), pattern)
		if err != nil {
			c.Fatalf("TempDir: %v", err)
		}
		c.dirs.temp = dir
		c.Cleanup(func() {
			if err := os.RemoveAll(dir); err != nil {
				c.Errorf("TempDir RemoveAll cleanup: %v", err)
			}
		})
	}
	c.dirs.count++
	dir := fmt.Sprintf("%s%c%03d", c.dirs.temp, os.PathSeparator, c.dirs.count)
	if err := os.Mkdir(dir, 0o777); err != nil {
		c.Fatalf("TempDir: %v", err)
	}
	return dir
}

// ArtifactDir is a folder for files that the test makes; with -artifacts it stays, in the output folder.
func (c *common) ArtifactDir() string {
	c.dirs.mu.Lock()
	dir := c.dirs.artifact
	c.dirs.mu.Unlock()
	if dir != "" {
		return dir
	}
	c.Helper()
	if !set.artifacts {
		dir = c.TempDir()
	} else {
		base := filepath.Join(set.outputDir, "_artifacts", importPath, filepath.FromSlash(c.fileName()))
		if err := os.MkdirAll(base, 0o777); err != nil {
			c.Fatalf("ArtifactDir: %v", err)
		}
		made, err := os.MkdirTemp(base, "")
		if err != nil {
			c.Fatalf("ArtifactDir: %v", err)
		}
		dir = made
		c.framed(fmt.Sprintf("=== ARTIFACTS %s %v\n", c.name, dir))
	}
	c.dirs.mu.Lock()
	c.dirs.artifact = dir
	c.dirs.mu.Unlock()
	return dir
}

// framed shows a line of the framework under -v.
func (c *common) framed(text string) {
	if c.verbose != nil {
		c.verbose.update(c.name, text)
	}
}

// Attr emits an attribute of the test.
func (c *common) Attr(key, value string) {
	if strings.ContainsFunc(key, unicode.IsSpace) {
		c.Errorf("disallowed whitespace in attribute key %q", key)
		return
	}
	if strings.ContainsAny(value, "\r\n") {
		c.Errorf("disallowed newline in attribute value %q", value)
		return
	}
	c.framed(fmt.Sprintf("=== ATTR  %s %v %v\n", c.name, key, value))
}

// Setenv sets an environment variable until the test is done.
func (c *common) Setenv(key, value string) {
	c.Helper()
	before, had := os.LookupEnv(key)
	if err := os.Setenv(key, value); err != nil {
		c.Fatalf("cannot set environment variable: %v", err)
	}
	c.Cleanup(func() {
		if had {
			os.Setenv(key, before)
		} else {
			os.Unsetenv(key)
		}
	})
}

// Chdir changes the working folder until the test is done.
func (c *common) Chdir(dir string) {
	c.Helper()
	before, err := os.Getwd()
	if err != nil {
		c.Fatal(err)
	}
	if err := os.Chdir(dir); err != nil {
		c.Fatal(err)
	}
	pwd := dir
	if !filepath.IsAbs(pwd) {
		if pwd, err = os.Getwd(); err != nil {
			c.Fatal(err)
		}
	}
	c.Setenv("PWD", pwd)
	c.Cleanup(func() {
		if err := os.Chdir(before); err != nil {
			panic("testing.Chdir: " + err.Error())
		}
	})
}

// Context is cancelled just before the test's cleanups run.
func (c *common) Context() context.Context {
	if c.ctx == nil {
		c.ctx, c.cancel = context.WithCancel(context.Background())
	}
	return c.ctx
}
