package syscall

import "unsafe"

// SocketDisableIPv6 makes Socket refuse IPv6.
var SocketDisableIPv6 bool

type _Socklen uint32

// A Sockaddr is where a socket is or goes: one of the Sockaddr types below.
type Sockaddr interface {
	// sockaddr is the kernel's form, which lives as long as the address.
	sockaddr() (ptr unsafe.Pointer, len _Socklen, err error)
}

type SockaddrInet4 struct {
	Port int
	Addr [4]byte
	raw  RawSockaddrInet4
}

type SockaddrInet6 struct {
	Port   int
	ZoneId uint32
	Addr   [16]byte
	raw    RawSockaddrInet6
}

// A SockaddrUnix is a file's name, or, after a @, an abstract one.
type SockaddrUnix struct {
	Name string
	raw  RawSockaddrUnix
}

type SockaddrLinklayer struct {
	Protocol uint16
	Ifindex  int
	Hatype   uint16
	Pkttype  uint8
	Halen    uint8
	Addr     [8]byte
	raw      RawSockaddrLinklayer
}

type SockaddrNetlink struct {
	Family uint16
	Pad    uint16
	Pid    uint32
	Groups uint32
	raw    RawSockaddrNetlink
}

// The kernel's forms of addresses.
type (
	RawSockaddr struct {
		Family uint16
		Data   [14]int8
	}

	RawSockaddrAny struct {
		Addr RawSockaddr
		Pad  [96]int8
	}

	RawSockaddrInet4 struct {
		Family uint16
		Port   uint16
		Addr   [4]byte
		Zero   [8]uint8
	}

	RawSockaddrInet6 struct {
		Family   uint16
		Port     uint16
		Flowinfo uint32
		Addr     [16]byte
		Scope_id uint32
	}

	RawSockaddrUnix struct {
		Family uint16
		Path   [108]int8
	}

	RawSockaddrLinklayer struct {
		Family   uint16
		Protocol uint16
		Ifindex  int32
		Hatype   uint16
		Pkttype  uint8
		Halen    uint8
		Addr     [8]uint8
	}

	RawSockaddrNetlink struct {
		Family uint16
		Pad    uint16
		Pid    uint32
		Groups uint32
	}
)

// swapped is a port in the order of the network, or back.
func swapped(port uint16) uint16 { return port<<8 | port>>8 }

func (sa *SockaddrInet4) sockaddr() (unsafe.Pointer, _Socklen, error) {
	if sa.Port < 0 || sa.Port > 0xffff {
		return nil, 0, EINVAL
	}
	sa.raw = RawSockaddrInet4{Family: AF_INET, Port: swapped(uint16(sa.Port)), Addr: sa.Addr}
	return unsafe.Pointer(&sa.raw), SizeofSockaddrInet4, nil
}

func (sa *SockaddrInet6) sockaddr() (unsafe.Pointer, _Socklen, error) {
	if sa.Port < 0 || sa.Port > 0xffff {
		return nil, 0, EINVAL
	}
	sa.raw = RawSockaddrInet6{Family: AF_INET6, Port: swapped(uint16(sa.Port)), Addr: sa.Addr, Scope_id: sa.ZoneId}
	return unsafe.Pointer(&sa.raw), SizeofSockaddrInet6, nil
}

func (sa *SockaddrUnix) sockaddr() (unsafe.Pointer, _Socklen, error) {
	name := sa.Name
	n := len(name)
	// An abstract name may fill all of the path, a file's name leaves room for the zero byte.
	if n > len(sa.raw.Path) || n == len(sa.raw.Path) && name[0] != '@' {
		return nil, 0, EINVAL
	}
	sa.raw = RawSockaddrUnix{Family: AF_UNIX}
	for i := range n {
		sa.raw.Path[i] = int8(name[i])
	}
	size := _Socklen(2)
	if n > 0 {
		size += _Socklen(n) + 1
	}
	if sa.raw.Path[0] == '@' || sa.raw.Path[0] == 0 && size > 3 {
		sa.raw.Path[0] = 0
		size--
	}
	return unsafe.Pointer(&sa.raw), size, nil
}

func (sa *SockaddrLinklayer) sockaddr() (unsafe.Pointer, _Socklen, error) {
	if sa.Ifindex < 0 || sa.Ifindex > 0x7fffffff {
		return nil, 0, EINVAL
	}
	sa.raw = RawSockaddrLinklayer{AF_PACKET, sa.Protocol, int32(sa.Ifindex), sa.Hatype, sa.Pkttype, sa.Halen, sa.Addr}
	return unsafe.Pointer(&sa.raw), SizeofSockaddrLinklayer, nil
}

