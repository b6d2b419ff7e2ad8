// The package reflect.
package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"unsafe"
)

type Inner struct {
	X, Y int
}

func (i Inner) Sum() int     { return i.X + i.Y }
func (i *Inner) Scale(k int) { i.X *= k; i.Y *= k }
func (i Inner) Name() string { return fmt.Sprint("inner", i.X) }
func (i Inner) Add(v ...int) int {
	n := i.X
	for _, x := range v {
		n += x
	}
	return n
}

type Big struct {
	A, B, C, D, E, F, G, H, I int64
}

type Outer struct {
	Inner
	Tag    string `json:"tag,omitempty" x:"y"`
	M      map[string]int
	S      []float64
	hidden bool
	P      *Inner
	I      any
}

type Sizer interface {
	Sum() int
	Name() string
}

type Num int16

func (n Num) Double() Num { return n * 2 }

func variadic(sep string, parts ...string) string { return strings.Join(parts, sep) }

func mixed(a int8, b float64, s string, c float32, d uint16, e []int, z complex128) (string, float64, error, int8) {
	return fmt.Sprint(a, b, s, c, d, e, z), b * 2, fmt.Errorf("e%d", a), -a
}

func bigs(b Big, k int64) (Big, int64) {
	b.A += k
	return b, b.A + b.I
}

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "panics:", r)
		}
	}()
	f()
}

