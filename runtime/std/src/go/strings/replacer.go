package strings

import (
	"io"
)

// A Replacer replaces strings by others, at each place the first pair of its arguments that fits.
type Replacer struct {
	pairs []pair
	// The pairs by their first byte, as indices in order; those with an empty old string are in `anywhere`.
	first    [256][]int32
	anywhere int
}

type pair struct {
	old, new string
}

// NewReplacer takes pairs of an old and a new string.
func NewReplacer(oldnew ...string) *Replacer {
	if len(oldnew)%2 == 1 {
		panic("strings.NewReplacer: odd argument count")
	}
	r := &Replacer{anywhere: -1}
	for i := 0; i < len(oldnew); i += 2 {
		old := oldnew[i]
		index := len(r.pairs)
		r.pairs = append(r.pairs, pair{old, oldnew[i+1]})
		if old == "" {
			if r.anywhere < 0 {
				r.anywhere = index
			}
			continue
		}
		r.first[old[0]] = append(r.first[old[0]], int32(index))
	}
	return r
}

// match is the pair that fits at the start of s. An empty old string fits unless the last match was empty as well.
func (r *Replacer) match(s string, empty bool) *pair {
	if s != "" {
		for _, i := range r.first[s[0]] {
			if !empty && r.anywhere >= 0 && r.anywhere < int(i) {
				break
			}
			if p := &r.pairs[i]; HasPrefix(s, p.old) {
				return p
			}
		}
	}
	if r.anywhere >= 0 && !empty {
		return &r.pairs[r.anywhere]
	}
	return nil
}

// pieces calls emit for each piece of the result; changed tells whether anything was replaced.
func (r *Replacer) pieces(s string, emit func(string) bool) (changed bool) {
	last := 0
	empty := false
	for i := 0; i <= len(s); {
		if i != len(s) && r.anywhere < 0 && r.first[s[i]] == nil {
			i++
			continue
		}
		p := r.match(s[i:], empty)
		if p == nil {
			empty = false
			i++
			continue
		}
		changed = true
		if last < i && !emit(s[last:i]) {
			return true
		}
		if !emit(p.new) {
			return true
		}
		i += len(p.old)
		last = i
		empty = p.old == ""
	}
	if changed && last < len(s) {
		emit(s[last:])
	}
	return changed
}

// Replace is s with all replacements made.
func (r *Replacer) Replace(s string) string {
	var b []byte
	if !r.pieces(s, func(piece string) bool {
		b = append(b, piece...)
		return true
	}) {
		return s
	}
	return string(b)
}

// WriteString writes s with all replacements made.
func (r *Replacer) WriteString(w io.Writer, s string) (n int, err error) {
	emit := func(piece string) bool {
		var m int
		m, err = io.WriteString(w, piece)
		n += m
		return err == nil
	}
	if !r.pieces(s, emit) {
		emit(s)
	}
	return n, err
}
