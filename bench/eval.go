package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/remote"
)

// EvalError says that a program did not run through all its clips on the device.
type EvalError struct {
	Program string
	Result  remote.Result
	// Stderr is the end of what it said.
	Stderr string
}

// Error implements error.
func (e *EvalError) Error() string {
	return fmt.Sprintf("run %s on the device: %s", e.Program, exit{result: e.Result, stderr: e.Stderr}.describe())
}

// Run executes a program on the device, or on this host through a local transport, once for each input
// (row-major C, D, H, W) and returns the outputs. The error is a *remote.DeviceError when the device or
// the link is at fault, an *EvalError when the program ended early, or what Build says.
func (s *Session) Run(ctx context.Context, p kernels.Program, inputs [][]float32) ([][]float32, error) {
	shapes, err := p.Graph.Shapes()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", p.Graph.Name, err)
	}
	in, out := shapes[p.Graph.Input.Name].Count(), shapes[p.Graph.Output.Name].Count()
	for i, x := range inputs {
		if len(x) != in {
			return nil, fmt.Errorf("run %s: input %d has %d values, want %d", p.Graph.Name, i, len(x), in)
		}
	}
	var stdout bytes.Buffer
	if err := s.Eval(ctx, p, newFloatReader(inputs), &stdout); err != nil {
		return nil, err
	}
	if want := 4 * out * len(inputs); stdout.Len() != want {
		return nil, fmt.Errorf("run %s: %d bytes came back, want %d", p.Graph.Name, stdout.Len(), want)
	}
	outputs := make([][]float32, len(inputs))
	for i := range outputs {
		outputs[i] = make([]float32, out)
		if _, err := binary.Decode(stdout.Next(4*out), binary.LittleEndian, outputs[i]); err != nil {
			return nil, fmt.Errorf("run %s: decode output %d: %w", p.Graph.Name, i, err)
		}
	}
	return outputs, nil
}

// Eval is Run on streams of little-endian float32: clips in, outputs out, one after the other.
func (s *Session) Eval(ctx context.Context, p kernels.Program, in io.Reader, out io.Writer) error {
	p.Threads = max(1, p.Threads)
	if err := s.redial(ctx); err != nil {
		return err
	}
	a, err := s.makeReady(ctx, p)
	if err != nil {
		return err
	}
	defer s.device.release(binaryName(a))
	defer s.device.release(blobName(a))

	enter := s.alone
	if s.options.Exclusive {
		enter = s.work // this machine has room for several programs when nobody measures
	}
	done, err := enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	defer s.spent.since(Running, time.Now())
	t, dir := s.device.current()
	var stderr tail
	result, err := t.Run(ctx, remote.Command{
		Args: s.device.command(dir, binaryName(a), "eval", "--program", a.Program, "--blob", blobName(a), "--threads", fmt.Sprint(p.Threads)),
		Dir:  dir, Stdin: in, Stdout: out, Stderr: &stderr,
	})
	if err != nil {
		if lostLink(err) && ctx.Err() == nil {
			s.noteLost(t, err)
		}
		return fmt.Errorf("run %s on %s: %w", p.Graph.Name, t.Name(), err)
	}
	if result.ExitCode != 0 || result.Signal != 0 {
		return &EvalError{Program: p.Graph.Name, Result: result, Stderr: stderr.String()}
	}
	return nil
}

// Prepare builds programs side by side, each into a binary of its own, so that Run finds them in the
// cache. The error is that of the first program that cannot be built.
func (s *Session) Prepare(ctx context.Context, programs []kernels.Program) error {
	done, err := s.work(ctx)
	if err != nil {
		return err
	}
	defer done()
	defer s.spent.since(Building, time.Now())
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	for _, p := range programs {
		g.Go(func() error {
			if built := s.builder.Build(ctx, []kernels.Program{p})[0]; built.Err != nil {
				return fmt.Errorf("build %s: %w", p.Graph.Name, built.Err)
			}
			return nil
		})
	}
	return g.Wait()
}

// makeReady builds a program and pushes it; the caller releases its two files.
func (s *Session) makeReady(ctx context.Context, p kernels.Program) (*Artifact, error) {
	done, err := s.work(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	began := time.Now()
	built := s.builder.Build(ctx, []kernels.Program{p})[0]
	s.spent.since(Building, began)
	if built.Err != nil {
		return nil, fmt.Errorf("build %s: %w", p.Graph.Name, built.Err)
	}
	defer s.spent.since(Pushing, time.Now())
	a := built.Artifact
	program, err := binaryPayload(a)
	if err != nil {
		return nil, err
	}
	link, _ := s.device.current()
	for i, f := range []payload{program, blobPayload(a)} {
		if err := s.device.push(ctx, f); err != nil {
			if i == 1 {
				s.device.release(program.name)
			}
			if lostLink(err) && ctx.Err() == nil {
				s.noteLost(link, err)
			}
			return nil, err
		}
	}
	return a, nil
}

// floatReader reads slices of floats as little-endian bytes without holding all of them twice.
type floatReader struct {
	values [][]float32
	bytes  []byte
}

func newFloatReader(values [][]float32) *floatReader { return &floatReader{values: values} }

// Read implements io.Reader.
func (r *floatReader) Read(p []byte) (int, error) {
	for len(r.bytes) == 0 {
		if len(r.values) == 0 {
			return 0, io.EOF
		}
		r.bytes, _ = binary.Append(r.bytes[:0], binary.LittleEndian, r.values[0]) // floats always encode
		r.values = r.values[1:]
	}
	n := copy(p, r.bytes)
	r.bytes = r.bytes[n:]
	return n, nil
}
