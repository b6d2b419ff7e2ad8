package unix

import "syscall"

// Calls of package syscall on internet addresses that the caller has.

func RecvfromInet4(fd int, p []byte, flags int, from *syscall.SockaddrInet4) (n int, err error) {
	n, sa, err := syscall.Recvfrom(fd, p, flags)
	return n, set4(from, sa, err)
}

func RecvfromInet6(fd int, p []byte, flags int, from *syscall.SockaddrInet6) (n int, err error) {
	n, sa, err := syscall.Recvfrom(fd, p, flags)
	return n, set6(from, sa, err)
}

func RecvmsgInet4(fd int, p, oob []byte, flags int, from *syscall.SockaddrInet4) (n, oobn int, recvflags int, err error) {
	n, oobn, recvflags, sa, err := syscall.Recvmsg(fd, p, oob, flags)
	return n, oobn, recvflags, set4(from, sa, err)
}

func RecvmsgInet6(fd int, p, oob []byte, flags int, from *syscall.SockaddrInet6) (n, oobn int, recvflags int, err error) {
	n, oobn, recvflags, sa, err := syscall.Recvmsg(fd, p, oob, flags)
	return n, oobn, recvflags, set6(from, sa, err)
}

func SendtoInet4(fd int, p []byte, flags int, to *syscall.SockaddrInet4) error {
	return syscall.Sendto(fd, p, flags, to)
}

func SendtoInet6(fd int, p []byte, flags int, to *syscall.SockaddrInet6) error {
	return syscall.Sendto(fd, p, flags, to)
}

func SendmsgNInet4(fd int, p, oob []byte, to *syscall.SockaddrInet4, flags int) (n int, err error) {
	return syscall.SendmsgN(fd, p, oob, to, flags)
}

func SendmsgNInet6(fd int, p, oob []byte, to *syscall.SockaddrInet6, flags int) (n int, err error) {
	return syscall.SendmsgN(fd, p, oob, to, flags)
}

func set4(to *syscall.SockaddrInet4, sa syscall.Sockaddr, err error) error {
	if from, ok := sa.(*syscall.SockaddrInet4); ok {
		to.Port, to.Addr = from.Port, from.Addr
	}
	return err
}

func set6(to *syscall.SockaddrInet6, sa syscall.Sockaddr, err error) error {
	if from, ok := sa.(*syscall.SockaddrInet6); ok {
		to.Port, to.ZoneId, to.Addr = from.Port, from.ZoneId, from.Addr
	}
	return err
}
