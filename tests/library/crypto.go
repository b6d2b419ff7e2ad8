// Go's own library, package after package.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/json"
	"fmt"
	"go/types"
	"hash/maphash"
	htmpl "html/template"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"text/template"
	"unique"
)

var _ embed.FS

type Inv struct {
	Name  string
	Items []struct {
		N string
		P float64
	}
}

func main() {
	t := template.Must(template.New("x").Funcs(template.FuncMap{"up": strings.ToUpper}).Parse(`Hi {{.Name | up}}{{range $i, $e := .Items}}
{{$i}}: {{printf "%-5s %.2f" $e.N $e.P}}{{else}}none{{end}}{{with .Name}} {{len .}}{{end}}
`))
	inv := Inv{"bob", []struct {
		N string
		P float64
	}{{"a", 1}, {"b", 2.5}}}
	fmt.Println(t.Execute(os.Stdout, inv))
	fmt.Println(template.Must(template.New("y").Parse("{{.Nope}}")).Execute(os.Stdout, inv))
	h := htmpl.Must(htmpl.New("h").Parse("<a href=\"{{.}}\" onclick='f({{.}})'>{{.}}</a>\n"))
	fmt.Println(h.Execute(os.Stdout, "<x&y>"))
	fmt.Printf("%x\n%x\n%x\n%x\n", md5.Sum([]byte("a")), sha1.Sum([]byte("a")), sha256.Sum256([]byte("a")), sha512.Sum512([]byte("a")))
	m := hmac.New(sha256.New, []byte("k"))
	m.Write([]byte("d"))
	fmt.Printf("%x\n", m.Sum(nil))
	b, _ := aes.NewCipher([]byte("0123456789abcdef"))
	g, _ := cipher.NewGCM(b)
	fmt.Printf("%x\n", g.Seal(nil, make([]byte, 12), []byte("hello"), nil))
	r := make([]byte, 8)
	n, err := rand.Read(r)
	fmt.Println(n, err)
	u, err := url.Parse("https://u:p@h.com:80/a%20b?q=1&r=x+y#f")
	fmt.Println(u, err, u.Query(), u.Port(), u.Path)
	fmt.Println(netip.MustParseAddr("fe80::1%eth0"), unique.Make("a") == unique.Make("a"))
	var mh maphash.Hash
	mh.WriteString("x")
	s1 := mh.Sum64()
	mh.Reset()
	mh.WriteString("x")
	fmt.Println(s1 == mh.Sum64(), maphash.Comparable(mh.Seed(), 5) == maphash.Comparable(mh.Seed(), 5))
	var tb bytes.Buffer
	tw := tar.NewWriter(&tb)
	fmt.Println(tw.WriteHeader(&tar.Header{Name: "f", Size: 3, Mode: 0600}))
	tw.Write([]byte("abc"))
	tw.Close()
	tr := tar.NewReader(&tb)
	th, err := tr.Next()
	fmt.Println(th.Name, th.Size, err)
	fmt.Println(types.Typ[types.Int], types.Universe.Lookup("append"))
	pub, priv, _ := ed25519.GenerateKey(rand.Reader)
	fmt.Println(ed25519.Verify(pub, []byte("m"), ed25519.Sign(priv, []byte("m"))))
	json.NewEncoder(os.Stdout).Encode(map[string]int{"b": 1, "a": 2})
}
