// Values of one pointer, in interfaces and in others, under each verb; and wide padding.
package main

import (
	"fmt"
	"reflect"
)

type P struct{ p *int }
type Z struct {
	_ struct{}
	P *int
	Z struct{}
}
type A [1]*int
type M struct{ m map[string]int }
type inner struct{ Q *int }
type E struct{ inner }
type F func()
type S struct{ p *int }

func (s S) String() string { return "S!" }

type N struct{ S S }
type AN [1]N
type un struct{ s S }

func main() {
	var np *int
	for _, x := range []any{P{}, Z{}, A{}, M{map[string]int{"a": 1}}, M{}, E{}, F(nil), S{}, N{}, AN{}, un{}, &M{map[string]int{"z": 2}}, map[string]int(nil), (chan int)(nil), np, []any{P{}, np, M{map[string]int{"b": 2}}}, map[P]M{{}: {map[string]int{"c": 3}}}, struct{ any }{M{nil}}, (func())(nil), reflect.ValueOf(M{map[string]int{"q": 1}}), reflect.ValueOf(struct{ m M }{M{map[string]int{"q": 1}}}).Field(0), reflect.ValueOf(np), [1]map[string]int{{"k": 1}}} {
		for _, f := range []string{"%v", "%+v", "%#v", "%d", "%s", "%x", "%T", "%q", "%t"} {
			fmt.Printf(f+"|", x)
		}
		fmt.Println()
	}
	fmt.Printf("%5s|%-80s|%080d|%.5s|%*d|%-*d|\n", "a", "b", 5, "abcdefgh", 7, 3, 7, 3)
	fmt.Println(len(fmt.Sprintf("%-70000s|%70000x|%70000t", "a", "b", true)))
}
