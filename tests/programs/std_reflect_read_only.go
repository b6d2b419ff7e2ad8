// What is reached through unexported fields, embedded or not: it can be read, and neither set, nor called, nor taken out as an interface.
package main

import (
	"fmt"
	"reflect"
)

type Shown struct {
	N     int
	Inner struct{ M int }
	List  []int
	n     int
}

func (s Shown) Get() int   { return s.N }
func (s *Shown) Put(n int) { s.N = n }

type hidden struct {
	N     int
	List  []Shown
	Table map[string]Shown
	Any   any
	Point *Shown
	Fun   func(int) int
	Array [2]Shown
	n     int
	Shown
}

func (h hidden) Hello() string   { return "hello" }
func (h *hidden) Name(s string)  { h.n = len(s) }
func (h hidden) unseen() string  { return "unseen" }
func (h hidden) Many(...int) int { return h.N }

type (
	slice   []Shown
	array   [2]Shown
	table   map[Shown2]Shown
	pointer *Shown
	text    string
	number  int
	fun     func(int) int
	channel chan int
	iface   interface{ Get() int }
	Shown2  struct{ A int }
	bytes   []byte
	ptr     = *hidden
)

type outer struct {
	hidden
	slice
	array
	table
	text
	number
	fun
	channel
	iface
	bytes
	any
	Shown
}

type byPointer struct {
	*hidden
	Plain *hidden
	plain *hidden
	*Shown
}

type plain struct {
	h hidden
	s slice
	a array
	t table
	x text
	n number
	f fun
	c channel
	i iface
	b bytes
	e any
	p *Shown
	V Shown
}

func try(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Printf("  %s: panic: %v\n", what, r)
		}
	}()
	f()
	fmt.Printf("  %s: ok\n", what)
}

func show(what string, v reflect.Value) {
	if !v.IsValid() {
		fmt.Println(what, "invalid")
		return
	}
	can := []byte("---")
	for i, c := range []bool{v.CanInterface(), v.CanSet(), v.CanAddr()} {
		if c {
			can[i] = "isa"[i]
		}
	}
	fmt.Println(what, string(can))
}

// walk goes through everything that can be reached from a value.
func walk(path string, v reflect.Value, depth int) {
	show(path, v)
	if !v.IsValid() || depth == 0 {
		return
	}
	if v.CanAddr() && !v.CanSet() {
		show(path+".Addr", v.Addr())
		show(path+".Addr.Elem", v.Addr().Elem())
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			walk(path+"."+v.Type().Field(i).Name, v.Field(i), depth-1)
		}
	case reflect.Slice, reflect.Array, reflect.String:
		if v.Len() == 0 {
			break
		}
		walk(path+"[0]", v.Index(0), depth-1)
		if v.Kind() != reflect.Array || v.CanAddr() {
			s := v.Slice(0, 1)
			show(path+".Slice", s)
			show(path+".Slice[0]", s.Index(0))
		}
		if v.Kind() == reflect.Slice || v.Kind() == reflect.Array && v.CanAddr() {
			s := v.Slice3(0, 1, 1)
			show(path+".Slice3", s)
			show(path+".Slice3[0]", s.Index(0))
		}
		for k, x := range v.Seq2() {
			show(path+".Seq2", k)
			show(path+".Seq2 element", x)
			break
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			walk(path+".key", k, depth-1)
			walk(path+".MapIndex", v.MapIndex(k), depth-1)
		}
		for it := v.MapRange(); it.Next(); {
			show(path+".Key", it.Key())
			show(path+".Value", it.Value())
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			try(path+".SetIterKey", func() { key.SetIterKey(it) })
			try(path+".SetIterValue", func() { value.SetIterValue(it) })
		}
		try(path+".SetMapIndex", func() { v.SetMapIndex(reflect.Zero(v.Type().Key()), reflect.Value{}) })
	case reflect.Pointer, reflect.Interface:
		walk(path+".Elem", v.Elem(), depth-1)
	case reflect.Func:
		if v.Type().NumIn() == 1 {
			try(path+".Call", func() { v.Call([]reflect.Value{reflect.ValueOf(1)}) })
		}
	case reflect.Chan:
		try(path+".Send", func() { v.Send(reflect.ValueOf(1)) })
		try(path+".TrySend", func() { v.TrySend(reflect.ValueOf(1)) })
		try(path+".Recv", func() { v.Recv() })
		try(path+".TryRecv", func() { v.TryRecv() })
	}
	for i := range v.NumMethod() {
		m := v.Method(i)
		name := path + "." + v.Type().Method(i).Name
		show(name, m)
		var in []reflect.Value
		for j := range m.Type().NumIn() {
			in = append(in, reflect.Zero(m.Type().In(j)))
		}
		if m.Type().IsVariadic() {
			try(name+".CallSlice", func() { m.CallSlice(in) })
			in = in[:len(in)-1]
		}
		try(name+".Call", func() { m.Call(in) })
		try(name+".Interface", func() { m.Interface() })
	}
}

