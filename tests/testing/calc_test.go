package calc

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestAdd(t *testing.T) {
	if Add(1, 2) != 3 {
		t.Fatal("bad")
	}
}

func help(t *testing.T) {
	t.Helper()
	t.Errorf("in helper\nsecond line %d", 5)
}

func TestBad(t *testing.T) {
	t.Log("a log", 1)
	help(t)
	t.Run("sub one", func(t *testing.T) {
		t.Log("inner")
		help(t)
	})
	t.Run("sub one", func(t *testing.T) {
		t.Log("inner")
	})
	t.Run("", func(t *testing.T) { t.Skip("skipped here") })
	t.Fatalf("the end")
}

func TestPar(t *testing.T) {
	for _, n := range []string{"x", "y"} {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			time.Sleep(time.Millisecond)
			t.Log("par", n)
		})
	}
}

func TestEnv(t *testing.T) {
	t.Setenv("FOO", "bar")
	t.Cleanup(func() { t.Log("cleanup", os.Getenv("FOO")) })
	d := t.TempDir()
	if _, err := os.Stat(d); err != nil {
		t.Error(err)
	}
	fmt.Println("printed")
	fmt.Fprintln(t.Output(), "to output")
	t.Attr("k", "v")
}

func TestShort(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
}

func FuzzAdd(f *testing.F) {
	f.Add(1, 2)
	f.Add(3, 4)
	f.Fuzz(func(t *testing.T, x, y int) {
		if Add(x, y) != Add(y, x) {
			t.Error("no")
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Add(i, i)
	}
}

func BenchmarkLoop(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = fmt.Sprint(1, 2)
	}
	b.ReportMetric(5, "x/op")
}

func BenchmarkSub(b *testing.B) {
	b.Run("p", func(b *testing.B) {
		b.SetBytes(10)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
			}
		})
	})
}

func ExampleShow() {
	Show()
	// Output: hi
}

func ExampleAdd() {
	fmt.Println(Add(1, 2))
	fmt.Println(Add(2, 2))
	// Unordered output:
	// 4
	// 3
}

func ExampleAdd_bad() {
	fmt.Println(Add(1, 2))
	// Output:
	// 4
}
