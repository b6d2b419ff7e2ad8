// Package unique makes comparing values as cheap as comparing pointers: equal values have one handle.
package unique

import (
	"strings"
	"sync"
)

// Handle stands for a value; handles are equal exactly if their values are.
type Handle[T comparable] struct {
	value *T
}

// Value is the value that the handle was made of.
func (h Handle[T]) Value() T { return *h.value }

// values has, by value and thereby by type, the pointers of all handles. They are kept for the rest of the program.
var values sync.Map

// Make gives the handle of a value.
func Make[T comparable](value T) Handle[T] {
	if p, ok := values.Load(any(value)); ok {
		return Handle[T]{p.(*T)}
	}
	key := any(value)
	// A part of a long text must not keep all of it.
	if s, ok := key.(string); ok {
		key = strings.Clone(s)
	}
	kept := key.(T)
	p, _ := values.LoadOrStore(key, &kept)
	return Handle[T]{p.(*T)}
}
