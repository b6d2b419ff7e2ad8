package untested

import "fmt"

func Hello() {
	fmt.Println("hello")
}