func main() {
	h := hidden{1, []Shown{{N: 2}}, map[string]Shown{"k": {N: 3}}, Shown{N: 4}, &Shown{N: 5}, func(i int) int { return i }, [2]Shown{{N: 6}}, 7, Shown{N: 8}}
	s, a, t := slice{{N: 9}}, array{{N: 10}}, table{{11}: {N: 12}}
	o := outer{h, s, a, t, "text", 13, h.Fun, make(channel, 8), Shown{N: 14}, bytes("ab"), &Shown{N: 15}, Shown{N: 16}}
	walk("o", reflect.ValueOf(&o), 4)
	p := plain{h, s, a, t, "text", 13, h.Fun, make(channel, 8), Shown{N: 14}, bytes("ab"), &Shown{N: 15}, &Shown{N: 17}, Shown{N: 16}}
	walk("p", reflect.ValueOf(&p), 3)
	b := byPointer{&h, &h, &h, &Shown{N: 18}}
	walk("b", reflect.ValueOf(&b), 3)
	setters(reflect.ValueOf(&o).Elem(), reflect.ValueOf(&p).Elem())
	conversions(reflect.ValueOf(&o).Elem(), reflect.ValueOf(&p).Elem())
	functions(reflect.ValueOf(&o).Elem(), reflect.ValueOf(&p).Elem())
	promoted(&o, &b)
}

// setters call each Set method of what can not be set.
func setters(values ...reflect.Value) {
	var basic struct {
		b bool
		i int
		u uint
		f float64
		c complex128
		s string
		y []byte
		e any
		p *int
		m map[string]int
	}
	v := reflect.ValueOf(&basic).Elem()
	try("SetBool", func() { v.Field(0).SetBool(true) })
	try("SetInt", func() { v.Field(1).SetInt(1) })
	try("SetUint", func() { v.Field(2).SetUint(1) })
	try("SetFloat", func() { v.Field(3).SetFloat(1) })
	try("SetComplex", func() { v.Field(4).SetComplex(1) })
	try("SetString", func() { v.Field(5).SetString("") })
	try("SetBytes", func() { v.Field(6).SetBytes(nil) })
	try("SetLen", func() { v.Field(6).SetLen(0) })
	try("SetCap", func() { v.Field(6).SetCap(0) })
	try("Grow", func() { v.Field(6).Grow(1) })
	try("Set", func() { v.Field(7).Set(reflect.ValueOf(1)) })
	try("SetZero", func() { v.Field(8).SetZero() })
	try("SetMapIndex", func() { v.Field(9).SetMapIndex(reflect.ValueOf(""), reflect.ValueOf(1)) })
	try("Set", func() { reflect.ValueOf(1).Set(reflect.ValueOf(1)) })
	try("SetInt", func() { reflect.Value{}.SetInt(1) })
	try("SetString", func() { reflect.ValueOf(1).SetString("") })
	for _, s := range values {
		for i := range s.NumField() {
			f := s.Field(i)
			name := s.Type().Field(i).Name
			target := reflect.New(f.Type()).Elem()
			try(name+".Set", func() { f.Set(f) })
			try(name+" into Set", func() { target.Set(f) })
			try(name+".SetZero", func() { f.SetZero() })
			try(name+".Interface", func() { f.Interface() })
			try(name+" TypeAssert", func() { reflect.TypeAssert[any](f) })
		}
	}
}

