package bench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sort"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// Artifact is a program made ready to be pushed and run.
type Artifact struct {
	// Program is its name in the binary: equal names are equal code.
	Program string
	// Binary holds it, among others of the same Build.
	Binary toolchain.Binary
	Blob   []byte
	// SourceHash covers the program's C without its name, and all that is compiled with it.
	SourceHash, BlobHash string
	// Duration is the time for this program alone and its share of what was done for all.
	Duration time.Duration
}

// Built is an artifact, or why there is none.
type Built struct {
	Artifact *Artifact
	// Outcome is infeasible when the schedule cannot run the workload, compile-error when the compiler
	// refused the program, launch-error when this host is at fault (a full disk), cancelled when ctx has
	// ended.
	Outcome results.Outcome
	Err     error
}

// Builder turns programs into artifacts on this host.
type Builder interface {
	// Build makes one binary of all programs that can be built. The answer has one entry for each
	// program, in order. Names of programs are the builder's own.
	Build(ctx context.Context, programs []kernels.Program) []Built
	// Compiler and Flags describe what Build compiles with, for provenance.
	Compiler() string
	Flags() string
}

// generator is the Builder that asks package kernels for the C and the blobs.
type generator struct {
	target    spec.Target
	toolchain toolchain.Toolchain
	flags     []string // beside those of the toolchain and the target
	allFlags  []string
	cacheDir  string
	jobs      int
	tool      string // named in the C, no part of any hash
}

func (g *generator) Compiler() string { return g.toolchain.String() }

func (g *generator) Flags() string { return strings.Join(g.allFlags, " ") }

// generated is one program between generation and compilation.
type generated struct {
	source *kernels.Source
	file   string // the program's own
	hash   string
	blob   []byte
	spent  time.Duration
}

func (g *generator) Build(ctx context.Context, programs []kernels.Program) []Built {
	built := make([]Built, len(programs))
	made := make([]*generated, len(programs))
	jobs := g.jobs
	if jobs < 1 {
		jobs = runtime.NumCPU()
	}
	var group errgroup.Group // errors are filed by program: one must not end the others
	group.SetLimit(jobs)
	for i, p := range programs {
		group.Go(func() error {
			if ctx.Err() != nil {
				built[i] = failed(ctx.Err())
				return nil
			}
			m, err := g.generate(p)
			if err != nil {
				built[i] = failed(err)
				if built[i].Outcome == results.LaunchError { // nothing but the program itself was at work
					built[i].Outcome = results.CompileError
				}
				return nil
			}
			made[i] = m
			return nil
		})
	}
	_ = group.Wait() // none of the functions above fails
	g.compile(ctx, made, built)
	return built
}

// failed says whose fault an error is.
func failed(err error) Built {
	var refusal *spec.Refusal
	var compile *toolchain.CompileError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Built{Outcome: results.Cancelled, Err: err}
	case errors.As(err, &refusal):
		return Built{Outcome: results.Infeasible, Err: err}
	case errors.As(err, &compile):
		return Built{Outcome: results.CompileError, Err: err}
	}
	return Built{Outcome: results.LaunchError, Err: err}
}

// anonymous is the name under which programs are generated first: their text then tells equal programs.
const anonymous = "candidate"

// generate writes a program under a name made of its own text, so that equal programs have equal files
// (and one object in the cache), whatever candidates they come from.
func (g *generator) generate(p kernels.Program) (*generated, error) {
	began := time.Now()
	p.Name = anonymous
	source, err := kernels.Generate(g.target, []kernels.Program{p})
	if err != nil {
		return nil, err
	}
	hash := sourceHash(source)
	p.Name = "p" + hash[:20]
	if source, err = kernels.Generate(g.target, []kernels.Program{p}); err != nil {
		return nil, err
	}
	blob, err := kernels.Pack(g.target, p)
	if err != nil {
		return nil, err
	}
	m := &generated{source: source, hash: hash, blob: blob}
	for file, owner := range source.ProgramFiles {
		if owner == p.Name {
			m.file = file
		}
	}
	if m.file == "" {
		return nil, fmt.Errorf("generate program %s: no file holds it", p.Name)
	}
	m.spent = time.Since(began)
	return m, nil
}

func sourceHash(s *kernels.Source) string {
	names := make([]string, 0, len(s.Files))
	for name := range s.Files {
		if name != runner.TableFile {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	h := sha256.New()
	for _, name := range names {
		fmt.Fprintf(h, "%s %d\n", name, len(s.Files[name]))
		h.Write(s.Files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// compile makes one binary of what was generated and files the artifacts.
func (g *generator) compile(ctx context.Context, made []*generated, built []Built) {
	r := toolchain.Request{Files: map[string][]byte{}, ProgramFiles: map[string]string{}, Flags: g.flags,
		CacheDir: g.cacheDir, Jobs: g.jobs}
	if g.tool != "" {
		r.Origin = "Made by " + g.tool + "."
	}
	count := 0
	for _, m := range made {
		if m == nil {
			continue
		}
		count++
		for name, content := range m.source.Files {
			r.Files[name] = content // common files are equal
		}
		if name := m.source.Programs[0]; !slices.Contains(r.Programs, name) {
			r.Programs = append(r.Programs, name)
			r.ProgramFiles[m.file] = name
		}
	}
	if count == 0 {
		return
	}
	binary, err := g.toolchain.Build(ctx, r)
	for i, m := range made {
		if m == nil {
			continue
		}
		name := m.source.Programs[0]
		switch {
		case err != nil:
			built[i] = failed(err)
		case binary.Refused[name] != nil:
			built[i] = failed(binary.Refused[name])
		default:
			built[i] = Built{Artifact: &Artifact{
				Program: name, Binary: binary, Blob: m.blob, SourceHash: m.hash, BlobHash: sha256Hex(m.blob),
				Duration: m.spent + binary.Duration/time.Duration(count),
			}}
		}
	}
}
