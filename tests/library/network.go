// The network: HTTP, with TLS too, datagrams, unix sockets, deadlines, names.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "hello %s", r.URL.Query().Get("name")) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		var v map[string]any
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		v["method"] = r.Method
		json.NewEncoder(w).Encode(v)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s := httptest.NewServer(mux)
	get := func(path string) {
		r, err := http.Get(s.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		fmt.Println(r.Status, r.Header.Get("Content-Type"), string(b), err)
	}
	get("/hello?name=gopher")
	get("/none")
	r, err := http.Post(s.URL+"/echo", "application/json", strings.NewReader(`{"a": [1, 2.5, "x"]}`))
	b, _ := io.ReadAll(r.Body)
	fmt.Println(string(b), err)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/slow", nil)
	_, err = http.DefaultClient.Do(req)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := http.Get(fmt.Sprintf("%s/hello?name=%d", s.URL, i))
			if err != nil {
				fmt.Println(err)
				return
			}
			b, _ := io.ReadAll(r.Body)
			r.Body.Close()
			mu.Lock()
			total += len(b)
			mu.Unlock()
		}()
	}
	wg.Wait()
	fmt.Println(total)
	t := httptest.NewTLSServer(mux)
	tr, err := t.Client().Get(t.URL + "/hello?name=tls")
	b, _ = io.ReadAll(tr.Body)
	fmt.Println(string(b), tr.TLS.HandshakeComplete, tr.Proto, err)
	t.Close()
	s.CloseClientConnections()
	s.Close()

	// Datagrams, unix sockets, deadlines, closing under a reader.
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	c, err := net.Dial("udp", u.LocalAddr().String())
	c.Write([]byte("ping"))
	buf := make([]byte, 16)
	n, from, err := u.ReadFrom(buf)
	fmt.Println(string(buf[:n]), from.String() == c.LocalAddr().String(), err)
	u.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, _, err = u.ReadFrom(buf)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded), err.(net.Error).Timeout())
	l, err := net.Listen("unix", os.TempDir()+fmt.Sprintf("/s%d", os.Getpid()))
	go func() {
		c, _ := l.Accept()
		c.Write([]byte("over unix"))
		c.Close()
	}()
	uc, err := net.Dial("unix", l.Addr().String())
	b, err = io.ReadAll(uc)
	fmt.Println(string(b), err)
	done := make(chan error)
	go func() { _, err := l.Accept(); done <- err }()
	time.Sleep(5 * time.Millisecond)
	l.Close()
	fmt.Println(errors.Is(<-done, net.ErrClosed))
	_, err = net.Dial("tcp", "127.0.0.1:1")
	fmt.Println(err)
	fmt.Println(net.ParseIP("2001:db8::1"), net.JoinHostPort("::1", "80"))
	ip, nw, err := net.ParseCIDR("192.168.1.7/24")
	fmt.Println(ip, nw, err)
	addrs, err := net.LookupHost("localhost")
	fmt.Println(len(addrs) > 0, err)
	ifs, err := net.Interfaces()
	fmt.Println(len(ifs) > 0, err)
}