func conversions(values ...reflect.Value) {
	number, bytes, runes, text := reflect.TypeFor[float64](), reflect.TypeFor[[]byte](), reflect.TypeFor[[]rune](), reflect.TypeFor[string]()
	to := map[string][]reflect.Type{
		"slice":   {reflect.TypeFor[[]Shown](), reflect.TypeFor[[1]Shown](), reflect.TypeFor[*[1]Shown](), reflect.TypeFor[any]()},
		"array":   {reflect.TypeFor[[2]Shown](), reflect.TypeFor[any]()},
		"table":   {reflect.TypeFor[map[Shown2]Shown](), reflect.TypeFor[any]()},
		"text":    {text, bytes, runes, reflect.TypeFor[any]()},
		"number":  {number, text, reflect.TypeFor[uint8](), reflect.TypeFor[any]()},
		"fun":     {reflect.TypeFor[func(int) int](), reflect.TypeFor[any]()},
		"channel": {reflect.TypeFor[chan int](), reflect.TypeFor[<-chan int](), reflect.TypeFor[any]()},
		"iface":   {reflect.TypeFor[any](), reflect.TypeFor[interface{ Get() int }]()},
		"bytes":   {text, bytes, reflect.TypeFor[[2]byte](), reflect.TypeFor[*[2]byte]()},
	}
	names := []string{"slice", "array", "table", "text", "number", "fun", "channel", "iface", "bytes"}
	for _, s := range values {
		for i, name := range names {
			f := s.Field(i + 1)
			for _, t := range to[name] {
				c := f.Convert(t)
				show(name+" to "+t.String(), c)
				switch c.Kind() {
				case reflect.Interface, reflect.Pointer:
					show(name+" to "+t.String()+" Elem", c.Elem())
				case reflect.Slice, reflect.Array:
					show(name+" to "+t.String()+" [0]", c.Index(0))
				}
			}
		}
		hidden := s.Field(0)
		show("hidden to any", hidden.Convert(reflect.TypeFor[any]()))
		show("hidden to any Elem", hidden.Convert(reflect.TypeFor[any]()).Elem())
		show("hidden to any Elem.N", hidden.Convert(reflect.TypeFor[any]()).Elem().Field(0))
	}
}

var result reflect.Value

func results([]reflect.Value) []reflect.Value { return []reflect.Value{result} }

