package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/clocks"
)

// Options of a session. The zero value of each is usable.
type Options struct {
	// CacheDir holds objects, binaries and references; empty means toolchain.DefaultCacheDir.
	CacheDir string
	// Toolchain compiles; nil means the best that is found for the target. Flags are added to its own.
	Toolchain *toolchain.Toolchain
	Flags     []string
	// Tool is the program that this is, with its version: named at the head of the generated C.
	Tool string
	// Fingerprint identifies the device in provenance; empty means what the runner and the transport
	// tell: name, machine, kernel and cores.
	Fingerprint string
	// Cores to pin to; empty means as many as a program has threads, the fastest first.
	Cores []int
	// Batch is the number of candidates in one binary; 0 means 12.
	Batch int
	// Jobs bounds the compilers that run at the same time; 0 means one per processor.
	Jobs int
	// Exclusive says that the device is this machine, as it is with transport local: measurements and work
	// on the host then take turns through Gate, which is made if it is nil. Otherwise they overlap.
	Exclusive bool
	Gate      *Gate
	// Suppress names findings that are no errors in this session; the names are stamped on every number
	// taken.
	Suppress []string
	// Seed of the inputs of checks.
	Seed uint64
	// TimeLimit of one job besides its effort; 0 means a minute, ten minutes under a runner prefix.
	TimeLimit time.Duration
	// DeviceBytes may lie on the device beside what is in use; 0 means 1 GiB.
	DeviceBytes int64
	// Dial connects again when the device was lost; nil means that it stays lost.
	Dial func(context.Context) (remote.Transport, error)
	// Log gets what a user may want to know; nil means slog.Default.
	Log *slog.Logger
}

// NotPinned is the finding of a session whose device refuses to pin threads to cores; it is suppressed
// by this name as those of a probe are by theirs.
const NotPinned = "NOT-PINNED"

// Session builds for one target and measures on one device. It is an Evaluator. Its methods may be
// called from several goroutines; measurements wait for each other.
type Session struct {
	target     spec.Target
	options    Options
	builder    Builder
	device     *device
	references referenceStore
	thresholds Thresholds
	emulated   bool
	lock       deviceLock
	turn       chan struct{} // holds one token: whose turn it is to use the device
	spent      ledger
	log        *slog.Logger
	clock      remote.Clock // the device's
	clocks     *clocks.Lock // of its cores; nil: left alone
	memory     Memory       // nil: everything is measured

	mu        sync.Mutex
	hello     *event // what the device said of itself
	hot       *heat  // how hot the last process left the device; nil: not hot
	most      int    // items in one process, on a device that gets hot; 0: no bound
	lost      error  // why the link is gone
	redialled bool   // the transport is the session's own
	held      string // the clocks that are held, in words
}

// Open starts a session on a connected device. The transport stays the caller's to close, unless it was
// lost and Options.Dial made another: Close closes that one. The error is a *toolchain.NoCompilerError, a
// *remote.DeviceError, or about the options.
func Open(ctx context.Context, t remote.Transport, config remote.Config, target spec.Target, o Options) (*Session, error) {
	if o.CacheDir == "" {
		dir, err := toolchain.DefaultCacheDir()
		if err != nil {
			return nil, err
		}
		o.CacheDir = dir
	}
	const cacheBytes = 4 << 30
	if err := toolchain.Trim(o.CacheDir, cacheBytes); err != nil {
		return nil, err
	}
	if config.Transport == "sim" {
		b := &modeller{target: target, cacheDir: o.CacheDir, seed: o.Seed, references: referencesIn(o.CacheDir)}
		return open(ctx, t, config, b, withDefaults(o, config, target))
	}
	compiler := o.Toolchain
	if compiler == nil {
		found, err := toolchain.Find(ctx, target)
		if err != nil {
			return nil, err
		}
		compiler = &found[0]
	}
	flags, err := compiler.Flags()
	if err != nil {
		return nil, fmt.Errorf("open a session for %s: %w", target, err)
	}
	flags = append(flags, o.Flags...)
	b := &generator{target: target, toolchain: *compiler, flags: o.Flags, allFlags: flags, cacheDir: o.CacheDir, jobs: o.Jobs, tool: o.Tool}
	return open(ctx, t, config, b, withDefaults(o, config, target))
}

