// Package constanttime compares and selects without branches.
package constanttime

// mask is all ones if v is 1, all zeroes if v is 0.
func mask(v int) int { return -v }

// Select is x if v is 1 and y if v is 0.
func Select(v, x, y int) int { return y ^ mask(v)&(x^y) }

// zero is 1 if x is 0, otherwise 0.
func zero(x uint64) int { return int((^x & (x - 1)) >> 63) }

// ByteEq is 1 if x == y, otherwise 0.
func ByteEq(x, y uint8) int { return zero(uint64(x ^ y)) }

// Eq is 1 if x == y, otherwise 0.
func Eq(x, y int32) int { return zero(uint64(uint32(x ^ y))) }

// LessOrEq is 1 if x <= y, otherwise 0; both are not negative and below 1<<31.
func LessOrEq(x, y int) int { return int(uint64(int64(x)-int64(y)-1) >> 63) }
