// The packages strings, bytes, strconv, unicode and their relatives.
package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

func main() {
	fmt.Println(strings.Fields("  a b\tc\n"), len(strings.Split("a,b,c", ",")), strings.SplitN("a,b,c", ",", 2))
	fmt.Printf("%q %q\n", strings.SplitAfter("a,b", ","), strings.Split("héx", ""))
	fmt.Println(strings.ToUpper("straße ǆ"), strings.ToLower("ÀÉ"), strings.Title("hello wörld"), strings.EqualFold("Straße", "STRASSE"))
	fmt.Println(strings.Replace("oink oink oink", "k", "ky", 2), strings.Map(func(r rune) rune {
		if r == 'a' {
			return -1
		}
		return unicode.ToUpper(r)
	}, "banana"))
	fmt.Println(strings.Index("chicken", "ken"), strings.LastIndex("go gopher", "go"), strings.IndexAny("golang", "ny"), strings.IndexFunc("Hello", unicode.IsLower))
	fmt.Println(strings.Trim("xxhixx", "x"), strings.TrimSpace("\u00a0 hi \n"), strings.TrimLeft("aab", "a"), strings.TrimSuffix("a.go", ".go"))
	fmt.Println(strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace("<b>bold</b>"))
	for s := range strings.SplitSeq("x-y-z", "-") {
		fmt.Print(s, ";")
	}
	for line := range strings.Lines("a\nb\nc") {
		fmt.Printf("%q", line)
	}
	fmt.Println()
	before, after, ok := strings.Cut("key=value", "=")
	fmt.Println(before, after, ok)
	var b strings.Builder
	for i := range 3 {
		fmt.Fprintf(&b, "%d,", i)
	}
	b.WriteRune('☺')
	fmt.Println(b.String(), b.Len())

	buf := bytes.NewBufferString("hello ")
	buf.WriteString("world\nline two\n")
	line, err := buf.ReadString('\n')
	fmt.Printf("%q %v %d\n", line, err, buf.Len())
	fmt.Println(bytes.Equal([]byte("a"), []byte("a")), bytes.Contains([]byte("seafood"), []byte("foo")), string(bytes.ToUpper([]byte("abc"))))

	fmt.Println(strconv.Quote("tab\t\"q\" é \x01"), strconv.Itoa(-45), strconv.FormatFloat(1.0/3, 'g', -1, 64), strconv.FormatInt(255, 2))
	n, err := strconv.ParseInt("99999999999999999999", 10, 64)
	fmt.Println(n, err)
	_, err = strconv.Atoi("x1")
	fmt.Println(err)
	f, err := strconv.ParseFloat("1e-320", 64)
	fmt.Println(f, err)
	fmt.Println(unicode.IsLetter('世'), unicode.Is(unicode.Han, '世'), unicode.In('é', unicode.Latin, unicode.Greek), unicode.IsPunct('!'), unicode.IsSpace('\u2003'), string(unicode.SimpleFold('k')))
	fmt.Println(utf8.RuneCountInString("héllo"), utf8.ValidString("a\xffb"), utf16.Encode([]rune("a😀")), len(unicode.Categories), len(unicode.Scripts))
}
