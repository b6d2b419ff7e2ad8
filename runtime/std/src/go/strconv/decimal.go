package strconv

// A decimal is a number 0.d1d2...dn * 10**point with exact digits, for conversions that the fast paths cannot decide. Binary
// scaling by repeated shifts is exact; 800 digits hold any float64.
type decimal struct {
	d         [800]byte
	n         int
	point     int
	negative  bool
	truncated bool
}

// maxShift keeps digit<<shift plus a carry within 64 bits.
const maxShift = 59

func (a *decimal) assign(v uint64) {
	var buf [24]byte
	i := len(buf)
	for ; v > 0; v /= 10 {
		i--
		buf[i] = byte(v % 10)
	}
	a.n = copy(a.d[:], buf[i:])
	a.point = a.n
	a.trim()
}

func (a *decimal) trim() {
	for a.n > 0 && a.d[a.n-1] == 0 {
		a.n--
	}
	if a.n == 0 {
		a.point = 0
	}
}

// shift multiplies by 2**k.
func (a *decimal) shift(k int) {
	if a.n == 0 {
		return
	}
	for ; k > maxShift; k -= maxShift {
		a.left(maxShift)
	}
	for ; k < -maxShift; k += maxShift {
		a.right(maxShift)
	}
	if k > 0 {
		a.left(uint(k))
	} else if k < 0 {
		a.right(uint(-k))
	}
}

func (a *decimal) left(k uint) {
	// The product has at most 19 digits more; they are made from the right into a buffer with that room in front.
	var buf [820]byte
	w := a.n + 20
	var carry uint64
	for r := a.n - 1; r >= 0; r-- {
		carry += uint64(a.d[r]) << k
		w--
		buf[w] = byte(carry % 10)
		carry /= 10
	}
	for carry > 0 {
		w--
		buf[w] = byte(carry % 10)
		carry /= 10
	}
	end := a.n + 20
	a.point += end - w - a.n
	for _, c := range buf[w+copy(a.d[:], buf[w:end]) : end] {
		if c != 0 {
			a.truncated = true
		}
	}
	a.n = min(end-w, len(a.d))
	a.trim()
}

func (a *decimal) right(k uint) {
	r, w := 0, 0
	var n uint64
	for ; n>>k == 0; r++ {
		if r >= a.n {
			if n == 0 {
				a.n = 0
				return
			}
			for n>>k == 0 {
				n *= 10
				r++
			}
			break
		}
		n = n*10 + uint64(a.d[r])
	}
	a.point -= r - 1
	mask := uint64(1)<<k - 1
	put := func(c byte) {
		if w < len(a.d) {
			a.d[w] = c
			w++
		} else if c > 0 {
			a.truncated = true
		}
	}
	for ; r < a.n; r++ {
		c := a.d[r]
		put(byte(n >> k))
		n = n&mask*10 + uint64(c)
	}
	for n > 0 {
		put(byte(n >> k))
		n = n & mask * 10
	}
	a.n = w
	a.trim()
}

// roundsUp reports whether rounding to n digits, half to even, goes up.
func (a *decimal) roundsUp(n int) bool {
	if n < 0 || n >= a.n {
		return false
	}
	if a.d[n] == 5 && n+1 == a.n {
		if a.truncated {
			return true
		}
		return n > 0 && a.d[n-1]%2 != 0
	}
	return a.d[n] >= 5
}

func (a *decimal) round(n int) {
	if n < 0 || n >= a.n {
		return
	}
	if a.roundsUp(n) {
		a.roundUp(n)
	} else {
		a.roundDown(n)
	}
}

func (a *decimal) roundDown(n int) {
	if n < 0 || n >= a.n {
		return
	}
	a.n = n
	a.trim()
}

func (a *decimal) roundUp(n int) {
	if n < 0 || n >= a.n {
		return
	}
	for i := n - 1; i >= 0; i-- {
		if a.d[i] < 9 {
			a.d[i]++
			a.n = i + 1
			return
		}
	}
	a.d[0] = 1
	a.n = 1
	a.point++
}

// integer is the number rounded to an integer, half to even.
func (a *decimal) integer() uint64 {
	if a.point > 20 {
		return 1<<64 - 1
	}
	var n uint64
	i := 0
	for ; i < a.point && i < a.n; i++ {
		n = n*10 + uint64(a.d[i])
	}
	for ; i < a.point; i++ {
		n *= 10
	}
	if a.roundsUp(a.point) {
		n++
	}
	return n
}
