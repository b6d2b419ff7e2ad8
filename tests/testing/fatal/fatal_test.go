// Package fatal has a test main, and no files but tests.
package fatal

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	println("before")
	code := m.Run()
	println("after", code)
	os.Exit(code + 5)
}

func TestFailNowInside(t *testing.T) {
	t.Run("sub", func(t *testing.T) {
		t.Cleanup(func() { t.Log("cleaned") })
		t.Fatal("stop")
	})
	t.Log("goes on")
}

func TestOuterEnds(t *testing.T) {
	t.Run("sub", func(inner *testing.T) {
		t.FailNow()
	})
	t.Log("not reached")
}
