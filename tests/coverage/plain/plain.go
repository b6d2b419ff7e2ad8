// Package plain is used by shapes.
package plain

func Double(x int) int { return 2 * x }

func Unused() {}
