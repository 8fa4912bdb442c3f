package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/dial"
)

// deviceFlags choose a device on commands that do not take a study.
type deviceFlags struct {
	device, config, inventory, dataType, cores string
}

func (d *deviceFlags) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&d.device, "device", "local", "local, adb[:SERIAL], ssh://[USER@]HOST[:PORT], sim (SIMULATED), or a NAME of the devices file")
	f.StringVar(&d.config, "config", "", "take device and target from this study instead")
	f.StringVar(&d.cores, "cores", "", "pin to these `cores` instead: a cluster that devices probe names (prime, big, little, all) or numbers such as 0-3,6")
	f.StringVar(&d.dataType, "dtype", "fp32", "data type of weights and activations: fp32 or fp16")
	f.StringVar(&d.inventory, "devices", "", "file of named devices (default ~/.config/rt3d-tune/devices.yaml)")
	c.MarkFlagsMutuallyExclusive("device", "config")
	c.MarkFlagsMutuallyExclusive("dtype", "config")
}

// resolve gives the device's configuration, and a session's options with the target that the user asked
// for.
func (d *deviceFlags) resolve() (remote.Config, sessionOptions, error) {
	if d.config != "" {
		c, err := configs.Load(d.config)
		if err != nil {
			return remote.Config{}, sessionOptions{}, err
		}
		c.Device.Cores = cmp.Or(remote.CoreChoice(d.cores), c.Device.Cores)
		return c.Device, sessionOptions{target: c.Target, study: c, suppress: c.Measure.Suppress}, nil
	}
	config, err := d.named()
	config.Cores = cmp.Or(remote.CoreChoice(d.cores), config.Cores)
	if err == nil && !slices.Contains(spec.DataTypes, spec.DataType(d.dataType)) {
		err = usagef("--dtype %s: want %s", d.dataType, join(spec.DataTypes))
	}
	target := anyTarget
	target.DType = d.dataType
	return config, sessionOptions{target: target}, err
}

// anyTarget is the best that a device has.
var anyTarget = configs.Target{ISA: "auto", DType: "fp32", Compiler: "auto", Threads: 1}

// named turns --device into a configuration.
func (d *deviceFlags) named() (remote.Config, error) {
	name := d.device
	inv, err := d.openInventory()
	if err != nil {
		return remote.Config{}, err
	}
	if inv != nil {
		if c, ok := inv.Find(name); ok {
			return c, nil
		}
	}
	switch {
	case name == "local":
		return remote.Config{Name: "local", Transport: "local"}, nil
	case name == "sim":
		return remote.Config{Name: "sim", Transport: "sim"}, nil
	case name == "adb":
		return remote.Config{Name: "adb", Transport: "adb"}, nil
	case strings.HasPrefix(name, "adb:"):
		return remote.Config{Name: name, Transport: "adb", ADB: &remote.ADBConfig{Serial: name[len("adb:"):]}}, nil
	case strings.HasPrefix(name, "ssh://"):
		ssh, err := parseSSH(name[len("ssh://"):])
		if err != nil {
			return remote.Config{}, usagef("--device %s: %w", name, err)
		}
		return remote.Config{Name: name, Transport: "ssh", SSH: ssh}, nil
	}
	known := "no devices file was found"
	if inv != nil {
		var names []string
		for _, c := range inv.Devices {
			names = append(names, c.Name)
		}
		known = fmt.Sprintf("%s names %s", inv.Path, strings.Join(names, ", "))
	}
	return remote.Config{}, usagef("--device %s: want local, adb[:SERIAL], ssh://[USER@]HOST[:PORT], sim or a name of the devices file (%s)", name, known)
}

// parseSSH reads [USER@]HOST[:PORT]; an IPv6 address stands in brackets.
func parseSSH(s string) (*remote.SSHConfig, error) {
	c := &remote.SSHConfig{}
	if user, rest, ok := strings.Cut(s, "@"); ok {
		c.User, s = user, rest
	}
	c.Host = strings.TrimSuffix(s, "/")
	if i := strings.LastIndexByte(c.Host, ':'); i > strings.LastIndexByte(c.Host, ']') {
		port, err := strconv.Atoi(c.Host[i+1:])
		if err != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("port %q: want 1 to 65535", c.Host[i+1:])
		}
		c.Host, c.Port = c.Host[:i], port
	}
	c.Host = strings.Trim(c.Host, "[]")
	if c.Host == "" {
		return nil, errors.New("host is missing")
	}
	return c, nil
}