// functions of the package that take Values.
func functions(values ...reflect.Value) {
	shown := reflect.ValueOf(Shown{})
	call := reflect.ValueOf(func(...any) {})
	fixed := reflect.ValueOf(func(any) {})
	ints := reflect.ValueOf(map[any]any{})
	ch := reflect.ValueOf(make(chan any, 100))
	for _, s := range values {
		list, arr, tab, txt := s.Field(1), s.Field(2), s.Field(3), s.Field(4)
		channel := s.Field(7)
		try("Append to", func() { reflect.Append(list, shown) })
		try("Append", func() { reflect.Append(reflect.ValueOf([]any{}), txt) })
		try("Append to text", func() { reflect.Append(txt, shown) })
		try("AppendSlice to", func() { reflect.AppendSlice(list, list) })
		try("AppendSlice", func() { reflect.AppendSlice(reflect.ValueOf([]Shown{}), list) })
		try("AppendSlice of others", func() { reflect.AppendSlice(reflect.ValueOf([]int{}), list) })
		try("Copy to", func() { reflect.Copy(list, reflect.ValueOf([]Shown{})) })
		try("Copy to array", func() { reflect.Copy(arr, reflect.ValueOf([]Shown{})) })
		try("Copy from", func() { reflect.Copy(reflect.ValueOf([]Shown{}), list) })
		try("Copy from text", func() { reflect.Copy(reflect.ValueOf([]byte{1}), txt) })
		try("Copy of others", func() { reflect.Copy(reflect.ValueOf([]int{}), reflect.ValueOf([]int8{})) })
		try("Call with", func() { fixed.Call([]reflect.Value{txt}) })
		try("Call variadic with", func() { call.Call([]reflect.Value{txt}) })
		try("CallSlice with", func() { call.CallSlice([]reflect.Value{reflect.ValueOf([]any{})}) })
		try("SetMapIndex key", func() { ints.SetMapIndex(txt, reflect.ValueOf(1)) })
		try("SetMapIndex value", func() { ints.SetMapIndex(reflect.ValueOf(1), txt) })
		show("MapIndex by", ints.MapIndex(txt))
		same := reflect.ValueOf(map[text]int{"text": 1})
		if txt.Type() == same.Type().Key() {
			show("MapIndex by the same type", same.MapIndex(txt))
		}
		try("SetMapIndex of", func() { tab.SetMapIndex(reflect.ValueOf(Shown2{}), shown) })
		try("Send", func() { ch.Send(txt) })
		try("TrySend", func() { ch.TrySend(txt) })
		try("Close", func() { channel.Close() })
		try("Select send of", func() { reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: ch, Send: txt}}) })
		try("Select send to", func() {
			reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: channel, Send: reflect.ValueOf(1)}})
		})
		try("Select recv", func() { reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: channel}}) })
		result = txt
		try("MakeFunc", func() { reflect.MakeFunc(reflect.TypeFor[func() text](), results).Call(nil) })
		result = reflect.Value{}
		try("MakeFunc of nothing", func() { reflect.MakeFunc(reflect.TypeFor[func() text](), results).Call(nil) })
		show("Indirect", reflect.Indirect(s.Field(0)))
		try("Clear", func() { tab.Clear() })
	}
	receive := reflect.ValueOf((<-chan int)(make(chan int)))
	send := reflect.ValueOf((chan<- int)(make(chan int)))
	try("Close of a receiver", func() { receive.Close() })
	try("Send to a receiver", func() { receive.Send(reflect.ValueOf(1)) })
	try("Recv from a sender", func() { send.Recv() })
	try("Select send", func() {
		reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: receive, Send: reflect.ValueOf(1)}})
	})
	try("Select recv", func() { reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: send}}) })
	try("Select of no channel", func() { reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: shown}}) })
	try("SetIterKey too early", func() {
		k := reflect.New(reflect.TypeFor[string]()).Elem()
		k.SetIterKey(reflect.ValueOf(map[string]int{}).MapRange())
	})
	try("SetIterValue too late", func() {
		k := reflect.New(reflect.TypeFor[string]()).Elem()
		it := reflect.ValueOf(map[string]int{}).MapRange()
		it.Next()
		k.SetIterValue(it)
	})
	try("SetIterKey of another type", func() {
		k := reflect.New(reflect.TypeFor[string]()).Elem()
		it := reflect.ValueOf(map[int]int{1: 2}).MapRange()
		it.Next()
		k.SetIterKey(it)
	})
	try("SetIterValue of another type", func() {
		k := reflect.New(reflect.TypeFor[string]()).Elem()
		it := reflect.ValueOf(map[int]int{1: 2}).MapRange()
		it.Next()
		k.SetIterValue(it)
	})
	m := map[int]int{1: 2}
	k := reflect.New(reflect.TypeFor[any]()).Elem()
	it := reflect.ValueOf(m).MapRange()
	it.Next()
	k.SetIterValue(it)
	fmt.Println(k)
}

// promoted fields can be set through embedded structs and pointers to such.
func promoted(o *outer, b *byPointer) {
	v := reflect.ValueOf(o).Elem().FieldByName("hidden")
	v.FieldByName("N").SetInt(100)
	v.FieldByName("Shown").Field(0).SetInt(101)
	v.FieldByName("List").Index(0).Field(0).SetInt(102)
	v.FieldByName("Point").Elem().Field(0).SetInt(103)
	fmt.Println(o.hidden.N, o.hidden.Shown.N, o.hidden.List[0].N, o.Point.N)
	w := reflect.ValueOf(b).Elem().Field(0)
	w.Elem().FieldByName("N").SetInt(104)
	w.Elem().Addr().Elem().FieldByName("Array").Index(1).Field(0).SetInt(105)
	fmt.Println(b.hidden.N, b.hidden.Array[1].N)
	fmt.Println(w.Elem().Field(0).Interface(), v.Field(0).Interface())
}
