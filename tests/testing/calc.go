package calc

import "fmt"

func Add(x, y int) int { return x + y }

func Show() { fmt.Println("hi") }
