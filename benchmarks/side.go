package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// side is one engine with its network or layer loaded: a child process that executes on request
// (engines/serve.h).
type side struct {
	name   string
	about  string // what runs, in the engine's words
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// startSide starts a command on the given cores only, with env beside this process's environment.
func startSide(ctx context.Context, name string, cores []int, env []string, command ...string) (*side, error) {
	list := make([]string, len(cores))
	for i, c := range cores {
		list[i] = strconv.Itoa(c)
	}
	s := &side{name: name, cmd: exec.CommandContext(ctx, "taskset", append([]string{"-c", strings.Join(list, ",")}, command...)...)}
	s.cmd.Env = append(s.cmd.Environ(), env...)
	s.cmd.Stderr = &s.stderr
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s.stdin, s.stdout = stdin, bufio.NewReader(stdout)
	if s.about, err = s.ask("about"); err != nil {
		// The process's own words say more than its exit status, and are there when it has ended.
		s.close()
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(s.stderr.Bytes()))
	}
	return s, nil
}

// close ends the process.
func (s *side) close() error {
	s.stdin.Close()
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("end %s: %w", s.name, err)
	}
	return nil
}

// closeAll ends processes and adds what fails to err.
func closeAll(sides []*side, err *error) {
	for _, s := range sides {
		*err = errors.Join(*err, s.close())
	}
}

// ask sends a request and returns the answer.
func (s *side) ask(request string) (string, error) {
	_, err := io.WriteString(s.stdin, request+"\n")
	answer := ""
	if err == nil {
		answer, err = s.stdout.ReadString('\n')
	}
	answer = strings.TrimSuffix(answer, "\n")
	if text, failed := strings.CutPrefix(answer, "error: "); failed && err == nil {
		err = errors.New(text)
	}
	if err != nil {
		return "", fmt.Errorf("ask %s to %s: %w", s.name, request, err)
	}
	return answer, nil
}

// number asks for one.
func (s *side) number(request string) (float64, error) {
	answer, err := s.ask(request)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(answer, 64)
	if err != nil {
		return 0, fmt.Errorf("ask %s to %s: answer %q is no number", s.name, request, answer)
	}
	return v, nil
}

// run executes warm times untimed, then count times, and returns the time of these together.
func (s *side) run(warm, count int) (time.Duration, error) {
	ns, err := s.number(fmt.Sprintf("run %d %d", warm, count))
	return time.Duration(ns), err
}

// output executes once and returns what came out. The directory holds it for a moment.
func (s *side) output(dir string) ([]float32, error) {
	path := filepath.Join(dir, "output")
	if _, err := s.ask("output " + path); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the output of %s: %w", s.name, err)
	}
	values := make([]float32, len(content)/4)
	_, err = binary.Decode(content, binary.LittleEndian, values)
	return values, errors.Join(err, os.Remove(path))
}

// waited is how long the threads of the process, all together, have been ready to run without getting
// a core since they were started.
func (s *side) waited() (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	var total time.Duration
	for _, f := range files {
		content, err := os.ReadFile(f)
		if errors.Is(err, os.ErrNotExist) {
			continue // the thread has ended
		}
		var ran, waited int64
		if err == nil {
			_, err = fmt.Sscan(string(content), &ran, &waited)
		}
		if err != nil {
			return 0, fmt.Errorf("ask the system how long %s waited: read %s: %w", s.name, f, err)
		}
		total += time.Duration(waited)
	}
	return total, nil
}

// peakMemory is the largest resident size of the process so far, in bytes. (getrusage would include what
// this process had when it started the other.)
func (s *side) peakMemory() (int64, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("ask the system for the memory of %s: %w", s.name, err)
	}
	_, rest, _ := strings.Cut(string(content), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0, fmt.Errorf("ask the system for the memory of %s: no VmHWM in its status: %w", s.name, err)
	}
	return kilobytes * 1024, nil
}

// writeFloats writes values one after the other, little-endian.
func writeFloats(path string, parts ...[]float32) error {
	var content []byte
	for _, values := range parts {
		content, _ = binary.Append(content, binary.LittleEndian, values) // floats always encode
	}
	return os.WriteFile(path, content, 0o644)
}