func main() {
	o := Outer{Inner: Inner{1, 2}, Tag: "t", M: map[string]int{"a": 1}, S: []float64{1, 2}, P: &Inner{3, 4}, I: 5}
	t := reflect.TypeOf(o)
	fmt.Println(t, t.Kind(), t.Name(), t.PkgPath(), t.NumField(), t.NumMethod(), t.Size(), t.Align())
	for i := range t.NumField() {
		f := t.Field(i)
		fmt.Println(f.Name, f.Type, f.Tag, f.Offset, f.Index, f.Anonymous, f.PkgPath, f.IsExported(), f.Tag.Get("json"))
	}
	f, ok := t.FieldByName("Y")
	fmt.Println(f.Name, f.Index, ok)
	for _, x := range []any{1, "s", 1.5, []int{1}, [2]string{}, map[string]bool{}, make(chan int), func(int, ...string) error { return nil }, &o, struct{ A int }{}, Num(3), nil, uint8(1), 2i, unsafe.Pointer(nil), any(nil), (*error)(nil)} {
		if x == nil {
			fmt.Println(reflect.TypeOf(x), reflect.ValueOf(x).IsValid())
			continue
		}
		t := reflect.TypeOf(x)
		fmt.Printf("%v %v %q %v %v\n", t, t.Kind(), t.Name(), t.Size(), t.Comparable())
	}
	v := reflect.ValueOf(&o).Elem()
	v.Field(1).SetString("changed")
	v.FieldByName("X").SetInt(10)
	v.FieldByName("S").Index(0).SetFloat(9)
	v.FieldByName("M").SetMapIndex(reflect.ValueOf("b"), reflect.ValueOf(2))
	v.FieldByName("I").Set(reflect.ValueOf("any"))
	v.FieldByName("P").Elem().Field(0).SetInt(77)
	fmt.Println(o.Tag, o.X, o.S, o.M, o.I, *o.P, v.FieldByName("hidden").CanSet(), v.Field(0).CanAddr())
	keys := v.FieldByName("M").MapKeys()
	sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
	fmt.Println(keys, v.FieldByName("M").MapIndex(reflect.ValueOf("zz")).IsValid(), v.FieldByName("M").Len())
	try("set hidden", func() { v.FieldByName("hidden").SetBool(true) })
	try("set unaddressable", func() { reflect.ValueOf(1).SetInt(2) })
	try("kind", func() { reflect.ValueOf("x").Int() })
	try("zero", func() { reflect.Value{}.Type() })
	try("index", func() { reflect.ValueOf([]int{1}).Index(3) })
	try("assign", func() { v.Field(1).Set(reflect.ValueOf(1)) })
	try("nil call", func() { var f func(); reflect.ValueOf(f).Call(nil) })
	try("few", func() { reflect.ValueOf(variadic).Call(nil) })

	in := reflect.ValueOf(Inner{3, 4})
	fmt.Println(in.NumMethod(), in.Method(2).Call(nil)[0].Int(), in.MethodByName("Name").Call(nil)[0], in.MethodByName("None").IsValid())
	ip := reflect.ValueOf(&Inner{3, 4})
	ip.MethodByName("Scale").Call([]reflect.Value{reflect.ValueOf(5)})
	fmt.Println(ip.Elem().Interface(), ip.NumMethod(), reflect.ValueOf(Num(4)).Method(0).Call(nil)[0].Int())
	for i := range ip.Type().NumMethod() {
		m := ip.Type().Method(i)
		fmt.Println(m.Name, m.Type, m.Index)
	}
	m, _ := in.Type().MethodByName("Add")
	fmt.Println(m.Func.Call([]reflect.Value{in, reflect.ValueOf(1), reflect.ValueOf(2)})[0].Int())
	var sz Sizer = Inner{5, 6}
	sv := reflect.ValueOf(&sz).Elem()
	fmt.Println(sv.Kind(), sv.NumMethod(), sv.Method(1).Call(nil)[0].Int(), sv.Elem().Type())
	bound := in.MethodByName("Sum").Interface().(func() int)
	fmt.Println(bound())

	fmt.Println(reflect.ValueOf(variadic).Call([]reflect.Value{reflect.ValueOf("-"), reflect.ValueOf("a"), reflect.ValueOf("b")})[0])
	fmt.Println(reflect.ValueOf(variadic).CallSlice([]reflect.Value{reflect.ValueOf("+"), reflect.ValueOf([]string{"x", "y"})})[0])
	r := reflect.ValueOf(mixed).Call([]reflect.Value{reflect.ValueOf(int8(-3)), reflect.ValueOf(2.5), reflect.ValueOf("str"), reflect.ValueOf(float32(1.25)), reflect.ValueOf(uint16(65535)), reflect.ValueOf([]int{1, 2}), reflect.ValueOf(3 + 4i)})
	fmt.Println(r[0], r[1], r[2], r[3])
	rb := reflect.ValueOf(bigs).Call([]reflect.Value{reflect.ValueOf(Big{A: 1, I: 9}), reflect.ValueOf(int64(100))})
	fmt.Println(rb[0], rb[1])
	swap := func(in []reflect.Value) []reflect.Value { return []reflect.Value{in[1], in[0]} }
	var intSwap func(int, int) (int, int)
	reflect.ValueOf(&intSwap).Elem().Set(reflect.MakeFunc(reflect.TypeOf(intSwap), swap))
	fmt.Println(intSwap(1, 2))
	var mixSwap func(string, float64) (float64, string)
	reflect.ValueOf(&mixSwap).Elem().Set(reflect.MakeFunc(reflect.TypeOf(mixSwap), swap))
	fmt.Println(mixSwap("a", 2.5))
	var bigSwap func(Big, string) (string, Big)
	reflect.ValueOf(&bigSwap).Elem().Set(reflect.MakeFunc(reflect.TypeOf(bigSwap), swap))
	fmt.Println(bigSwap(Big{C: 7}, "big"))

	fmt.Println(reflect.SliceOf(t) == reflect.TypeOf([]Outer{}), reflect.MapOf(reflect.TypeOf(""), reflect.TypeOf(0)) == reflect.TypeOf(map[string]int{}), reflect.PointerTo(t) == reflect.TypeOf(&o))
	arr := reflect.ArrayOf(3, reflect.TypeOf(uint16(0)))
	av := reflect.New(arr).Elem()
	av.Index(1).SetUint(7)
	fmt.Println(arr, av.Interface(), reflect.ChanOf(reflect.RecvDir, arr), reflect.FuncOf([]reflect.Type{arr, reflect.TypeOf([]int{})}, []reflect.Type{t}, true))
	st := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeOf(0), Tag: `json:"a"`}, {Name: "B", Type: reflect.TypeOf("")}})
	s := reflect.New(st).Elem()
	s.Field(0).SetInt(5)
	s.Field(1).SetString("five")
	fmt.Printf("%v %+v %T\n", s.Interface(), s.Interface(), s.Interface())
	mm := reflect.MakeMap(reflect.MapOf(arr, st))
	mm.SetMapIndex(av, s)
	fmt.Println(mm.Len(), mm.MapIndex(av), mm.Interface())
	sl := reflect.MakeSlice(reflect.TypeOf([]string{}), 1, 2)
	sl = reflect.Append(sl, reflect.ValueOf("p"), reflect.ValueOf("q"))
	fmt.Println(sl.Len(), sl, sl.Slice(1, 3), reflect.Copy(sl, reflect.ValueOf([]string{"zero"})), sl.Index(0))
	ch := reflect.MakeChan(reflect.TypeOf(make(chan int)), 1)
	ch.Send(reflect.ValueOf(42))
	got, okr := ch.TryRecv()
	_, ok2 := ch.TryRecv()
	fmt.Println(got, okr, ok2, ch.Len(), ch.Cap())
	ch.Send(reflect.ValueOf(43))
	chosen, rv, rok := reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: ch}, {Dir: reflect.SelectDefault}})
	fmt.Println(chosen, rv, rok)

	fmt.Println(reflect.DeepEqual(o, o), reflect.DeepEqual([]int{1, 2}, []int{1, 2}), reflect.DeepEqual(map[string][]int{"a": {1}}, map[string][]int{"a": {1}}), reflect.DeepEqual([]int(nil), []int{}), reflect.DeepEqual(1, int64(1)), reflect.DeepEqual(&Inner{1, 2}, &Inner{1, 2}))
	fmt.Println(reflect.ValueOf(65).Convert(reflect.TypeOf("")), reflect.ValueOf(3.7).Convert(reflect.TypeOf(0)), reflect.ValueOf("hi").Convert(reflect.TypeOf([]byte(nil))), reflect.ValueOf(300).Convert(reflect.TypeOf(uint8(0))), reflect.ValueOf(Num(2)).Convert(reflect.TypeOf(0)).Type())
	fmt.Println(reflect.TypeOf(Inner{}).Implements(reflect.TypeFor[Sizer]()), reflect.TypeOf(o).Implements(reflect.TypeFor[error]()), reflect.TypeOf(1).AssignableTo(reflect.TypeFor[any]()), reflect.TypeOf(1).ConvertibleTo(reflect.TypeFor[string]()))
	fmt.Println(reflect.Zero(t).IsZero(), reflect.ValueOf(o).IsZero(), reflect.ValueOf((*int)(nil)).IsNil(), reflect.ValueOf("x"), reflect.ValueOf(2), reflect.ValueOf(o).String(), reflect.Indirect(reflect.ValueOf(&o)).Kind())
	for i, x := range reflect.ValueOf([]string{"a", "b"}).Seq2() {
		fmt.Print(i, x, " ")
	}
	for x := range reflect.ValueOf(3).Seq() {
		fmt.Print(x, " ")
	}
	fmt.Println(len(reflect.VisibleFields(t)))
}
