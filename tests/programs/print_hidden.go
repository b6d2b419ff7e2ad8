// What package fmt makes of fields that are not exported: methods are called for the exported ones of embedded structs.
package main

import (
	"errors"
	"fmt"
	"reflect"
	"time"
)

type base struct {
	Created time.Duration
	Err     error
	low     time.Duration
}

type list [1]time.Duration

type deep struct {
	*base
	list
	Plain base
}

type all struct {
	base
	deep
	Name string
	h    base
	in   struct{ base }
}

type failing struct{}

func (failing) String() string { panic("x") }

func main() {
	b := base{1e9, errors.New("e"), 1}
	a := &all{base: b, deep: deep{nil, list{5}, b}, h: base{Created: 2}}
	a.in.base.Created = 3
	fmt.Printf("%+v\n%v\n", a, *a)
	for i := range 5 {
		fmt.Printf("%+v\n", reflect.ValueOf(a).Elem().Field(i))
	}
	fmt.Printf("%+v\n", reflect.ValueOf(a).Elem().Field(1).Field(1).Index(0))

	// The type of what a Value holds.
	s := reflect.ValueOf(struct {
		n int
		a []int
		f func()
	}{1, []int{1, 2}, nil})
	fmt.Printf("%s|%s|%z|%5d|%s\n", s.Field(0), s.Field(1), s.Field(2), s.Field(0), s)
	fmt.Printf("%s|%d\n", reflect.ValueOf(1), reflect.Value{})

	// Width and precision do not survive a panic of a method.
	fmt.Printf("%-12.3v|\n", []any{1.23456, failing{}, 3.14159, 2.71828})
}