func (sa *SockaddrNetlink) sockaddr() (unsafe.Pointer, _Socklen, error) {
	sa.raw = RawSockaddrNetlink{AF_NETLINK, sa.Pad, sa.Pid, sa.Groups}
	return unsafe.Pointer(&sa.raw), SizeofSockaddrNetlink, nil
}

// address is the kernel's form of a socket's address as one of the types above.
func address(rsa *RawSockaddrAny) (Sockaddr, error) {
	p := unsafe.Pointer(rsa)
	switch rsa.Addr.Family {
	case AF_INET:
		raw := (*RawSockaddrInet4)(p)
		return &SockaddrInet4{Port: int(swapped(raw.Port)), Addr: raw.Addr}, nil
	case AF_INET6:
		raw := (*RawSockaddrInet6)(p)
		return &SockaddrInet6{Port: int(swapped(raw.Port)), ZoneId: raw.Scope_id, Addr: raw.Addr}, nil
	case AF_UNIX:
		raw := (*RawSockaddrUnix)(p)
		name := make([]byte, 0, len(raw.Path))
		for i, c := range raw.Path {
			switch {
			case i == 0 && c == 0:
				c = '@'
			case c == 0:
				return &SockaddrUnix{Name: string(name)}, nil
			}
			name = append(name, byte(c))
		}
		return &SockaddrUnix{Name: string(name)}, nil
	case AF_PACKET:
		raw := (*RawSockaddrLinklayer)(p)
		return &SockaddrLinklayer{
			Protocol: raw.Protocol,
			Ifindex:  int(raw.Ifindex),
			Hatype:   raw.Hatype,
			Pkttype:  raw.Pkttype,
			Halen:    raw.Halen,
			Addr:     raw.Addr,
		}, nil
	case AF_NETLINK:
		raw := (*RawSockaddrNetlink)(p)
		return &SockaddrNetlink{Family: raw.Family, Pad: raw.Pad, Pid: raw.Pid, Groups: raw.Groups}, nil
	}
	return nil, EAFNOSUPPORT
}

func Socket(domain, typ, proto int) (fd int, err error) {
	if domain == AF_INET6 && SocketDisableIPv6 {
		return -1, EAFNOSUPPORT
	}
	return result(osSyscall(SYS_SOCKET, word(domain), word(typ), word(proto), nil, nil))
}

// Socketpair makes two sockets that are connected.
func Socketpair(domain, typ, proto int) (fd [2]int, err error) {
	var fds [2]int32
	err = failure(osSyscall(SYS_SOCKETPAIR, word(domain), word(typ), word(proto), unsafe.Pointer(&fds), nil))
	if err == nil {
		fd = [2]int{int(fds[0]), int(fds[1])}
	}
	return fd, err
}

func onAddress(number, fd int, sa Sockaddr) error {
	ptr, n, err := sa.sockaddr()
	if err != nil {
		return err
	}
	return failure(osSyscall(number, word(fd), ptr, word(int(n)), nil, nil))
}

func Bind(fd int, sa Sockaddr) error    { return onAddress(SYS_BIND, fd, sa) }
func Connect(fd int, sa Sockaddr) error { return onAddress(SYS_CONNECT, fd, sa) }
func Listen(s int, n int) error         { return onFile(SYS_LISTEN, s, n, 0) }
func Shutdown(fd int, how int) error    { return onFile(SYS_SHUTDOWN, fd, how, 0) }

func Accept(fd int) (nfd int, sa Sockaddr, err error) { return Accept4(fd, 0) }

func Accept4(fd int, flags int) (nfd int, sa Sockaddr, err error) {
	var rsa RawSockaddrAny
	size := _Socklen(SizeofSockaddrAny)
	nfd, err = result(osSyscall(SYS_ACCEPT4, word(fd), unsafe.Pointer(&rsa), unsafe.Pointer(&size), word(flags), nil))
	if err != nil {
		return -1, nil, err
	}
	if sa, err = address(&rsa); err != nil {
		Close(nfd)
		return -1, nil, err
	}
	return nfd, sa, nil
}

func addressOf(number, fd int) (sa Sockaddr, err error) {
	var rsa RawSockaddrAny
	size := _Socklen(SizeofSockaddrAny)
	if err := failure(osSyscall(number, word(fd), unsafe.Pointer(&rsa), unsafe.Pointer(&size), nil, nil)); err != nil {
		return nil, err
	}
	return address(&rsa)
}

