package adbdouble

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// sync serves file requests until the client quits: four letters, a length, and that many bytes.
func (s *stream) sync() {
	for {
		id, argument, err := s.request()
		if err != nil || id == "QUIT" {
			return
		}
		switch id {
		case "STAT":
			s.stat(argument)
		case "STA2", "LST2":
			s.stat2(id, argument)
		case "SEND":
			err = s.send(argument)
		case "RECV":
			s.recv(argument)
		case "LIST":
			s.list(argument)
		default:
			s.fail("unknown request " + id)
			return
		}
		if err != nil {
			return
		}
	}
}

func (s *stream) request() (id, argument string, err error) {
	var header [8]byte
	if _, err := io.ReadFull(s, header[:]); err != nil {
		return "", "", err
	}
	n := binary.LittleEndian.Uint32(header[4:])
	if n > 1024 {
		return "", "", errors.New("a path longer than 1024 bytes")
	}
	path := make([]byte, n)
	_, err = io.ReadFull(s, path)
	return string(header[:4]), string(path), err
}

// reply sends four letters and little-endian numbers.
func (s *stream) reply(id string, numbers ...any) {
	b := []byte(id)
	for _, n := range numbers {
		switch n := n.(type) {
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, n)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, n)
		case string:
			b = append(b, n...)
		}
	}
	s.Write(b)
}

func (s *stream) fail(why string) { s.reply("FAIL", uint32(len(why)), why) }

func (s *stream) stat(path string) {
	var st syscall.Stat_t
	if syscall.Lstat(path, &st) != nil {
		s.reply("STAT", uint32(0), uint32(0), uint32(0))
		return
	}
	s.reply("STAT", st.Mode, uint32(st.Size), uint32(st.Mtim.Sec))
}

func (s *stream) stat2(id, path string) {
	var st syscall.Stat_t
	look := syscall.Stat
	if id == "LST2" {
		look = syscall.Lstat
	}
	var errno uint32
	var failed syscall.Errno
	if errors.As(look(path, &st), &failed) {
		errno, st = uint32(failed), syscall.Stat_t{}
	}
	s.reply(id, errno, uint64(st.Dev), st.Ino, st.Mode, uint32(st.Nlink), st.Uid, st.Gid, uint64(st.Size),
		uint64(st.Atim.Sec), uint64(st.Mtim.Sec), uint64(st.Ctim.Sec))
}

// send receives a file: "path,mode", then chunks, then a time. After a failure the rest is taken and
// dropped, as adbd does, because the client looks at the answer late.
func (s *stream) send(argument string) error {
	path, mode, _ := cutLast(argument, ",")
	bits, err := strconv.ParseUint(mode, 10, 32)
	if err != nil {
		s.fail("missing mode in " + argument)
		return err
	}
	b, _ := s.conn.device.now()
	f, failed := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, os.FileMode(bits&0o777))
	if failed != nil {
		failed = errors.New("couldn't create file: " + errnoText(failed))
	} else {
		defer f.Close()
	}
	var total int64
	for {
		var header [8]byte
		if _, err := io.ReadFull(s, header[:]); err != nil {
			return err
		}
		n := binary.LittleEndian.Uint32(header[4:])
		if string(header[:4]) == "DONE" {
			break
		}
		if string(header[:4]) != "DATA" || n > 64<<10 {
			s.fail("invalid data message")
			return errors.New("invalid data message")
		}
		chunk := make([]byte, n)
		if _, err := io.ReadFull(s, chunk); err != nil {
			return err
		}
		total += int64(n)
		if b.BreakAfter > 0 && total > b.BreakAfter {
			s.conn.net.Close()
			return errGone
		}
		if failed != nil {
			continue
		}
		if b.Flip && n > 0 {
			chunk[0] ^= 1
		}
		if b.DiskFull {
			failed = errors.New("write failed: No space left on device")
		} else if _, err := f.Write(chunk); err != nil {
			failed = errors.New("write failed: " + errnoText(err))
		}
	}
	if failed != nil {
		if f != nil {
			os.Remove(path)
		}
		s.fail(failed.Error())
		return nil
	}
	s.reply("OKAY", uint32(0))
	return nil
}

func (s *stream) recv(path string) {
	f, err := os.Open(path)
	if err != nil {
		s.fail("open failed: " + errnoText(err))
		return
	}
	defer f.Close()
	chunk := make([]byte, 64<<10)
	for {
		n, err := f.Read(chunk)
		if n > 0 {
			s.reply("DATA", uint32(n), string(chunk[:n]))
		}
		if err == io.EOF {
			s.reply("DONE", uint32(0))
			return
		}
		if err != nil {
			s.fail("read failed: " + errnoText(err))
			return
		}
	}
}

func (s *stream) list(path string) {
	entries, _ := os.ReadDir(path) // adbd answers a missing directory with an empty list too
	for _, e := range entries {
		var st syscall.Stat_t
		if syscall.Lstat(filepath.Join(path, e.Name()), &st) == nil {
			s.reply("DENT", st.Mode, uint32(st.Size), uint32(st.Mtim.Sec), uint32(len(e.Name())), e.Name())
		}
	}
	s.reply("DONE", uint32(0), uint32(0), uint32(0), uint32(0))
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// errnoText is the C library's text for an error, which is what a device says.
func errnoText(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	text := errno.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}
