package strconv

import "unsafe"

// What package math has of these would bring all of it into every program that prints.

func float64bits(f float64) uint64     { return *(*uint64)(unsafe.Pointer(&f)) }
func float64frombits(u uint64) float64 { return *(*float64)(unsafe.Pointer(&u)) }
func float32bits(f float32) uint32     { return *(*uint32)(unsafe.Pointer(&f)) }
func float32frombits(u uint32) float32 { return *(*float32)(unsafe.Pointer(&u)) }

// inf is positive or negative infinity, as the sign is.
func inf(sign int) float64 {
	u := uint64(0x7FF << 52)
	if sign < 0 {
		u |= 1 << 63
	}
	return float64frombits(u)
}

func nan() float64 { return float64frombits(0x7FF8000000000001) }