// openInventory reads the devices file; nil when none was asked for and none is there.
func (d *deviceFlags) openInventory() (*configs.Inventory, error) {
	path := d.inventory
	if path == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil, nil // no home, no default file
		}
		path = filepath.Join(dir, "rt3d-tune", "devices.yaml")
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
	}
	return configs.LoadInventory(path)
}

// machine is a connected device with what was found out about it.
type machine struct {
	config    remote.Config
	transport remote.Transport
	facts     *remote.Facts
	target    spec.Target
	threads   int
	cores     []int                // to pin to; nil: the fastest
	compiler  *toolchain.Toolchain // nil for a simulated device
	session   *bench.Session
}

// connect dials and probes a device.
func connect(ctx context.Context, config remote.Config) (*machine, error) {
	if err := dial.Validate(config); err != nil {
		return nil, usage(err)
	}
	t, err := dial.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	facts, err := remote.Probe(ctx, t, config)
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return &machine{config: config, transport: t, facts: facts}, nil
}

// sessionOptions are what a session needs beside device and target.
type sessionOptions struct {
	target   configs.Target
	study    *configs.Config // that names the target; nil: the user's flags do
	suppress []string
	// frank: whatever is found stops nothing, and is stamped on every number.
	frank bool
	gate  *bench.Gate
	// cacheDir of what is compiled; empty: the user's.
	cacheDir string
}

// mistake points at a key of the target in the study.
func (o sessionOptions) mistake(problem error, key string) error {
	if o.study == nil {
		return usagef("target.%s: %w", key, problem)
	}
	return o.study.Mistake(problem, "target", key)
}

