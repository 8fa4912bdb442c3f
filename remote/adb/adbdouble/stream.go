package adbdouble

import (
	"io"
	"strings"
	"sync"
)

// stream is one service that the client opened. Reads take what the client wrote and acknowledge it;
// writes wait for the client's acknowledgement, one message at a time.
type stream struct {
	conn  *conn
	id    uint32 // ours
	peer  uint32 // the client's
	in    chan []byte
	acks  chan struct{}
	ended chan struct{} // closed when the client has closed its side
	once  sync.Once
	rest  []byte
}

func (c *conn) stream(peer uint32) *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	s := &stream{conn: c, id: c.lastID, peer: peer, in: make(chan []byte, 1), acks: make(chan struct{}, 1), ended: make(chan struct{})}
	c.streams[s.id] = s
	return s
}

// receive takes a message of the client's. It never blocks: the client sends one write at a time.
func (s *stream) receive(p packet) {
	switch p.command {
	case okay:
		select {
		case s.acks <- struct{}{}:
		default:
		}
	case write:
		select {
		case s.in <- p.data:
		default: // against the protocol
			s.conn.net.Close()
		}
	case closed:
		s.once.Do(func() { close(s.ended) })
	}
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		select {
		case s.rest = <-s.in:
		case <-s.ended:
			return 0, io.EOF
		case <-s.conn.gone:
			return 0, errGone
		}
		if err := s.conn.send(packet{command: okay, arg0: s.id, arg1: s.peer}); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	for sent := 0; sent < len(p); {
		n := min(len(p)-sent, maxPayload)
		if err := s.conn.send(packet{command: write, arg0: s.id, arg1: s.peer, data: p[sent : sent+n]}); err != nil {
			return sent, err
		}
		select {
		case <-s.acks:
		case <-s.ended:
			return sent, io.ErrClosedPipe
		case <-s.conn.gone:
			return sent, errGone
		}
		sent += n
	}
	return len(p), nil
}

// closedByPeer is closed when the client wants no more of the service or is gone.
func (s *stream) closedByPeer() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-s.ended:
		case <-s.conn.gone:
		}
	}()
	return done
}

// serve runs the service with the given name and closes the stream.
func (s *stream) serve(service string) {
	defer func() {
		s.conn.mu.Lock()
		delete(s.conn.streams, s.id)
		s.conn.mu.Unlock()
		s.once.Do(func() { close(s.ended) })
	}()
	name, argument, _ := strings.Cut(service, ":")
	options := strings.Split(name, ",")
	b, _ := s.conn.device.now()
	var run func()
	switch {
	case options[0] == "shell" && contains(options, "v2") && !b.NoShellV2:
		run = func() { s.shell(argument, framed) }
	case options[0] == "shell" && len(options) == 1:
		run = func() { s.shell(argument, terminal) }
	case name == "exec":
		run = func() { s.shell(argument, merged) }
	case name == "sync":
		run = s.sync
	default:
		s.conn.send(packet{command: closed, arg0: 0, arg1: s.peer})
		return
	}
	if s.conn.send(packet{command: okay, arg0: s.id, arg1: s.peer}) != nil {
		return
	}
	run()
	s.conn.send(packet{command: closed, arg0: s.id, arg1: s.peer})
}

func contains(list []string, what string) bool {
	for _, s := range list {
		if s == what {
			return true
		}
	}
	return false
}
