package toolchain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rt3d-tune/rt3d-tune/kernels/runner"
)

// Request asks for one binary.
type Request struct {
	// Files maps base names to contents: C files and headers.
	Files map[string][]byte
	// Programs in the order of the program table, and the file that holds each: base name to program.
	Programs     []string
	ProgramFiles map[string]string
	// Origin says in a comment at the head of the programs' files who made them; it is no part of the
	// cache's keys, for it changes nothing. Empty for none.
	Origin string
	// Flags are compile flags beside BaseFlags and those of the vector extension.
	Flags []string
	// CacheDir holds objects and binaries; several processes may share it.
	CacheDir string
	// Jobs bounds the compilers that run at the same time; 0 means one per processor.
	Jobs int
}

// Binary is a static executable in the cache.
type Binary struct {
	Path   string
	SHA256 string
	// Programs that it holds: those of the request without those in Refused.
	Programs []string
	// Refused are the programs that did not compile, by name.
	Refused map[string]*CompileError
	// Flags that the generated files were compiled with. The runner's own files go without those of the
	// vector extension, so that it can still say that a processor lacks it.
	Flags []string
	// Compiled counts the files that were not in the cache.
	Compiled int
	Duration time.Duration
}

// Build compiles and links, or finds the result in the cache. A program whose file does not compile is
// left out and the others are built; it is an error when none is left, or when a common file does not
// compile. Errors are *CompileError, *NoSpaceError, or what the file system said.
func (t Toolchain) Build(ctx context.Context, r Request) (Binary, error) {
	began := time.Now()
	flags, err := t.Flags()
	if err != nil {
		return Binary{}, err
	}
	flags = append(flags, r.Flags...)
	b := &build{toolchain: t, request: r, flags: flags, plainFlags: slices.Concat(BaseFlags(), r.Flags),
		plain: runner.Files(), identity: t.Identity()}
	if err := b.begin(ctx); err != nil {
		return Binary{}, err
	}
	defer b.end()
	objects, refused, err := b.compileAll(ctx)
	if err != nil {
		return Binary{}, err
	}
	bin := Binary{Refused: refused, Flags: flags}
	for _, p := range r.Programs {
		if refused[p] == nil {
			bin.Programs = append(bin.Programs, p)
		}
	}
	if len(bin.Programs) == 0 {
		return Binary{}, errors.Join(refusals(refused)...)
	}
	table, err := b.compile(ctx, runner.TableFile, runner.Table(bin.Programs))
	if err != nil {
		return Binary{}, err
	}
	if bin.Path, err = b.link(ctx, append(objects, table)); err != nil {
		return Binary{}, err
	}
	content, err := os.ReadFile(bin.Path)
	if err != nil {
		return Binary{}, fmt.Errorf("read binary: %w", err)
	}
	sum := sha256.Sum256(content)
	bin.SHA256 = hex.EncodeToString(sum[:])
	bin.Compiled = b.compiled
	bin.Duration = time.Since(began)
	return bin, nil
}

func refusals(refused map[string]*CompileError) []error {
	var all []error
	for _, e := range refused {
		all = append(all, e)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Error() < all[j].Error() })
	return all
}

// build is one Build in progress.
type build struct {
	toolchain  Toolchain
	request    Request
	flags      []string
	plainFlags []string          // without those of the vector extension
	plain      map[string][]byte // files that are compiled with plainFlags
	identity   string
	// Hashes of all headers, and of the runner's: its files include no others, and so its objects serve
	// every vector extension.
	headers, plainHeaders string
	// sources writes the sources on first use and gives their directory: nothing is written when the cache
	// has everything.
	sources func() (string, error)
	// precompiled gives on first use the flags with which programs include a precompiled header.
	precompiled func() ([]string, error)
	dir         string // what sources gave, to be removed

	mu       sync.Mutex
	compiled int
}

// begin makes the cache directories and hashes the headers.
func (b *build) begin(ctx context.Context) error {
	for _, sub := range []string{"objects", "binaries", "work"} {
		if err := os.MkdirAll(filepath.Join(b.request.CacheDir, sub), 0o755); err != nil {
			return full(b.request.CacheDir, fmt.Errorf("make cache directory: %w", err), "")
		}
	}
	var all, plain []string
	for _, name := range sortedNames(b.request.Files) {
		if filepath.Base(name) != name {
			return fmt.Errorf("build file %q: want a base name", name)
		}
		if strings.HasSuffix(name, ".h") {
			all = append(all, name, string(b.request.Files[name]))
			if _, ok := b.plain[name]; ok {
				plain = append(plain, name, string(b.request.Files[name]))
			}
		}
	}
	b.headers, b.plainHeaders = hash(all...), hash(plain...)
	b.sources = sync.OnceValues(b.writeSources)
	b.precompiled = sync.OnceValues(func() ([]string, error) {
		dir, err := b.sources()
		if err != nil {
			return nil, err
		}
		return b.precompile(ctx, dir)
	})
	return nil
}