func Getsockname(fd int) (sa Sockaddr, err error) { return addressOf(SYS_GETSOCKNAME, fd) }
func Getpeername(fd int) (sa Sockaddr, err error) { return addressOf(SYS_GETPEERNAME, fd) }

// Recvfrom receives a message; its sender is nil if it has no address.
func Recvfrom(fd int, p []byte, flags int) (n int, from Sockaddr, err error) {
	var rsa RawSockaddrAny
	size := _Socklen(SizeofSockaddrAny)
	n, err = result(osSyscall6(SYS_RECVFROM, word(fd), bytesOf(p), word(len(p)), word(flags), unsafe.Pointer(&rsa), unsafe.Pointer(&size)))
	if err == nil && rsa.Addr.Family != AF_UNSPEC {
		from, err = address(&rsa)
	}
	return n, from, err
}

func Sendto(fd int, p []byte, flags int, to Sockaddr) error {
	ptr, n, err := to.sockaddr()
	if err != nil {
		return err
	}
	return failure(osSyscall6(SYS_SENDTO, word(fd), bytesOf(p), word(len(p)), word(flags), ptr, word(int(n))))
}

// An Iovec is a piece of memory.
type Iovec struct {
	Base *byte
	Len  uint64
}

func (iov *Iovec) SetLen(length int) { iov.Len = uint64(length) }

// A Msghdr is a message for the kernel.
type Msghdr struct {
	Name       *byte
	Namelen    uint32
	Pad_cgo_0  [4]byte
	Iov        *Iovec
	Iovlen     uint64
	Control    *byte
	Controllen uint64
	Flags      int32
	Pad_cgo_1  [4]byte
}

func (msghdr *Msghdr) SetControllen(length int) { msghdr.Controllen = uint64(length) }

// A Cmsghdr stands before a control message.
type Cmsghdr struct {
	Len   uint64
	Level int32
	Type  int32
}

func (cmsg *Cmsghdr) SetLen(length int) { cmsg.Len = uint64(length) }

// message is p and oob as a message. Control messages travel with a byte at least, dummy's on sockets that are no datagrams'.
func message(fd int, p, oob []byte, piece *Iovec, dummy *byte) (msg Msghdr, err error) {
	*piece = Iovec{unsafe.SliceData(p), uint64(len(p))}
	if len(oob) > 0 {
		if len(p) == 0 {
			kind, err := GetsockoptInt(fd, SOL_SOCKET, SO_TYPE)
			if err != nil {
				return msg, err
			}
			if kind != SOCK_DGRAM {
				*piece = Iovec{dummy, 1}
			}
		}
		msg.Control = &oob[0]
		msg.Controllen = uint64(len(oob))
	}
	msg.Iov, msg.Iovlen = piece, 1
	return msg, nil
}

// Recvmsg receives a message with its control messages.
func Recvmsg(fd int, p, oob []byte, flags int) (n, oobn int, recvflags int, from Sockaddr, err error) {
	var (
		rsa   RawSockaddrAny
		piece Iovec
		dummy byte
	)
	msg, err := message(fd, p, oob, &piece, &dummy)
	if err != nil {
		return 0, 0, 0, nil, err
	}
	msg.Name, msg.Namelen = (*byte)(unsafe.Pointer(&rsa)), SizeofSockaddrAny
	n, err = result(osSyscall(SYS_RECVMSG, word(fd), unsafe.Pointer(&msg), word(flags), nil, nil))
	if err != nil {
		return n, 0, 0, nil, err
	}
	if rsa.Addr.Family != AF_UNSPEC {
		from, err = address(&rsa)
	}
	return n, int(msg.Controllen), int(msg.Flags), from, err
}

func Sendmsg(fd int, p, oob []byte, to Sockaddr, flags int) error {
	_, err := SendmsgN(fd, p, oob, to, flags)
	return err
}

// SendmsgN is Sendmsg, and tells how many bytes of p were sent.
func SendmsgN(fd int, p, oob []byte, to Sockaddr, flags int) (n int, err error) {
	var (
		piece Iovec
		dummy byte
	)
	msg, err := message(fd, p, oob, &piece, &dummy)
	if err != nil {
		return 0, err
	}
	if to != nil {
		ptr, size, err := to.sockaddr()
		if err != nil {
			return 0, err
		}
		msg.Name, msg.Namelen = (*byte)(ptr), uint32(size)
	}
	n, err = result(osSyscall(SYS_SENDMSG, word(fd), unsafe.Pointer(&msg), word(flags), nil, nil))
	if err != nil {
		return 0, err
	}
	if len(oob) > 0 && len(p) == 0 {
		n = 0
	}
	return n, nil
}

