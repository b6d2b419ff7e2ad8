package main

import (
	"fmt"
	"strconv"
)

// Integers of one digit in some base but not in another.
func main() {
	for _, i := range []int64{0, 1, 2, 7, 8, 9, 10, 35, 36, -1, -8, -9} {
		for _, base := range []int{2, 3, 8, 9, 10, 16, 36} {
			a, b := strconv.FormatInt(i, base), string(strconv.AppendInt(nil, i, base))
			back, err := strconv.ParseInt(a, base, 64)
			fmt.Print(a, " ", a == b && back == i && err == nil, " ")
			if i >= 0 {
				fmt.Print(strconv.FormatUint(uint64(i), base) == a, " ")
			}
		}
		fmt.Println()
	}
}
