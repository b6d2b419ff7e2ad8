// Go's own library, package after package.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"strings"
)

type Addr struct {
	Street string `json:"street" xml:"street"`
	Zip    int    `json:"zip,omitempty" xml:"zip,attr"`
}
type P struct {
	XMLName xml.Name       `json:"-" xml:"person"`
	Name    string         `json:"name" xml:"name"`
	Age     int            `json:"age" xml:"age"`
	Tags    []string       `json:"tags" xml:"tags>tag"`
	M       map[string]any `json:"m" xml:"-"`
	A       *Addr          `json:"a" xml:"a"`
	F       float64        `json:"f" xml:"f"`
}

func main() {
	p := P{Name: "Ann", Age: 3, Tags: []string{"x", "<y>"}, M: map[string]any{"k": 1.5, "a": nil}, A: &Addr{"S", 12}, F: 1e21}
	b, err := json.Marshal(p)
	fmt.Println(string(b), err)
	var q P
	err = json.Unmarshal(b, &q)
	fmt.Printf("%+v %v %v\n", q.M, q.A, err)
	var v any
	err = json.Unmarshal([]byte(`{"a":[1,2,{"b":null}],"c":"\u00e9"}`), &v)
	fmt.Println(v, err)
	err = json.Unmarshal([]byte(`{"name":5}`), &q)
	fmt.Println(err)
	err = json.Unmarshal([]byte(`{"name":`), &q)
	fmt.Println(err)
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	e.Encode(p)
	xb, err := xml.MarshalIndent(p, "", " ")
	fmt.Println(string(xb), err)
	var xp P
	fmt.Println(xml.Unmarshal(xb, &xp), xp.Name, xp.Tags, xp.A)
	fmt.Println(hex.EncodeToString([]byte("hello")), hex.Dump([]byte("0123456789abcdefXYZ")))
	fmt.Println(base64.StdEncoding.EncodeToString([]byte("hello world")))
	buf := new(bytes.Buffer)
	fmt.Println(binary.Write(buf, binary.LittleEndian, struct {
		A uint16
		B int32
	}{1, -2}), buf.Bytes())
	r := csv.NewReader(strings.NewReader("a,b\n\"c d\",e\n"))
	recs, err := r.ReadAll()
	fmt.Println(recs, err)
	var gb bytes.Buffer
	fmt.Println(gob.NewEncoder(&gb).Encode(Addr{"q", 7}))
	var ga Addr
	fmt.Println(gob.NewDecoder(&gb).Decode(&ga), ga)
}
