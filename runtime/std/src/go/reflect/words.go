// Written by gen/reflect_calls.py.

package reflect

import "unsafe"

// What travels in registers, or beyond them: words and floats.
type registers struct {
	words  [12]uintptr
	floats [8]float64
}

const (
	maxWords       = 12
	maxFloats      = 8
	maxWordResults = 6
)

type (
	func5   func(a0, a1, a2, a3, a4 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	method5 interface {
		invoke(a0, a1, a2, a3, a4 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	}
	func6   func(a0, a1, a2, a3, a4, a5 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	method6 interface {
		invoke(a0, a1, a2, a3, a4, a5 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	}
	func7   func(a0, a1, a2, a3, a4, a5, a6 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	method7 interface {
		invoke(a0, a1, a2, a3, a4, a5, a6 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	}
	func8   func(a0, a1, a2, a3, a4, a5, a6, a7 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	method8 interface {
		invoke(a0, a1, a2, a3, a4, a5, a6, a7 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	}
	func9   func(a0, a1, a2, a3, a4, a5, a6, a7, a8 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	method9 interface {
		invoke(a0, a1, a2, a3, a4, a5, a6, a7, a8 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	}
	func10   func(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	method10 interface {
		invoke(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	}
	func11   func(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	method11 interface {
		invoke(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	}
	func12   func(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	method12 interface {
		invoke(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64)
	}
)

// callFunc calls a function value with n words; the results replace the arguments.
func callFunc(fn unsafe.Pointer, n int, r *registers) {
	p := unsafe.Pointer(&fn)
	switch n {
	default:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*func5)(p))(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 6:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*func6)(p))(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 7:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*func7)(p))(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 8:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*func8)(p))(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 9:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*func9)(p))(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.words[8], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 10:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*func10)(p))(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.words[8], r.words[9], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 11:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*func11)(p))(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.words[8], r.words[9], r.words[10], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 12:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*func12)(p))(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.words[8], r.words[9], r.words[10], r.words[11], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	}
}

// callMethod calls the first method of an interface value with n words.
func callMethod(receiver [2]unsafe.Pointer, n int, r *registers) {
	p := unsafe.Pointer(&receiver)
	switch n {
	default:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*method5)(p)).invoke(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 6:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*method6)(p)).invoke(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 7:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*method7)(p)).invoke(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 8:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*method8)(p)).invoke(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 9:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*method9)(p)).invoke(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.words[8], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 10:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*method10)(p)).invoke(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.words[8], r.words[9], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 11:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*method11)(p)).invoke(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.words[8], r.words[9], r.words[10], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	case 12:
		r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7] = (*(*method12)(p)).invoke(r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.words[6], r.words[7], r.words[8], r.words[9], r.words[10], r.words[11], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7])
	}
}

// makeFunc is a function value of n words that hands them to handle and returns what that leaves there.
func makeFunc(n int, handle func(r *registers)) unsafe.Pointer {
	switch n {
	default:
		f := func5(func(a0, a1, a2, a3, a4 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64) {
			r := &registers{[12]uintptr{a0, a1, a2, a3, a4}, [8]float64{f0, f1, f2, f3, f4, f5, f6, f7}}
			handle(r)
			return r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7]
		})
		escape(f)
		return *(*unsafe.Pointer)(unsafe.Pointer(&f))
	case 6:
		f := func6(func(a0, a1, a2, a3, a4, a5 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64) {
			r := &registers{[12]uintptr{a0, a1, a2, a3, a4, a5}, [8]float64{f0, f1, f2, f3, f4, f5, f6, f7}}
			handle(r)
			return r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7]
		})
		escape(f)
		return *(*unsafe.Pointer)(unsafe.Pointer(&f))
	case 7:
		f := func7(func(a0, a1, a2, a3, a4, a5, a6 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64) {
			r := &registers{[12]uintptr{a0, a1, a2, a3, a4, a5, a6}, [8]float64{f0, f1, f2, f3, f4, f5, f6, f7}}
			handle(r)
			return r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7]
		})
		escape(f)
		return *(*unsafe.Pointer)(unsafe.Pointer(&f))
	case 8:
		f := func8(func(a0, a1, a2, a3, a4, a5, a6, a7 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64) {
			r := &registers{[12]uintptr{a0, a1, a2, a3, a4, a5, a6, a7}, [8]float64{f0, f1, f2, f3, f4, f5, f6, f7}}
			handle(r)
			return r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7]
		})
		escape(f)
		return *(*unsafe.Pointer)(unsafe.Pointer(&f))
	case 9:
		f := func9(func(a0, a1, a2, a3, a4, a5, a6, a7, a8 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64) {
			r := &registers{[12]uintptr{a0, a1, a2, a3, a4, a5, a6, a7, a8}, [8]float64{f0, f1, f2, f3, f4, f5, f6, f7}}
			handle(r)
			return r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7]
		})
		escape(f)
		return *(*unsafe.Pointer)(unsafe.Pointer(&f))
	case 10:
		f := func10(func(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64) {
			r := &registers{[12]uintptr{a0, a1, a2, a3, a4, a5, a6, a7, a8, a9}, [8]float64{f0, f1, f2, f3, f4, f5, f6, f7}}
			handle(r)
			return r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7]
		})
		escape(f)
		return *(*unsafe.Pointer)(unsafe.Pointer(&f))
	case 11:
		f := func11(func(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64) {
			r := &registers{[12]uintptr{a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10}, [8]float64{f0, f1, f2, f3, f4, f5, f6, f7}}
			handle(r)
			return r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7]
		})
		escape(f)
		return *(*unsafe.Pointer)(unsafe.Pointer(&f))
	case 12:
		f := func12(func(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11 uintptr, f0, f1, f2, f3, f4, f5, f6, f7 float64) (r0, r1, r2, r3, r4, r5 uintptr, q0, q1, q2, q3, q4, q5, q6, q7 float64) {
			r := &registers{[12]uintptr{a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11}, [8]float64{f0, f1, f2, f3, f4, f5, f6, f7}}
			handle(r)
			return r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5], r.floats[0], r.floats[1], r.floats[2], r.floats[3], r.floats[4], r.floats[5], r.floats[6], r.floats[7]
		})
		escape(f)
		return *(*unsafe.Pointer)(unsafe.Pointer(&f))
	}
}
