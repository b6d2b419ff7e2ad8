// System calls: files, sockets, netlink, epoll, limits.
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	var st syscall.Statfs_t
	fmt.Println(syscall.Statfs("/", &st), st.Bsize)
	fd, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	fmt.Println(len(fd), err)
	f, _ := os.CreateTemp("", "x")
	f.WriteString("hello world")
	os.Remove(f.Name())
	fmt.Println(syscall.Sendmsg(fd[0], []byte("hi"), syscall.UnixRights(int(f.Fd())), nil, 0))
	b, oob := make([]byte, 10), make([]byte, 100)
	n, on, _, from, err := syscall.Recvmsg(fd[1], b, oob, 0)
	fmt.Println(n, on, from, err, string(b[:n]))
	ms, err := syscall.ParseSocketControlMessage(oob[:on])
	fmt.Println(len(ms), err)
	fds, err := syscall.ParseUnixRights(&ms[0])
	m, err := syscall.Mmap(fds[0], 0, 11, syscall.PROT_READ, syscall.MAP_SHARED)
	fmt.Println(string(m), err)
	fmt.Println(syscall.Munmap(m))

	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	fmt.Println(err, syscall.SetsockoptInt(s, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	fmt.Println(syscall.Bind(s, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(s, 5))
	sa, err := syscall.Getsockname(s)
	a := sa.(*syscall.SockaddrInet4)
	fmt.Println(a.Addr, a.Port > 0)
	done := make(chan bool)
	go func() {
		c, sa, err := syscall.Accept(s)
		var buf [10]byte
		n, readError := syscall.Read(c, buf[:])
		fmt.Println(sa.(*syscall.SockaddrInet4).Addr, err, string(buf[:n]), readError)
		done <- true
	}()
	c, _ := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	fmt.Println(syscall.Connect(c, a))
	syscall.Write(c, []byte("net"))
	<-done
	v, err := syscall.GetsockoptInt(c, syscall.SOL_SOCKET, syscall.SO_TYPE)
	fmt.Println(v == syscall.SOCK_STREAM, err)
	rib, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	fmt.Println(len(rib) > 100, err)
	msgs, err := syscall.ParseNetlinkMessage(rib)
	at, err := syscall.ParseNetlinkRouteAttr(&msgs[0])
	fmt.Println(len(msgs) > 1, len(at) > 3, err)
	ep, err := syscall.EpollCreate1(0)
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd[1])}
	fmt.Println(syscall.EpollCtl(ep, syscall.EPOLL_CTL_ADD, fd[1], &ev))
	go func() { time.Sleep(10 * time.Millisecond); syscall.Write(fd[0], []byte("x")) }()
	evs := make([]syscall.EpollEvent, 4)
	n, err = syscall.EpollWait(ep, evs, -1)
	fmt.Println(n, err, evs[0].Fd == int32(fd[1]))
	var rl syscall.Rlimit
	fmt.Println(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &rl), rl.Cur > 0)
	fmt.Println(unsafe.Sizeof(syscall.Termios{}), unsafe.Sizeof(syscall.Timex{}), unsafe.Sizeof(syscall.Msghdr{}), unsafe.Sizeof(syscall.TCPInfo{}))
	var ts syscall.Termios
	_, _, e := syscall.Syscall(syscall.SYS_IOCTL, 0, syscall.TCGETS, uintptr(unsafe.Pointer(&ts)))
	fmt.Println(e)
	pgid, err := syscall.Getpgid(0)
	fmt.Println(pgid == syscall.Getpgrp(), err)
	fmt.Println(syscall.Umask(0o22) >= 0, syscall.Setuid(0), syscall.Setgroups([]int{0}))
	var set syscall.FdSet
	tv := syscall.Timeval{Usec: 1000}
	n, err = syscall.Select(0, &set, nil, nil, &tv)
	fmt.Println(n, err, tv)
	fmt.Println(syscall.Mkfifo("/nonexistent/x", 0o600), syscall.Access("/etc/passwd", 4), syscall.Faccessat(-100, "/etc/passwd", 4, 0x200))
	d, _ := syscall.Open("/proc/self/fd", syscall.O_RDONLY, 0)
	db := make([]byte, 4096)
	n, _ = syscall.ReadDirent(d, db)
	_, cnt, names := syscall.ParseDirent(db[:n], -1, nil)
	fmt.Println(cnt == len(names), names[0])
	dir, _ := os.MkdirTemp("", "x")
	defer os.Remove(dir)
	fmt.Println(syscall.Setxattr(dir, "user.a", []byte("v"), 0))
	n, err = syscall.Getxattr(dir, "user.a", b)
	fmt.Println(n, err)
	p, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	fmt.Println(p, err)
	var si syscall.Sysinfo_t
	fmt.Println(syscall.Sysinfo(&si), si.Totalram > 0)
	_, err = syscall.BytePtrFromString("a\x00")
	fmt.Println(err, syscall.Exec("\x00", nil, nil))
}
