// A value stored in a global.
package main

type config struct{ name string }

var current *config

//go:noinline
func set(name string) {
	c := &config{name} // place: &config{...} heap
	current = c
}

//go:noinline
func unused(name string) int {
	c := &config{name} // place: &config{...} scalar
	return len(c.name)
}

func main() {
	set("release")
	println(current.name, unused("debug"))
}
