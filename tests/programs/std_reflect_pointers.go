// Values of one pointer: held without memory, in variables, fields, elements, maps, channels and calls.
package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

type P struct{ p *int }
type Z struct {
	_ struct{}
	P *int
	Z struct{}
}
type A [1]*int
type F func(int) int

func (f F) Twice(x int) int { return f(f(x)) }
func (p P) Get() int        { return *p.p }
func (p *P) Set(x int)      { *p.p = x }

type G interface{ Get() int }

func main() {
	n := 5
	for _, x := range []any{&n, P{&n}, Z{P: &n}, A{&n}, map[string]int{"a": 1}, make(chan int, 3), F(func(x int) int { return x * 3 }), unsafe.Pointer(&n), (*int)(nil), map[int]*int(nil), [1]P{{&n}}, &P{&n}} {
		v := reflect.ValueOf(x)
		fmt.Println(v.Kind(), v.Type(), v.CanAddr(), v.IsZero())
		w := reflect.New(v.Type()).Elem()
		fmt.Println(w.IsZero(), w.CanSet())
		w.Set(v)
		if v.Kind() != reflect.Func && v.Kind() != reflect.Map {
			fmt.Println(w.Equal(v), v.Equal(w), reflect.DeepEqual(w.Interface(), x), w.Interface() == x)
		}
		m := reflect.MakeMap(reflect.MapOf(reflect.TypeOf(""), v.Type()))
		m.SetMapIndex(reflect.ValueOf("k"), v)
		m.SetMapIndex(reflect.ValueOf("w"), w)
		fmt.Println(m.Len(), m.MapIndex(reflect.ValueOf("k")).Type(), reflect.DeepEqual(m.MapIndex(reflect.ValueOf("k")).Interface(), m.MapIndex(reflect.ValueOf("w")).Interface()))
		s := reflect.Append(reflect.MakeSlice(reflect.SliceOf(v.Type()), 0, 0), v, w)
		fmt.Println(s.Len(), s.Index(1).CanSet(), s.Index(0).Kind())
		z := reflect.Zero(v.Type())
		fmt.Println(z.IsZero(), z.Kind())
		s.Index(0).Set(z)
		fmt.Println(s.Index(0).IsZero(), s.Index(1).IsZero())
		switch v.Kind() {
		case reflect.Struct:
			for i := 0; i < v.NumField(); i++ {
				fmt.Println(v.Field(i).Kind(), v.Field(i).Type(), v.Field(i).IsZero(), w.Field(i).IsZero())
			}
		case reflect.Array:
			fmt.Println(v.Index(0).Kind(), v.Len(), w.Index(0).IsZero())
		case reflect.Map, reflect.Chan:
			fmt.Println(v.Len(), w.Len())
		case reflect.Pointer:
			if !v.IsNil() && v.Elem().Kind() == reflect.Int {
				v.Elem().SetInt(v.Elem().Int() + 1)
				fmt.Println(n, w.Elem().Int())
				fmt.Println(v.Elem().Addr().Interface() == x, w.Addr().Elem().Elem().Int())
			}
		case reflect.Func:
			fmt.Println(v.Call([]reflect.Value{reflect.ValueOf(4)})[0].Int(), v.Method(0).Call([]reflect.Value{reflect.ValueOf(4)})[0].Int(), w.MethodByName("Twice").Interface().(func(int) int)(2))
		}
		if g, ok := x.(G); ok {
			fmt.Println(g.Get(), v.MethodByName("Get").Call(nil)[0].Int(), w.MethodByName("Get").Call(nil)[0])
			fmt.Println(v.Convert(reflect.TypeOf((*G)(nil)).Elem()).Elem().Type())
			var gg G
			reflect.ValueOf(&gg).Elem().Set(v)
			fmt.Println(gg.Get())
			fmt.Println(reflect.ValueOf(&gg).Elem().Method(0).Call(nil)[0].Int())
		}
		fmt.Printf("%v\n", reflect.ValueOf(v).Kind())
	}
	f := reflect.MakeFunc(reflect.TypeOf(func(*int, P, A, map[string]int) (*int, P) { return nil, P{} }), func(a []reflect.Value) []reflect.Value {
		fmt.Println(a[0].Elem().Int(), a[1].Field(0).Elem().Int(), a[2].Index(0).Elem().Int(), a[3].Len())
		return []reflect.Value{a[0], a[1]}
	})
	p, q := f.Interface().(func(*int, P, A, map[string]int) (*int, P))(&n, P{&n}, A{&n}, map[string]int{"x": 1})
	fmt.Println(*p, *q.p)
	out := f.Call([]reflect.Value{reflect.ValueOf(&n), reflect.ValueOf(P{&n}), reflect.ValueOf(A{&n}), reflect.ValueOf(map[string]int(nil))})
	fmt.Println(out[0].Elem().Int(), out[1].Field(0).Elem().Int())
	c := reflect.MakeChan(reflect.TypeOf(make(chan *int)), 2)
	c.Send(reflect.ValueOf(&n))
	x, ok := c.Recv()
	fmt.Println(x.Elem().Int(), ok)
	c.TrySend(reflect.ValueOf(&n))
	i, r, ok := reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: c}, {Dir: reflect.SelectDefault}})
	fmt.Println(i, r.Elem().Int(), ok)
	i, r, ok = reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: c, Send: reflect.ValueOf(&n)}, {Dir: reflect.SelectDefault}})
	fmt.Println(i, r.IsValid(), ok)
	arr := reflect.ValueOf([]int{1, 2, 3}).Convert(reflect.TypeOf((*[2]int)(nil)))
	fmt.Println(arr.Elem().Index(1), arr.Elem().CanSet())
	type up unsafe.Pointer
	fmt.Println(reflect.ValueOf(up(&n)).Kind(), reflect.ValueOf(up(&n)).Convert(reflect.TypeOf(unsafe.Pointer(nil))).Pointer() == uintptr(unsafe.Pointer(&n)))
	sw := reflect.Swapper([]*int{&n, nil})
	sw(0, 1)
	var e any = &n
	ev := reflect.ValueOf(&e).Elem()
	fmt.Println(ev.Kind(), ev.Elem().Kind(), ev.Elem().Elem().Int(), ev.Elem().CanAddr())
	ev.Set(reflect.ValueOf(map[string]int{"q": 2}))
	fmt.Println(e, ev.Elem().MapIndex(reflect.ValueOf("q")))
	ev.SetZero()
	fmt.Println(e)
	for it := reflect.ValueOf(map[*int]P{&n: {&n}}).MapRange(); it.Next(); {
		fmt.Println(it.Key().Elem().Int(), it.Value().Field(0).Elem().Int())
	}
	fmt.Println(reflect.Zero(reflect.TypeOf([2000]byte{})).Len(), reflect.Zero(reflect.TypeOf(n)).Interface())
}
