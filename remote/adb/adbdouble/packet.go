package adbdouble

import (
	"encoding/binary"
	"fmt"
	"io"
)

// command is a message's kind, as protocol.txt of the Android sources numbers them.
type command uint32

const (
	connect command = 0x4e584e43 // CNXN
	auth    command = 0x48545541 // AUTH
	open    command = 0x4e45504f // OPEN
	okay    command = 0x59414b4f // OKAY
	write   command = 0x45545257 // WRTE
	closed  command = 0x45534c43 // CLSE
)

// The kinds of AUTH messages: the device asks for a signature over a token; a client whose keys are all
// refused sends its public key, for the owner to accept.
const (
	token     = 1
	publicKey = 3
	tokenSize = 20
)

const (
	// version is the first without checksums over the payload.
	version = 0x01000001
	// maxPayload bounds one message.
	maxPayload = 256 << 10
)

// packet is one message: a header of six little-endian words and a payload.
type packet struct {
	command command
	arg0    uint32
	arg1    uint32
	data    []byte
}

func readPacket(r io.Reader) (packet, error) {
	var header [24]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return packet{}, err
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(header[4*i:]) }
	if word(0)^word(5) != 0xffffffff {
		return packet{}, fmt.Errorf("read message: magic %08x does not fit command %08x", word(5), word(0))
	}
	if word(3) > maxPayload {
		return packet{}, fmt.Errorf("read message: payload of %d bytes, more than the %d agreed", word(3), maxPayload)
	}
	p := packet{command: command(word(0)), arg0: word(1), arg1: word(2), data: make([]byte, word(3))}
	_, err := io.ReadFull(r, p.data)
	return p, err
}

func (p packet) bytes() []byte {
	b := make([]byte, 0, 24+len(p.data))
	for _, word := range []uint32{uint32(p.command), p.arg0, p.arg1, uint32(len(p.data)), checksum(p.data), ^uint32(p.command)} {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return append(b, p.data...)
}

// checksum is the sum of the payload's bytes, which peers of the first version demand.
func checksum(data []byte) uint32 {
	var sum uint32
	for _, b := range data {
		sum += uint32(b)
	}
	return sum
}
