// Go's own library, package after package.
package main

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"compress/lzw"
	"compress/zlib"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
	"html"
	"image"
	"image/color"
	"image/png"
	"index/suffixarray"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"os"
	"regexp"
	"strings"
	"testing/quick"
	"text/scanner"
	"text/tabwriter"
)

func main() {
	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	fmt.Println(re.FindAllStringSubmatch("bob@example.com, al@x.com", -1))
	fmt.Println(re.ReplaceAllString("bob@example.com", "$2:$1"))
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(strings.Repeat("hello ", 1000)))
	z.Close()
	fmt.Println(b.Len())
	zr, err := gzip.NewReader(&b)
	data, err := io.ReadAll(zr)
	fmt.Println(len(data), err)
	_ = flate.BestSpeed
	_, err = io.ReadAll(bzip2.NewReader(strings.NewReader("BZx")))
	fmt.Println(err)
	var zb bytes.Buffer
	zw := zlib.NewWriter(&zb)
	zw.Write(data)
	zw.Close()
	fmt.Println(zb.Len())
	lw := lzw.NewWriter(&zb, lzw.LSB, 8)
	lw.Write(data)
	lw.Close()
	fmt.Println(zb.Len())
	fmt.Println(crc32.ChecksumIEEE(data), crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)), adler32.Checksum(data), crc64.Checksum(data, crc64.MakeTable(crc64.ISO)))
	h := fnv.New64a()
	h.Write(data)
	fmt.Println(h.Sum64())
	fmt.Println(html.EscapeString("<a & b>"), html.UnescapeString("&lt;&eacute;&#x41;"))
	x := new(big.Int)
	x.Exp(big.NewInt(3), big.NewInt(1000), nil)
	fmt.Println(x.String()[:40], x.BitLen())
	y, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	fmt.Println(new(big.Int).Mod(x, y), new(big.Int).Sqrt(x).BitLen(), new(big.Rat).SetFrac(y, big.NewInt(77)))
	f := new(big.Float).SetPrec(200).Quo(big.NewFloat(1), big.NewFloat(3))
	fmt.Println(f.Text('g', 50), y.ProbablyPrime(10))
	tw := tabwriter.NewWriter(os.Stdout, 0, 8, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(tw, "a\tb\tc")
	fmt.Fprintln(tw, "aaa\tbbbb\tc")
	tw.Flush()
	fs := token.NewFileSet()
	file, err := parser.ParseFile(fs, "x.go", "package x\nfunc  f( a int)int{return a+1}", parser.ParseComments)
	fmt.Println(err, file.Name)
	ast.Inspect(file, func(n ast.Node) bool {
		if n != nil {
			fmt.Printf("%T ", n)
		}
		return true
	})
	fmt.Println()
	src, err := format.Source([]byte("package x\nfunc  f( a int)int{return a+1}"))
	fmt.Println(string(src), err)
	im := image.NewRGBA(image.Rect(0, 0, 4, 4))
	im.Set(1, 1, color.RGBA{1, 2, 3, 255})
	var pb bytes.Buffer
	fmt.Println(png.Encode(&pb, im), pb.Len())
	im2, err := png.Decode(&pb)
	fmt.Println(im2.At(1, 1), err)
	slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		if a.Key == "time" {
			return slog.Attr{}
		}
		return a
	}})).Info("hi", "n", 1, "s", "a b")
	fmt.Println(mime.ParseMediaType("text/html; charset=utf-8"))
	var s scanner.Scanner
	s.Init(strings.NewReader("a := 5 // c"))
	for t := s.Scan(); t != scanner.EOF; t = s.Scan() {
		fmt.Print(s.TokenText(), "|")
	}
	fmt.Println()
	var zb2 bytes.Buffer
	w := zip.NewWriter(&zb2)
	fw, _ := w.Create("f.txt")
	fw.Write(data)
	w.Close()
	rd, err := zip.NewReader(bytes.NewReader(zb2.Bytes()), int64(zb2.Len()))
	fmt.Println(rd.File[0].Name, rd.File[0].UncompressedSize64, err)
	fmt.Print(string(pem.EncodeToMemory(&pem.Block{Type: "X", Bytes: []byte("abc")})))
	ab, err := asn1.Marshal(struct {
		A int
		B string
	}{5, "x"})
	fmt.Println(ab, err)
	fmt.Println(len(suffixarray.New([]byte("banana")).Lookup([]byte("an"), -1)))
	fmt.Println(quick.Check(func(a, b int) bool { return a+b == b+a }, nil))
}
