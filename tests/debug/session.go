package main

type point struct {
	x, y int
	name string
}

var total = 7

func add(p *point, n int) (sum int) {
	for i := 0; i < n; i++ {
		total += i
		sum += p.x*i + p.y
	}
	return sum
}

func main() {
	list := []int{3, 1, 4, 1, 5}
	text := "hello, world"
	ages := map[string]int{"ada": 36, "bob": 40}
	p := &point{x: 2, y: 3, name: "corner"}
	var any interface{} = text
	for i, v := range list {
		text += "!"
		p.x += v * i
	}
	delete(ages, "bob")
	ages["cy"] = len(text)
	n := add(p, len(list))
	done := make(chan int, 3)
	go func() { done <- n }()
	println(<-done, text, len(ages), any != nil, total)
}
