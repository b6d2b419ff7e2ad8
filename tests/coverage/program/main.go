package main

import "fmt"

func Answer() int { return 42 }

func main() { fmt.Println(Answer()) }
