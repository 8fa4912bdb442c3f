package adbdouble

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Behaviour says what kind of device the double is and what is wrong with it.
type Behaviour struct {
	// NoShellV2 leaves out the feature that brings exit codes and a separate standard error.
	NoShellV2 bool
	// NoStatV2 leaves out the newer form of stat.
	NoStatV2 bool
	// Unauthorized refuses every key, as a phone does whose owner has not yet said yes.
	Unauthorized bool
	// Offline accepts connections and never says a word.
	Offline bool
	// Recovery announces the device as booted into recovery.
	Recovery bool
	// Hang stops reading and answering on connections that exist.
	Hang bool
	// DiskFull fails every file that is sent, with the words of a full disk.
	DiskFull bool
	// BreakAfter drops the connection once a sync transfer has brought that many bytes; 0 never.
	BreakAfter int64
	// Flip changes a byte of every file that is sent.
	Flip bool
}

// Device is a double of an Android device.
type Device struct {
	listener net.Listener
	home     string

	mu        sync.Mutex
	behaviour Behaviour
	changed   chan struct{} // closed and replaced when behaviour changes
	conns     map[*conn]bool
	stopped   bool
	busy      sync.WaitGroup
}

// Listen starts a double on a free port of the loopback interface. home is the working directory of
// what it executes.
func Listen(home string) (*Device, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	hangUpReaches()
	d := &Device{listener: l, home: home, changed: make(chan struct{}), conns: map[*conn]bool{}}
	go d.accept()
	return d, nil
}

// hangUpReaches lets what the double executes end by SIGHUP, as it does under adbd, also where this process was
// started by nohup: children inherit an ignored signal, and get back the default of one that is caught.
var hangUpReaches = sync.OnceFunc(func() { signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) })

// Address is where `adb connect` finds the double.
func (d *Device) Address() string { return d.listener.Addr().String() }

// Behave changes the double's behaviour from now on.
func (d *Device) Behave(b Behaviour) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.behaviour = b
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *Device) now() (Behaviour, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.behaviour, d.changed
}

// Break drops all connections, as a pulled cable does. The client may connect again.
func (d *Device) Break() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		c.net.Close()
	}
}

// Stop ends the double and waits for what it executes.
func (d *Device) Stop() {
	d.mu.Lock()
	d.stopped = true
	d.mu.Unlock()
	d.listener.Close()
	d.Behave(Behaviour{})
	d.Break()
	d.busy.Wait()
}

func (d *Device) accept() {
	for {
		n, err := d.listener.Accept()
		if err != nil {
			return
		}
		c := &conn{device: d, net: n, streams: map[uint32]*stream{}, gone: make(chan struct{})}
		d.mu.Lock()
		if d.stopped {
			d.mu.Unlock()
			n.Close()
			return
		}
		d.conns[c] = true
		d.busy.Add(1)
		d.mu.Unlock()
		go func() {
			defer d.busy.Done()
			c.serve()
			d.mu.Lock()
			delete(d.conns, c)
			d.mu.Unlock()
		}()
	}
}

// conn is one connection of an adb server.
type conn struct {
	device *Device
	net    net.Conn
	gone   chan struct{} // closed when the connection has ended

	sending sync.Mutex
	mu      sync.Mutex
	streams map[uint32]*stream
	lastID  uint32
}

var errGone = errors.New("the connection has ended")

func (c *conn) serve() {
	var group sync.WaitGroup
	defer group.Wait()
	defer c.net.Close()
	defer close(c.gone)
	for {
		p, err := readPacket(c.net)
		if err != nil {
			return
		}
		b, changed := c.device.now()
		for b.Hang || b.Offline {
			<-changed
			b, changed = c.device.now()
		}
		switch p.command {
		case connect, auth:
			if b.Unauthorized && p.command == auth && p.arg0 == publicKey {
				continue // the owner is asked, and does not answer
			}
			if b.Unauthorized {
				c.send(packet{command: auth, arg0: token, data: bytes.Repeat([]byte{7}, tokenSize)})
				continue
			}
			c.send(packet{command: connect, arg0: version, arg1: maxPayload, data: []byte(banner(b))})
		case open:
			s := c.stream(p.arg0)
			group.Go(func() { s.serve(strings.TrimRight(string(p.data), "\x00")) })
		case okay, write, closed:
			c.mu.Lock()
			s := c.streams[p.arg1]
			c.mu.Unlock()
			switch {
			case s != nil:
				s.receive(p)
			case p.command == write:
				c.send(packet{command: closed, arg0: 0, arg1: p.arg0})
			}
		}
	}
}

func banner(b Behaviour) string {
	kind := "device"
	if b.Recovery {
		kind = "recovery"
	}
	features := []string{"cmd", "fixed_push_mkdir"}
	if !b.NoShellV2 {
		features = append(features, "shell_v2")
	}
	if !b.NoStatV2 {
		features = append(features, "stat_v2")
	}
	return fmt.Sprintf("%s::ro.product.name=double;ro.product.model=Double;ro.product.device=double;features=%s", kind, strings.Join(features, ","))
}

func (c *conn) send(p packet) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	if b, _ := c.device.now(); b.Hang {
		select {
		case <-c.gone:
			return errGone
		case <-time.After(50 * time.Millisecond):
			return errGone // swallowed
		}
	}
	_, err := c.net.Write(p.bytes())
	return err
}