func align(n, to int) int { return (n + to - 1) &^ (to - 1) }

// CmsgLen is a control message's length with its header, CmsgSpace what it takes with the padding behind.
func CmsgLen(datalen int) int   { return SizeofCmsghdr + datalen }
func CmsgSpace(datalen int) int { return SizeofCmsghdr + align(datalen, 8) }

// A SocketControlMessage is what came beside a message.
type SocketControlMessage struct {
	Header Cmsghdr
	Data   []byte
}

func ParseSocketControlMessage(b []byte) ([]SocketControlMessage, error) {
	var list []SocketControlMessage
	for len(b) >= SizeofCmsghdr {
		header := *(*Cmsghdr)(unsafe.Pointer(&b[0]))
		if header.Len < SizeofCmsghdr || header.Len > uint64(len(b)) {
			return nil, EINVAL
		}
		list = append(list, SocketControlMessage{header, b[SizeofCmsghdr:header.Len]})
		b = b[min(align(int(header.Len), 8), len(b)):]
	}
	return list, nil
}

// control is a control message about sockets with room for n bytes.
func control(kind, n int) (b []byte, data unsafe.Pointer) {
	b = make([]byte, CmsgSpace(n))
	*(*Cmsghdr)(unsafe.Pointer(&b[0])) = Cmsghdr{uint64(CmsgLen(n)), SOL_SOCKET, int32(kind)}
	return b, unsafe.Add(unsafe.Pointer(&b[0]), SizeofCmsghdr)
}

// UnixRights is a control message that passes descriptors on.
func UnixRights(fds ...int) []byte {
	b, data := control(SCM_RIGHTS, len(fds)*4)
	for i, fd := range fds {
		*(*int32)(unsafe.Add(data, i*4)) = int32(fd)
	}
	return b
}

func ParseUnixRights(m *SocketControlMessage) ([]int, error) {
	if m.Header.Level != SOL_SOCKET || m.Header.Type != SCM_RIGHTS {
		return nil, EINVAL
	}
	fds := make([]int, len(m.Data)/4)
	for i := range fds {
		fds[i] = int(*(*int32)(unsafe.Pointer(&m.Data[i*4])))
	}
	return fds, nil
}

// A Ucred is who a process is.
type Ucred struct {
	Pid int32
	Uid uint32
	Gid uint32
}

func UnixCredentials(ucred *Ucred) []byte {
	b, data := control(SCM_CREDENTIALS, SizeofUcred)
	*(*Ucred)(data) = *ucred
	return b
}

func ParseUnixCredentials(m *SocketControlMessage) (*Ucred, error) {
	if m.Header.Level != SOL_SOCKET || m.Header.Type != SCM_CREDENTIALS || len(m.Data) < SizeofUcred {
		return nil, EINVAL
	}
	ucred := *(*Ucred)(unsafe.Pointer(&m.Data[0]))
	return &ucred, nil
}

// Values of socket options.
type (
	Linger struct {
		Onoff  int32
		Linger int32
	}

	IPMreq struct {
		Multiaddr [4]byte
		Interface [4]byte
	}

	IPMreqn struct {
		Multiaddr [4]byte
		Address   [4]byte
		Ifindex   int32
	}

	IPv6Mreq struct {
		Multiaddr [16]byte
		Interface uint32
	}

	IPv6MTUInfo struct {
		Addr RawSockaddrInet6
		Mtu  uint32
	}

	ICMPv6Filter struct {
		Data [8]uint32
	}

	Inet4Pktinfo struct {
		Ifindex  int32
		Spec_dst [4]byte
		Addr     [4]byte
	}

	Inet6Pktinfo struct {
		Addr    [16]byte
		Ifindex uint32
	}

	TCPInfo struct {
		State          uint8
		Ca_state       uint8
		Retransmits    uint8
		Probes         uint8
		Backoff        uint8
		Options        uint8
		Pad_cgo_0      [2]byte
		Rto            uint32
		Ato            uint32
		Snd_mss        uint32
		Rcv_mss        uint32
		Unacked        uint32
		Sacked         uint32
		Lost           uint32
		Retrans        uint32
		Fackets        uint32
		Last_data_sent uint32
		Last_ack_sent  uint32
		Last_data_recv uint32
		Last_ack_recv  uint32
		Pmtu           uint32
		Rcv_ssthresh   uint32
		Rtt            uint32
		Rttvar         uint32
		Snd_ssthresh   uint32
		Snd_cwnd       uint32
		Advmss         uint32
		Reordering     uint32
		Rcv_rtt        uint32
		Rcv_space      uint32
		Total_retrans  uint32
	}
)

