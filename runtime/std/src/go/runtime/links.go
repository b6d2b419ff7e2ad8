package runtime

import (
	"math/bits"
	"unsafe"
)

// What Go's own library asks of its runtime by linkname.

//go:linkname godebugSetUpdate internal/godebug.setUpdate
func godebugSetUpdate(update func(defaults, environment string)) {
	godebugUpdate = update
	update(godebugDefault, environment("GODEBUG"))
}

// godebugDefault is set by the compiler: what //go:debug lines of package main say.
var godebugDefault string

// godebugUpdate tells internal/godebug what the environment says.
var godebugUpdate func(defaults, environment string)

//go:linkname godebugChanged syscall.godebugChanged
func godebugChanged(value string) {
	if godebugUpdate != nil {
		godebugUpdate(godebugDefault, value)
	}
}

// Counters of settings that are not at their defaults are not published.
//
//go:linkname godebugRegisterMetric internal/godebug.registerMetric
func godebugRegisterMetric(name string, read func() uint64) {}

//go:linkname godebugSetNewIncNonDefault internal/godebug.setNewIncNonDefault
func godebugSetNewIncNonDefault(newIncNonDefault func(string) func()) {}

// write is linked to by internal/godebug.
func write(fd uintptr, p unsafe.Pointer, n int32) int32 {
	print(unsafe.String((*byte)(p), int(n)))
	return n
}

//go:linkname sysrandFatal crypto/internal/sysrand.fatal
func sysrandFatal(text string) { panic("fatal error: " + text) }

//go:linkname randFatal crypto/rand.fatal
func randFatal(text string) { panic("fatal error: " + text) }

//go:linkname fips140Fatal crypto/internal/fips140.fatal
func fips140Fatal(text string) { panic("fatal error: " + text) }

// The indicator of approved services belongs to a goroutine in Go; nothing here reads it.
var fips140Indicator uint8

//go:linkname fips140Get crypto/internal/fips140.getIndicator
func fips140Get() uint8 { return fips140Indicator }

//go:linkname fips140Set crypto/internal/fips140.setIndicator
func fips140Set(value uint8) { fips140Indicator = value }

//go:linkname random escargo.fastrand
func random() uint64

// environment is the value of a variable, "" if it is not set.
func environment(key string) string {
	for i := range envc() {
		if e := envv(i); len(e) > len(key) && e[len(key)] == '=' && e[:len(key)] == key {
			return e[len(key)+1:]
		}
	}
	return ""
}

// rand is linked to by packages that need random numbers.
func rand() uint64 { return random() }

// memhash, for hash/maphash, hashes memory, 16 bytes a step: the two halves are multiplied, and the product's halves mixed.
func memhash(p unsafe.Pointer, seed, size uintptr) uintptr {
	const k0, k1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h := uint64(seed) ^ k0
	n := uint64(size)
	for size >= 16 {
		h = mix(*(*uint64)(p)^k1, *(*uint64)(unsafe.Add(p, 8))^h)
		p, size = unsafe.Add(p, 16), size-16
	}
	var a, b uint64
	if size >= 8 {
		a = *(*uint64)(p)
		p, size = unsafe.Add(p, 8), size-8
	}
	for i := range size {
		b |= uint64(*(*byte)(unsafe.Add(p, i))) << (8 * i)
	}
	return uintptr(mix(a^k1^n, mix(b^k1, h^n)))
}

// mix multiplies and folds.
func mix(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// Strict FIPS 140 mode, which these suspend for a goroutine, does not exist here.
//
//go:linkname fips140SetBypass crypto/fips140.setBypass
func fips140SetBypass() {}

//go:linkname fips140UnsetBypass crypto/fips140.unsetBypass
func fips140UnsetBypass() {}

//go:linkname fips140IsBypassed crypto/fips140.isBypassed
func fips140IsBypassed() bool { return false }

//go:linkname ditEnable crypto/subtle.setDITEnabled
func ditEnable() bool { return false }

//go:linkname ditDisable crypto/subtle.setDITDisabled
func ditDisable() {}

//go:linkname cryptoTime crypto/internal/fips140deps/time.monoTime
func cryptoTime() int64 { return monotonic() }

//go:linkname monotonic escargo.nanotime
func monotonic() int64

// nanotime is linked to by internal/poll.
func nanotime() int64 { return monotonic() }

// Marks in Go's executables that say which cryptography they contain.
//
//go:linkname sigBoringCrypto crypto/internal/boring/sig.BoringCrypto
func sigBoringCrypto() {}

//go:linkname sigFIPSOnly crypto/internal/boring/sig.FIPSOnly
func sigFIPSOnly() {}

//go:linkname sigStandardCrypto crypto/internal/boring/sig.StandardCrypto
func sigStandardCrypto() {}

// A weak pointer is the pointer itself: it keeps its object.
//
//go:linkname weakRegister weak.runtime_registerWeakPointer
func weakRegister(p unsafe.Pointer) unsafe.Pointer { return p }

//go:linkname weakValue weak.runtime_makeStrongFromWeak
func weakValue(p unsafe.Pointer) unsafe.Pointer { return p }

// vgetrandom is linked to by golang.org/x/sys/unix, which makes the system call then.
func vgetrandom(p []byte, flags uint32) (ret int, supported bool) { return -1, false }
