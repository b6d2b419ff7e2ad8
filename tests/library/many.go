// Many packages of Go's library, a little of each.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"container/heap"
	"crypto/aes"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"hash/crc32"
	"hash/fnv"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"index/suffixarray"
	"log/slog"
	"math/big"
	"mime"
	"net/url"
	"os"
	"regexp"
	"strings"
	"text/scanner"
	"text/tabwriter"
	"unicode/utf8"
	"unique"
	"weak"
)

type ints []int

func (h ints) Len() int           { return len(h) }
func (h ints) Less(i, j int) bool { return h[i] < h[j] }
func (h ints) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *ints) Push(x any)        { *h = append(*h, x.(int)) }
func (h *ints) Pop() any          { o := *h; x := o[len(o)-1]; *h = o[:len(o)-1]; return x }

type X struct {
	XMLName xml.Name `xml:"x"`
	A       int      `xml:"a,attr"`
	B       []string `xml:"b"`
}

func main() {
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	tw.WriteHeader(&tar.Header{Name: "a.txt", Size: 3, Mode: 0644})
	tw.Write([]byte("abc"))
	tw.Close()
	fmt.Println(buf.Len())
	var zb bytes.Buffer
	zw := zip.NewWriter(&zb)
	w, _ := zw.Create("f")
	w.Write([]byte(strings.Repeat("hello ", 100)))
	zw.Close()
	zr, err := zip.NewReader(bytes.NewReader(zb.Bytes()), int64(zb.Len()))
	fmt.Println(len(zr.File), err, zr.File[0].UncompressedSize64)
	var fb bytes.Buffer
	fw, _ := flate.NewWriter(&fb, 9)
	fw.Write(bytes.Repeat([]byte("xyz"), 1000))
	fw.Close()
	fmt.Println(fb.Len())
	var gb bytes.Buffer
	gw := gzip.NewWriter(&gb)
	gw.Write([]byte("hi"))
	gw.Close()
	h := &ints{3, 1, 2}
	heap.Init(h)
	fmt.Println(heap.Pop(h))
	b, _ := aes.NewCipher(make([]byte, 16))
	out := make([]byte, 16)
	b.Encrypt(out, out)
	fmt.Println(hex.EncodeToString(out))
	priv := ed25519.NewKeyFromSeed(make([]byte, 32))
	fmt.Println(hex.EncodeToString(ed25519.Sign(priv, []byte("m"))[:8]))
	fmt.Printf("%x\n%x\n%x\n", md5.Sum([]byte("a")), sha256.Sum256([]byte("a")), sha512.Sum512([]byte("a")))
	r := make([]byte, 4)
	rand.Read(r)
	fmt.Println(sql.ErrNoRows)
	fmt.Println(base64.StdEncoding.EncodeToString([]byte("hello")), binary.BigEndian.Uint32([]byte{1, 2, 3, 4}))
	rec, _ := csv.NewReader(strings.NewReader("a,\"b\nc\",d")).ReadAll()
	fmt.Println(rec)
	var nb bytes.Buffer
	gob.NewEncoder(&nb).Encode(map[string][]int{"a": {1, 2}})
	var m map[string][]int
	gob.NewDecoder(&nb).Decode(&m)
	fmt.Println(m)
	js, _ := json.MarshalIndent(map[string]any{"z": 1, "a": []any{nil, true, 1.5}}, "", " ")
	fmt.Println(string(js))
	fmt.Println(string(pem.EncodeToMemory(&pem.Block{Type: "T", Bytes: []byte("abc")})))
	xs, err := xml.Marshal(X{A: 3, B: []string{"q", "<r>"}})
	fmt.Println(string(xs), err)
	var x X
	fmt.Println(xml.Unmarshal(xs, &x), x.A, x.B)
	fs := token.NewFileSet()
	f, err := parser.ParseFile(fs, "x.go", "package p; func f(a int)  {return\n}", 0)
	fmt.Println(err)
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			fmt.Print(id.Name, " ")
		}
		return true
	})
	src, err := format.Source([]byte("package p\nfunc f( ) { x:=1 }"))
	fmt.Println(string(src), err)
	fmt.Println(crc32.ChecksumIEEE([]byte("abc")))
	fh := fnv.New64a()
	fh.Write([]byte("abc"))
	fmt.Println(fh.Sum64())
	template.Must(template.New("t").Parse("<a href=\"{{.}}\">{{.}}</a>\n")).Execute(os.Stdout, "x&y<script>")
	img := image.NewRGBA(image.Rect(0, 0, 4, 4))
	img.Set(1, 1, color.RGBA{255, 0, 0, 255})
	var pb bytes.Buffer
	png.Encode(&pb, img)
	fmt.Println(pb.Len())
	fmt.Println(suffixarray.New([]byte("banana")).Lookup([]byte("ana"), -1))
	slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		if a.Key == "time" {
			return slog.Attr{}
		}
		return a
	}})).Info("hello", "a", 1, "b", []int{1})
	n := new(big.Int).Exp(big.NewInt(3), big.NewInt(200), nil)
	fmt.Println(n, n.ProbablyPrime(10), new(big.Rat).SetFrac64(10, 4))
	fmt.Println(mime.TypeByExtension(".html"))
	u, _ := url.Parse("http://a.b/c?d=e&f=g h#i")
	fmt.Println(u.Query(), u.Fragment)
	fmt.Println(regexp.MustCompile(`(\w+)@(\w+)\.com`).ReplaceAllString("me@x.com you@y.com", "$2:$1"))
	var s scanner.Scanner
	s.Init(strings.NewReader("a := 3 + \"x\""))
	for t := s.Scan(); t != scanner.EOF; t = s.Scan() {
		fmt.Print(s.TokenText(), "|")
	}
	fmt.Println()
	tb := tabwriter.NewWriter(os.Stdout, 0, 8, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tb, "a\tbbb\tc\t")
	fmt.Fprintln(tb, "aaaa\tb\tccc\t")
	tb.Flush()
	fmt.Println(utf8.RuneCountInString("héé"), unique.Make("a") == unique.Make("a"))
	v := new(int)
	fmt.Println(weak.Make(v).Value() == v)
}
