package syscall

import "unsafe"

// What netlink messages are made of.
type (
	NlMsghdr struct {
		Len   uint32
		Type  uint16
		Flags uint16
		Seq   uint32
		Pid   uint32
	}

	NlMsgerr struct {
		Error int32
		Msg   NlMsghdr
	}

	NlAttr struct {
		Len  uint16
		Type uint16
	}

	RtGenmsg struct {
		Family uint8
	}

	RtAttr struct {
		Len  uint16
		Type uint16
	}

	RtMsg struct {
		Family   uint8
		Dst_len  uint8
		Src_len  uint8
		Tos      uint8
		Table    uint8
		Protocol uint8
		Scope    uint8
		Type     uint8
		Flags    uint32
	}

	RtNexthop struct {
		Len     uint16
		Flags   uint8
		Hops    uint8
		Ifindex int32
	}

	IfInfomsg struct {
		Family     uint8
		X__ifi_pad uint8
		Type       uint16
		Index      int32
		Flags      uint32
		Change     uint32
	}

	IfAddrmsg struct {
		Family    uint8
		Prefixlen uint8
		Flags     uint8
		Scope     uint8
		Index     uint32
	}
)

// A NetlinkRouteRequest asks for routing information.
type NetlinkRouteRequest struct {
	Header NlMsghdr
	Data   RtGenmsg
}

// A NetlinkMessage is one message.
type NetlinkMessage struct {
	Header NlMsghdr
	Data   []byte
}

// A NetlinkRouteAttr is an attribute of a message.
type NetlinkRouteAttr struct {
	Attr  RtAttr
	Value []byte
}

// NetlinkRIB asks the kernel for routing information, of an address family: all messages of the answer, one behind the other.
func NetlinkRIB(proto, family int) ([]byte, error) {
	s, err := Socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	defer Close(s)
	if err := Bind(s, &SockaddrNetlink{Family: AF_NETLINK}); err != nil {
		return nil, err
	}
	request := NetlinkRouteRequest{
		Header: NlMsghdr{Len: NLMSG_HDRLEN + SizeofRtGenmsg, Type: uint16(proto), Flags: NLM_F_DUMP | NLM_F_REQUEST, Seq: 1},
		Data:   RtGenmsg{uint8(family)},
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&request)), request.Header.Len)
	if err := Sendto(s, bytes, 0, &SockaddrNetlink{Family: AF_NETLINK}); err != nil {
		return nil, err
	}
	here, err := Getsockname(s)
	if err != nil {
		return nil, err
	}
	own, ok := here.(*SockaddrNetlink)
	if !ok {
		return nil, EINVAL
	}
	var all []byte
	buf := make([]byte, Getpagesize())
	for {
		n, _, err := Recvfrom(s, buf, 0)
		if err != nil {
			return nil, err
		}
		if n < NLMSG_HDRLEN {
			return nil, EINVAL
		}
		all = append(all, buf[:n]...)
		messages, err := ParseNetlinkMessage(buf[:n])
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			if m.Header.Seq != 1 || m.Header.Pid != own.Pid {
				return nil, EINVAL
			}
			switch m.Header.Type {
			case NLMSG_DONE:
				return all, nil
			case NLMSG_ERROR:
				return nil, EINVAL
			}
		}
	}
}

// ParseNetlinkMessage takes messages apart.
func ParseNetlinkMessage(b []byte) ([]NetlinkMessage, error) {
	var list []NetlinkMessage
	for len(b) >= NLMSG_HDRLEN {
		header := *(*NlMsghdr)(unsafe.Pointer(&b[0]))
		size := align(int(header.Len), NLMSG_ALIGNTO)
		if int(header.Len) < NLMSG_HDRLEN || size > len(b) {
			return nil, EINVAL
		}
		list = append(list, NetlinkMessage{header, b[NLMSG_HDRLEN:header.Len]})
		b = b[size:]
	}
	return list, nil
}

// ParseNetlinkRouteAttr is the attributes of a message about links, addresses or routes.
func ParseNetlinkRouteAttr(m *NetlinkMessage) ([]NetlinkRouteAttr, error) {
	var skip int
	switch m.Header.Type {
	case RTM_NEWLINK, RTM_DELLINK:
		skip = SizeofIfInfomsg
	case RTM_NEWADDR, RTM_DELADDR:
		skip = SizeofIfAddrmsg
	case RTM_NEWROUTE, RTM_DELROUTE:
		skip = SizeofRtMsg
	default:
		return nil, EINVAL
	}
	if skip > len(m.Data) {
		return nil, EINVAL
	}
	var list []NetlinkRouteAttr
	for b := m.Data[skip:]; len(b) >= SizeofRtAttr; {
		attr := *(*RtAttr)(unsafe.Pointer(&b[0]))
		if attr.Len < SizeofRtAttr || int(attr.Len) > len(b) {
			return nil, EINVAL
		}
		list = append(list, NetlinkRouteAttr{attr, b[SizeofRtAttr:attr.Len]})
		b = b[min(align(int(attr.Len), RTA_ALIGNTO), len(b)):]
	}
	return list, nil
}

// A SockFilter is an instruction of a packet filter, a SockFprog a filter.
type SockFilter struct {
	Code uint16
	Jt   uint8
	Jf   uint8
	K    uint32
}

type SockFprog struct {
	Len       uint16
	Pad_cgo_0 [6]byte
	Filter    *SockFilter
}

func LsfStmt(code, k int) *SockFilter { return &SockFilter{Code: uint16(code), K: uint32(k)} }

func LsfJump(code, k, jt, jf int) *SockFilter {
	return &SockFilter{Code: uint16(code), Jt: uint8(jt), Jf: uint8(jf), K: uint32(k)}
}

// LsfSocket is a socket that sees all packets of a network interface.
func LsfSocket(ifindex, proto int) (int, error) {
	kind := int(swapped(uint16(proto)))
	s, err := Socket(AF_PACKET, SOCK_RAW, kind)
	if err != nil {
		return 0, err
	}
	if err := Bind(s, &SockaddrLinklayer{Protocol: uint16(kind), Ifindex: ifindex}); err != nil {
		Close(s)
		return 0, err
	}
	return s, nil
}

// SetLsfPromisc says whether a network interface takes packets for others.
func SetLsfPromisc(name string, m bool) error {
	s, err := Socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer Close(s)
	var request struct {
		name  [IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:IFNAMSIZ-1], name)
	control := func(number int) error {
		return failure(osSyscall(SYS_IOCTL, word(s), word(number), unsafe.Pointer(&request), nil, nil))
	}
	if err := control(SIOCGIFFLAGS); err != nil {
		return err
	}
	if m {
		request.flags |= IFF_PROMISC
	} else {
		request.flags &^= IFF_PROMISC
	}
	return control(SIOCSIFFLAGS)
}

func AttachLsf(fd int, i []SockFilter) error {
	p := SockFprog{Len: uint16(len(i)), Filter: unsafe.SliceData(i)}
	return setOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, unsafe.Pointer(&p), unsafe.Sizeof(p))
}

func DetachLsf(fd int) error { return SetsockoptInt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0) }