// settings are options with nothing left open.
type settings struct {
	Options
	target spec.Target
}

func withDefaults(o Options, config remote.Config, target spec.Target) settings {
	if o.Batch < 1 {
		o.Batch = 12
	}
	if o.DeviceBytes == 0 {
		o.DeviceBytes = 1 << 30
	}
	if o.TimeLimit == 0 {
		o.TimeLimit = time.Minute
		if len(config.Runner) > 0 {
			o.TimeLimit = 10 * time.Minute
		}
	}
	o.Exclusive = o.Exclusive || config.Transport == "local"
	if o.Exclusive && o.Gate == nil {
		o.Gate = NewGate()
	}
	if !o.Exclusive {
		o.Gate = nil // nothing to wait for
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return settings{o, target}
}

// open is Open with a given builder.
func open(ctx context.Context, t remote.Transport, config remote.Config, b Builder, o settings) (*Session, error) {
	thresholds := DefaultThresholds
	thresholds.Throttled = slices.Contains(o.Suppress, string(remote.ThermalStatus))
	s := &Session{
		target: o.target, options: o.Options, builder: b, thresholds: thresholds,
		device:     &device{config: config, limit: o.DeviceBytes},
		references: referencesIn(o.CacheDir),
		emulated:   len(config.Runner) > 0,
		lock:       newDeviceLock(t.Name()),
		turn:       make(chan struct{}, 1),
		log:        o.Log,
		clock:      remote.ClockOf(t),
	}
	if err := s.device.connect(ctx, t); err != nil {
		return nil, err
	}
	if err := s.tryClocks(ctx, config); err != nil {
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

// Close removes what the session put on the device, and gives its clocks back.
func (s *Session) Close(ctx context.Context) error {
	t, dir := s.device.current()
	err := s.releaseClocks(ctx, t)
	if removeErr := t.Remove(ctx, dir); removeErr != nil {
		err = errors.Join(err, fmt.Errorf("remove %s on %s: %w", dir, t.Name(), removeErr))
	}
	s.mu.Lock()
	redialled := s.redialled
	s.mu.Unlock()
	if redialled {
		err = errors.Join(err, t.Close())
	}
	return err
}

// Gate is what work on this host must pass while the session measures on it; nil when the device is
// another machine, and nil lets everything pass.
func (s *Session) Gate() *Gate { return s.options.Gate }

// Ledger is the wall time spent so far, by activity.
func (s *Session) Ledger() map[Activity]time.Duration { return s.spent.copy() }

// Compiler names what the session compiles with.
func (s *Session) Compiler() string { return s.builder.Compiler() }

// Flags are what the session compiles with.
func (s *Session) Flags() string { return s.builder.Flags() }

// work enters the gate as a worker and books the wait.
func (s *Session) work(ctx context.Context) (func(), error) {
	began := time.Now()
	done, err := s.options.Gate.Work(ctx)
	s.spent.since(Waiting, began)
	return done, err
}

// alone waits until nobody else, in this process or another, measures on the device or, where it is
// this machine, works on it.
func (s *Session) alone(ctx context.Context) (release func(), err error) {
	began := time.Now()
	defer func() { s.spent.since(Waiting, began) }()
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the device: %w", ctx.Err())
	}
	done, err := s.options.Gate.Measure(ctx)
	if err != nil {
		<-s.turn
		return nil, err
	}
	unlock, err := s.lock.acquire(ctx)
	if err != nil {
		done()
		<-s.turn
		return nil, err
	}
	return func() {
		unlock()
		done()
		<-s.turn
	}, nil
}
