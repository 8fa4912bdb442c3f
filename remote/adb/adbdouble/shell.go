package adbdouble

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// framing is how a command's streams travel.
type framing int

const (
	framed   framing = iota // shell v2: packets for each stream, and the exit code
	merged                  // exec: bytes both ways, no exit code
	terminal                // the first shell: as through a terminal, which turns \n into \r\n
)

// The kinds of packets of shell v2.
const (
	idStdin      = 0
	idStdout     = 1
	idStderr     = 2
	idExit       = 3
	idCloseStdin = 4
)

// shell executes a line and, when the client goes away before it ends, hangs up on it as adbd does.
func (s *stream) shell(line string, f framing) {
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = s.conn.device.home
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/", "SHELL=/bin/sh", "USER=shell", "ANDROID_DATA=/data"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = 5 * time.Second
	var sending sync.Mutex
	switch f {
	case framed:
		cmd.Stdout = &framer{to: s, mu: &sending, id: idStdout}
		cmd.Stderr = &framer{to: s, mu: &sending, id: idStderr}
	case merged:
		cmd.Stdout = s
		cmd.Stderr = cmd.Stdout
	case terminal:
		cmd.Stdout = crlf{s}
		cmd.Stderr = cmd.Stdout
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	if err := cmd.Start(); err != nil {
		return
	}
	finished := make(chan struct{})
	defer close(finished)
	gone := s.closedByPeer()
	go func() {
		select {
		case <-gone:
			_ = syscall.Kill(cmd.Process.Pid, syscall.SIGHUP) // it may have ended
		case <-finished:
		}
	}()
	go s.feed(stdin, f)
	code := 0
	var exit *exec.ExitError
	if errors.As(cmd.Wait(), &exit) {
		code = exit.ExitCode()
		if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
			code = 128 + int(status.Signal())
		}
	}
	if f == framed {
		(&framer{to: s, mu: &sending, id: idExit}).Write([]byte{byte(code)})
	}
}

// feed copies the client's input to a command. Input that the command does not take is dropped, or the
// client could not send its other packets.
func (s *stream) feed(stdin io.WriteCloser, f framing) {
	defer stdin.Close()
	if f != framed {
		io.Copy(stdin, s)
		return
	}
	for {
		var header [5]byte
		if _, err := io.ReadFull(s, header[:]); err != nil {
			return
		}
		data := make([]byte, binary.LittleEndian.Uint32(header[1:]))
		if _, err := io.ReadFull(s, data); err != nil {
			return
		}
		switch header[0] {
		case idStdin:
			_, _ = stdin.Write(data)
		case idCloseStdin:
			stdin.Close()
		}
	}
}

// framer writes one kind of shell v2 packets.
type framer struct {
	to io.Writer
	mu *sync.Mutex
	id byte
}

// Write implements io.Writer.
func (f *framer) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	packet := binary.LittleEndian.AppendUint32([]byte{f.id}, uint32(len(p)))
	if _, err := f.to.Write(append(packet, p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// crlf does to line ends what a terminal does.
type crlf struct{ to io.Writer }

// Write implements io.Writer.
func (c crlf) Write(p []byte) (int, error) {
	if _, err := c.to.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}