// writeSources puts the sources into a directory of their own, where compilers run.
func (b *build) writeSources() (dir string, err error) {
	dir, err = os.MkdirTemp(filepath.Join(b.request.CacheDir, "work"), "build-")
	if err != nil {
		return "", full(b.request.CacheDir, fmt.Errorf("make build directory: %w", err), "")
	}
	b.dir = dir
	for name, content := range b.request.Files {
		if name == runner.TableFile {
			continue // written when it is known which programs are left
		}
		if _, owned := b.request.ProgramFiles[name]; owned && b.request.Origin != "" {
			// On the first line, so that compilers count lines as the generator does.
			content = slices.Concat([]byte("/* "+b.request.Origin+" */ "), content)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return "", full(b.request.CacheDir, fmt.Errorf("write source: %w", err), "")
		}
	}
	return dir, nil
}

// end removes the sources if they were written.
func (b *build) end() {
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

func sortedNames(files map[string][]byte) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// object is one compiled file in the cache.
type object struct{ key, path string }

// compileAll compiles every C file but the table. Files of programs that are refused are left out.
func (b *build) compileAll(ctx context.Context) ([]object, map[string]*CompileError, error) {
	var (
		mu      sync.Mutex
		objects []object
		refused = map[string]*CompileError{}
	)
	jobs := b.request.Jobs
	if jobs < 1 {
		jobs = runtime.NumCPU()
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(jobs)
	for _, name := range sortedNames(b.request.Files) {
		if !strings.HasSuffix(name, ".c") || name == runner.TableFile {
			continue
		}
		g.Go(func() error {
			o, err := b.compile(ctx, name, b.request.Files[name])
			mu.Lock()
			defer mu.Unlock()
			var compileError *CompileError
			if errors.As(err, &compileError) && compileError.Program != "" {
				refused[compileError.Program] = compileError
				return nil
			}
			if err == nil {
				objects = append(objects, o)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	return objects, refused, nil
}

// compile gives the object of one file, from the cache if it is there. The key covers the file, all
// headers, the flags and the compiler.
func (b *build) compile(ctx context.Context, name string, content []byte) (object, error) {
	flags, headers := b.flags, b.headers
	if _, plain := b.plain[name]; plain {
		flags, headers = b.plainFlags, b.plainHeaders
	}
	key := hash("object", b.identity, strings.Join(flags, "\x00"), headers, name, string(content))
	o := object{key: key, path: filepath.Join(b.request.CacheDir, "objects", key+".o")}
	if hit(o.path) {
		return o, nil
	}
	dir, err := b.sources()
	if err != nil {
		return o, err
	}
	if name == runner.TableFile {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return o, full(b.request.CacheDir, fmt.Errorf("write source: %w", err), "")
		}
	}
	if _, program := b.request.ProgramFiles[name]; program {
		include, err := b.precompiled()
		if err != nil {
			return o, err
		}
		flags = slices.Concat(flags, include)
	}
	made := name + ".o"
	args := slices.Concat(b.toolchain.Command, flags, []string{"-c", name, "-o", made})
	out, err := run(ctx, dir, args)
	if ctx.Err() != nil {
		return o, fmt.Errorf("compile %s: %w", name, ctx.Err())
	}
	if err != nil {
		said := beginning(out)
		return o, full(b.request.CacheDir, &CompileError{
			Program: b.request.ProgramFiles[name], File: name, Compiler: b.toolchain.String(), Output: said, Err: err,
		}, string(out))
	}
	b.mu.Lock()
	b.compiled++
	b.mu.Unlock()
	return o, b.keep(filepath.Join(dir, made), o.path)
}

// link gives the path of the binary made of these objects, from the cache if it is there.
func (b *build) link(ctx context.Context, objects []object) (string, error) {
	sort.Slice(objects, func(i, j int) bool { return objects[i].key < objects[j].key })
	flags := slices.Concat(linkFlags(), b.toolchain.LinkFlags)
	parts := []string{"binary", b.identity, strings.Join(flags, "\x00")}
	for _, o := range objects {
		parts = append(parts, o.key)
	}
	path := filepath.Join(b.request.CacheDir, "binaries", hash(parts...))
	if hit(path) {
		return path, nil
	}
	dir, err := b.sources()
	if err != nil {
		return "", err
	}
	// Objects are named by their place in the list: a linker may record names.
	args := slices.Concat(b.toolchain.Command, flags)
	for i, o := range objects {
		local := fmt.Sprintf("%d.o", i)
		if err := os.Link(o.path, filepath.Join(dir, local)); err != nil {
			return "", full(b.request.CacheDir, fmt.Errorf("take object from the cache: %w", err), "")
		}
		args = append(args, local)
	}
	args = append(args, "-o", "program", "-lm")
	out, err := run(ctx, dir, args)
	if ctx.Err() != nil {
		return "", fmt.Errorf("link: %w", ctx.Err())
	}
	if err != nil {
		return "", full(b.request.CacheDir, &CompileError{
			File: "program", Compiler: b.toolchain.String(), Output: beginning(out), Err: err,
		}, string(out))
	}
	return path, b.keep(filepath.Join(dir, "program"), path)
}

// keep puts a finished file into the cache, whole from the first moment. One that is there already stays:
// it is the same, and a process that is about to link it would miss it if it were replaced.
func (b *build) keep(made, path string) error {
	if err := os.Link(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return full(b.request.CacheDir, fmt.Errorf("keep in cache: %w", err), "")
	}
	if err := os.Remove(made); err != nil {
		return fmt.Errorf("keep in cache: %w", err)
	}
	return nil
}

// hit tells whether a file is in the cache and marks it as used (see Trim).
func hit(path string) bool {
	now := time.Now()
	return os.Chtimes(path, now, now) == nil
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d\n%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