// openMachine dials, probes, chooses a target and opens a session.
func openMachine(ctx context.Context, config remote.Config, o sessionOptions) (*machine, error) {
	m, err := connect(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := m.openSession(ctx, o); err != nil {
		return nil, errors.Join(err, m.transport.Close())
	}
	return m, nil
}

func (m *machine) openSession(ctx context.Context, o sessionOptions) error {
	if o.frank {
		o.suppress = append(o.suppress, bench.NotPinned)
		for _, f := range m.facts.Findings {
			o.suppress = append(o.suppress, string(f.Code))
		}
	}
	m.facts.Suppress(o.suppress)
	target, err := chooseTarget(m.facts, o.target.ISA, len(m.config.Runner) > 0)
	if err != nil {
		return o.mistake(err, "isa")
	}
	target.DataType = spec.DataType(o.target.DType)
	if err := checkDataType(m.facts, target, len(m.config.Runner) > 0); err != nil {
		return o.mistake(err, "dtype")
	}
	var compiler *toolchain.Toolchain
	if m.config.Transport != "sim" { // which executes nothing
		if compiler, err = chooseCompiler(ctx, target, o); err != nil {
			return err
		}
	}
	m.target, m.compiler, m.threads = target, compiler, max(1, o.target.Threads)
	if err := m.chooseCores(o); err != nil {
		return err
	}
	m.session, err = bench.Open(ctx, m.transport, m.config, target, bench.Options{
		Tool:        toolText(),
		CacheDir:    o.cacheDir,
		Toolchain:   compiler,
		Fingerprint: m.facts.Fingerprint,
		Cores:       m.cores,
		Exclusive:   m.config.Transport == "local",
		Gate:        o.gate,
		Suppress:    inForce(o.suppress, m.facts),
		Dial:        func(ctx context.Context) (remote.Transport, error) { return dial.Open(ctx, m.config) },
	})
	return err
}

// inForce leaves of the names to suppress those that the probe has found, and what only the session can
// find: a finding that is not there must not be stamped on a number.
func inForce(suppress []string, facts *remote.Facts) []string {
	var names []string
	for _, name := range suppress {
		found := name == bench.NotPinned
		for _, f := range facts.Findings {
			found = found || string(f.Code) == name
		}
		if found {
			names = append(names, name)
		}
	}
	return names
}

// Close ends the session and the connection.
func (m *machine) Close() error {
	ctx := context.Background()
	var err error
	if m.session != nil {
		err = m.session.Close(ctx)
	}
	return errors.Join(err, m.transport.Close())
}

// chooseTarget takes the best vector extension that the device has, or checks the one asked for. Behind
// a runner prefix the device is not what runs the code, so that only an explicit choice other than the
// default for emulators, NEON, is taken.
func chooseTarget(facts *remote.Facts, isa string, emulated bool) (spec.Target, error) {
	t := spec.Target{DataType: spec.Float32, Android: facts.Android()}
	if emulated {
		t.Arch, t.ISA = spec.ARM64, spec.NEON
		switch isa {
		case "auto", "neon":
		case "scalar":
			t.ISA = spec.Scalar
		default:
			t.Arch, t.ISA = spec.AMD64, spec.ISA(isa)
		}
		return t, nil
	}
	var have []spec.ISA
	switch facts.Arch {
	case "amd64":
		t.Arch = spec.AMD64
		if facts.Has("avx512f") && facts.Has("avx2") && facts.Has("fma") {
			have = append(have, spec.AVX512)
		}
		if facts.Has("avx2") && facts.Has("fma") {
			have = append(have, spec.AVX2)
		}
	case "arm64":
		t.Arch = spec.ARM64
		have = append(have, spec.NEON)
	default:
		return t, fmt.Errorf("device %s: architecture %q has no kernels; want amd64 or arm64", facts.Name, facts.Arch)
	}
	have = append(have, spec.Scalar)
	if isa == "auto" {
		t.ISA = have[0]
		return t, nil
	}
	if !slices.Contains(have, spec.ISA(isa)) {
		return t, fmt.Errorf("is %s; device %s has %s", isa, facts.Name, join(have))
	}
	t.ISA = spec.ISA(isa)
	return t, nil
}

// checkDataType refuses data types that the vector extension or the device cannot multiply.
func checkDataType(facts *remote.Facts, target spec.Target, emulated bool) error {
	if _, err := isa.Of(target.ISA, target.DataType); err != nil {
		return fmt.Errorf("is %s; device %s: %w", target.DataType, facts.Name, err)
	}
	if target.DataType != spec.Float16 || emulated {
		return nil
	}
	for _, feature := range []string{"fphp", "asimdhp"} {
		if !facts.Has(feature) {
			return fmt.Errorf("is %s; device %s has no half-precision arithmetic (its processor lacks %s)", target.DataType, facts.Name, feature)
		}
	}
	return nil
}

// chooseCores resolves the cores that the device's configuration names, and refuses more threads than
// there are of them.
func (m *machine) chooseCores(o sessionOptions) error {
	cores, err := m.config.Cores.Resolve(m.facts)
	if err == nil && len(cores) > 0 && m.threads > len(cores) {
		err = fmt.Errorf("are %d for %d threads, which would take turns", len(cores), m.threads)
	}
	if err == nil {
		m.cores = cores
		return nil
	}
	if o.study != nil {
		return o.study.Mistake(err, "device", "cores")
	}
	return usagef("cores of device %s: %w", m.config.Name, err)
}

func join[T any](list []T) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}

// chooseCompiler finds the compiler of the wanted kind, or the best.
func chooseCompiler(ctx context.Context, target spec.Target, o sessionOptions) (*toolchain.Toolchain, error) {
	kind := o.target.Compiler
	found, err := toolchain.Find(ctx, target)
	if err != nil {
		return nil, err
	}
	for _, t := range found {
		if kind == "auto" || string(t.Kind) == kind {
			return &t, nil
		}
	}
	var have []toolchain.Kind
	for _, t := range found {
		have = append(have, t.Kind)
	}
	return nil, o.mistake(fmt.Errorf("%s is not installed for %s; found: %s", kind, target, join(have)), "compiler")
}
