package posix

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// ending is what the wrapper said about a command's end.
type ending struct {
	kind byte // e: exit, s: signal, f: did not start
	code int
}

// trailerLength is the length of the wrapper's last line: "\nRT3D-END <32 hex> <kind> <3 digits>\n".
const trailerLength = len("\nRT3D-END ") + 32 + len(" k 000\n")

// output passes a command's standard output on and keeps back the wrapper's last line. Its absence
// means that the link broke before the command ended, whatever the link's own program said.
type output struct {
	mu     sync.Mutex
	to     io.Writer // nil: discard
	mark   []byte
	held   []byte
	err    error // the first error of to
	end    *ending
	seen   chan struct{} // closed when the trailer has come
	closed bool
}

func newOutput(to io.Writer, nonce string) *output {
	return &output{to: to, mark: []byte("\nRT3D-END " + nonce + " "), seen: make(chan struct{})}
}

// Write implements io.Writer. An error of the destination is kept for later: the stream must be read
// on, or the command would block on a full pipe instead of ending.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.end != nil {
		return len(p), nil
	}
	o.held = append(o.held, p...)
	if e, ok := o.parse(); ok {
		o.pass(o.held[:len(o.held)-trailerLength])
		o.held = nil
		o.end = &e
		close(o.seen)
		return len(p), nil
	}
	if n := len(o.held) - trailerLength; n > 0 {
		o.pass(o.held[:n])
		o.held = append(o.held[:0], o.held[n:]...)
	}
	return len(p), nil
}

func (o *output) pass(p []byte) {
	if o.to == nil || o.err != nil || len(p) == 0 {
		return
	}
	_, o.err = o.to.Write(p)
}

func (o *output) parse() (ending, bool) {
	if len(o.held) < trailerLength {
		return ending{}, false
	}
	tail := o.held[len(o.held)-trailerLength:]
	if !bytes.HasPrefix(tail, o.mark) {
		return ending{}, false
	}
	var e ending
	if n, err := fmt.Sscanf(string(tail[len(o.mark):]), "%c %03d\n", &e.kind, &e.code); n != 2 || err != nil {
		return ending{}, false
	}
	return e, true
}

// finish stops all writing to the destination and returns what came. Without a trailer the bytes that
// were kept back are passed on first.
func (o *output) finish() (*ending, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed && o.end == nil {
		o.pass(o.held)
	}
	o.closed = true
	return o.end, o.err
}

// gate passes writes on until it is shut, so that nothing is written for a caller that has returned.
type gate struct {
	mu   sync.Mutex
	to   io.Writer
	err  error
	tail []byte // the last bytes, to explain a fault
	shut bool
}

// Write implements io.Writer; see output.Write about errors.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return len(p), nil
	}
	const keep = 2048
	g.tail = append(g.tail, p...)
	if n := len(g.tail) - keep; n > 0 {
		g.tail = append(g.tail[:0], g.tail[n:]...)
	}
	if g.to != nil && g.err == nil {
		_, g.err = g.to.Write(p)
	}
	return len(p), nil
}

func (g *gate) finish() (tail string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	return string(bytes.TrimSpace(g.tail)), g.err
}