func getOption[T any](fd, level, opt int) (value T, err error) {
	size := _Socklen(unsafe.Sizeof(value))
	err = failure(osSyscall(SYS_GETSOCKOPT, word(fd), word(level), word(opt), unsafe.Pointer(&value), unsafe.Pointer(&size)))
	return value, err
}

func setOption(fd, level, opt int, value unsafe.Pointer, size uintptr) error {
	return failure(osSyscall(SYS_SETSOCKOPT, word(fd), word(level), word(opt), value, word(int(size))))
}

func GetsockoptInt(fd, level, opt int) (value int, err error) {
	n, err := getOption[int32](fd, level, opt)
	return int(n), err
}

func GetsockoptInet4Addr(fd, level, opt int) (value [4]byte, err error) {
	return getOption[[4]byte](fd, level, opt)
}

func GetsockoptIPMreq(fd, level, opt int) (*IPMreq, error) {
	value, err := getOption[IPMreq](fd, level, opt)
	return &value, err
}

func GetsockoptIPMreqn(fd, level, opt int) (*IPMreqn, error) {
	value, err := getOption[IPMreqn](fd, level, opt)
	return &value, err
}

func GetsockoptIPv6Mreq(fd, level, opt int) (*IPv6Mreq, error) {
	value, err := getOption[IPv6Mreq](fd, level, opt)
	return &value, err
}

func GetsockoptIPv6MTUInfo(fd, level, opt int) (*IPv6MTUInfo, error) {
	value, err := getOption[IPv6MTUInfo](fd, level, opt)
	return &value, err
}

func GetsockoptICMPv6Filter(fd, level, opt int) (*ICMPv6Filter, error) {
	value, err := getOption[ICMPv6Filter](fd, level, opt)
	return &value, err
}

func GetsockoptUcred(fd, level, opt int) (*Ucred, error) {
	value, err := getOption[Ucred](fd, level, opt)
	return &value, err
}

func SetsockoptByte(fd, level, opt int, value byte) error {
	return setOption(fd, level, opt, unsafe.Pointer(&value), 1)
}

func SetsockoptInt(fd, level, opt int, value int) error {
	n := int32(value)
	return setOption(fd, level, opt, unsafe.Pointer(&n), 4)
}

func SetsockoptInet4Addr(fd, level, opt int, value [4]byte) error {
	return setOption(fd, level, opt, unsafe.Pointer(&value), 4)
}

func SetsockoptTimeval(fd, level, opt int, tv *Timeval) error {
	return setOption(fd, level, opt, unsafe.Pointer(tv), unsafe.Sizeof(*tv))
}

func SetsockoptLinger(fd, level, opt int, l *Linger) error {
	return setOption(fd, level, opt, unsafe.Pointer(l), unsafe.Sizeof(*l))
}

func SetsockoptIPMreq(fd, level, opt int, mreq *IPMreq) error {
	return setOption(fd, level, opt, unsafe.Pointer(mreq), unsafe.Sizeof(*mreq))
}

func SetsockoptIPMreqn(fd, level, opt int, mreq *IPMreqn) error {
	return setOption(fd, level, opt, unsafe.Pointer(mreq), unsafe.Sizeof(*mreq))
}

func SetsockoptIPv6Mreq(fd, level, opt int, mreq *IPv6Mreq) error {
	return setOption(fd, level, opt, unsafe.Pointer(mreq), unsafe.Sizeof(*mreq))
}

func SetsockoptICMPv6Filter(fd, level, opt int, filter *ICMPv6Filter) error {
	return setOption(fd, level, opt, unsafe.Pointer(filter), unsafe.Sizeof(*filter))
}

func SetsockoptString(fd, level, opt int, s string) error {
	return setOption(fd, level, opt, unsafe.Pointer(unsafe.StringData(s)), uintptr(len(s)))
}

// BindToDevice binds a socket to a network interface.
func BindToDevice(fd int, device string) error {
	return SetsockoptString(fd, SOL_SOCKET, SO_BINDTODEVICE, device)
}
