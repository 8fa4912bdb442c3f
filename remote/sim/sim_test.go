package sim

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

func flagship() *body {
	s := specs["flagship"]
	return newBody(&s, 25, 0.9, true)
}

// A busy phone ramps up, gets hot, is held back, and recovers when it is left alone.
func TestHeatAndFrequency(t *testing.T) {
	b := flagship()
	const prime = 2
	highest := b.spec.clusters[prime].maxKHz
	if idle := b.khz(prime); idle > highest/2 {
		t.Errorf("idle at %d kHz of %d", idle, highest)
	}
	b.pass(200*time.Millisecond, prime, 1)
	if busy := b.khz(prime); busy < highest-stepKHz {
		t.Errorf("%d kHz under load, highest %d", busy, highest)
	}
	b.pass(10*time.Minute, prime, 1)
	if b.cap >= 1 || b.khz(prime) >= highest || b.celsius < b.spec.throttle-hysteresis-1 || b.celsius > b.spec.throttle+2 {
		t.Errorf("after ten minutes of load: %.1f °C, cap %.2f, %d kHz: want it held back at %.0f °C", b.celsius, b.cap, b.khz(prime), b.spec.throttle)
	}
	if b.charge >= 0.9 {
		t.Error("the load took nothing from the battery")
	}
	b.idle(10 * time.Minute)
	if b.celsius > 40 || b.cap != 1 {
		t.Errorf("after ten minutes of rest: %.1f °C, cap %.2f", b.celsius, b.cap)
	}
	little := flagship()
	if little.pass(10*time.Minute, 0, 1); little.cap != 1 {
		t.Error("one little core throttles the phone")
	}
}

func TestPowerSaver(t *testing.T) {
	s := specs["midrange"]
	full, low := newBody(&s, 25, 0.9, false), newBody(&s, 25, 0.1, false)
	if full.khz(1) <= low.khz(1) {
		t.Errorf("%d kHz at 90 %%, %d kHz at 10 %% of charge: want the latter lower", full.khz(1), low.khz(1))
	}
}

// The noise has the variation that was asked for, and outliers above it.
func TestNoise(t *testing.T) {
	n := &noise{random: rand.New(rand.NewPCG(1, 2)), variation: 0.02}
	var logs []float64
	stolen, hops := 0, 0
	for i := range 20000 {
		d := n.sample(time.Duration(i) * time.Second)
		if d.stolen > 0 {
			stolen++
			if d.switches == 0 {
				t.Fatal("time was stolen without a switch")
			}
		}
		if d.hop {
			hops++
		}
		if math.Abs(math.Log(d.factor)) < 0.04 {
			logs = append(logs, math.Log(d.factor))
		}
	}
	sum := 0.0
	for _, v := range logs {
		sum += v * v
	}
	if deviation := math.Sqrt(sum / float64(len(logs))); deviation < 0.015 || deviation > 0.025 {
		t.Errorf("deviation %.4f, asked for 0.02", deviation)
	}
	if stolen < 300 || stolen > 500 || hops < 30 || hops > 100 {
		t.Errorf("%d of 20000 preempted, %d hops", stolen, hops)
	}
}

func TestDuration(t *testing.T) {
	s := specs["flagship"]
	compute := &Program{Work: []Work{{MACs: 1e9, Efficiency: 0.5}}}
	memory := &Program{Work: []Work{{MACs: 1e6, Bytes: 1e9, Efficiency: 0.5}}}
	one := s.duration(compute, 2, 1, 2_840_000)
	const want = 44_014_084 * time.Nanosecond // 10⁹ / (16 a cycle × 2.84 GHz × 0.5)
	if one < want || one > want+2*callTime {
		t.Errorf("1 GMAC on the prime core takes %v, want %v", one, want)
	}
	for name, slower := range map[string]time.Duration{
		"a little core":    s.duration(compute, 0, 1, 1_800_000),
		"half the clock":   s.duration(compute, 2, 1, 1_420_000),
		"a load of memory": s.duration(memory, 2, 1, 2_840_000),
	} {
		if slower < 3*one/2 {
			t.Errorf("%s takes %v, against %v", name, slower, one)
		}
	}
	if two := s.duration(compute, 1, 2, 2_400_000); two > s.duration(compute, 1, 1, 2_400_000)*6/10 {
		t.Errorf("two threads take %v", two)
	}
}

func connect(t *testing.T, c remote.SimConfig) (*Phone, remote.Transport) {
	t.Helper()
	p := New(&c)
	return p, p.Connect()
}

func TestProbe(t *testing.T) {
	_, tr := connect(t, remote.SimConfig{Battery: 20, Governor: "performance"})
	f, err := remote.Probe(t.Context(), tr, remote.Config{Name: "phone", Transport: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	var codes, clusters []string
	for _, finding := range f.Findings {
		codes = append(codes, string(finding.Code))
	}
	for _, c := range f.Clusters {
		clusters = append(clusters, c.Name)
	}
	if got := strings.Join(codes, " "); got != "LOW-BATTERY SIMULATED" {
		t.Errorf("findings %s", got)
	}
	if got := strings.Join(clusters, " "); got != "prime big little" || f.CPU != "1x Cortex-X1 + 3x Cortex-A78 + 4x Cortex-A55" {
		t.Errorf("clusters %s of %s", got, f.CPU)
	}
	if f.Arch != "arm64" || !strings.Contains(f.Machine, "SIMULATED") || f.Identity != "serial" || f.Battery == nil || f.FreeBytes == nil || f.ThrottleState == nil {
		t.Errorf("facts %+v", f)
	}
	_, other := connect(t, remote.SimConfig{Seed: 2})
	g, err := remote.Probe(t.Context(), other, remote.Config{Name: "phone", Transport: "sim"})
	if err != nil || g.Fingerprint == f.Fingerprint {
		t.Errorf("phones of two seeds have one fingerprint (%v)", err)
	}
}

func push(t *testing.T, tr remote.Transport, name string, content []byte, perm uint32) {
	t.Helper()
	if err := tr.Push(t.Context(), bytes.NewReader(content), int64(len(content)), name, perm); err != nil {
		t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	p, tr := connect(t, remote.SimConfig{})
	dir, err := tr.WorkDir(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	push(t, tr, dir+"/a", []byte("abc"), 0o600)
	var back bytes.Buffer
	if err := tr.Pull(t.Context(), dir+"/a", &back); err != nil || back.String() != "abc" {
		t.Errorf("pulled %q, %v", back.String(), err)
	}
	if err := tr.Push(t.Context(), strings.NewReader("ab"), 3, dir+"/b", 0o600); err == nil {
		t.Error("a short push was taken")
	}
	var start *remote.StartError
	if _, err := tr.Run(t.Context(), remote.Command{Args: []string{dir + "/a"}}); !errors.As(err, &start) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("run a file without permission: %v", err)
	}
	if _, err := tr.Run(t.Context(), remote.Command{Args: []string{"/bin/ls"}}); !errors.As(err, &start) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("run what is not there: %v", err)
	}
	if err := tr.Close(); err != nil || len(p.files) > 0 {
		t.Errorf("%d files are left, %v", len(p.files), err)
	}
	if _, err := tr.WorkDir(t.Context()); !errors.Is(err, remote.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// What is no simulated program is refused, and so is what the phone cannot do.
func TestRefusals(t *testing.T) {
	_, tr := connect(t, remote.SimConfig{})
	push(t, tr, "/p/elf", []byte("\x7fELF"), 0o700)
	binary, err := EncodeBinary("neon", []string{"p"})
	if err != nil {
		t.Fatal(err)
	}
	push(t, tr, "/p/run", binary, 0o700)
	for _, c := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"/p/elf", "measure"}, 126, "executes no code"},
		{[]string{"/p/run", "eval", "--program", "p"}, 3, "computes no networks"},
		{[]string{"/p/run", "dance"}, 2, "measure"},
	} {
		var stderr bytes.Buffer
		r, err := tr.Run(t.Context(), remote.Command{Args: c.args, Stderr: &stderr})
		if err != nil || r.ExitCode != c.exit || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%v: %+v, %v, %q; want exit status %d and %q", c.args, r, err, stderr.String(), c.exit, c.says)
		}
	}
}

// A phone with an empty battery is off; so is a link that a later connection has replaced.
func TestOff(t *testing.T) {
	p, tr := connect(t, remote.SimConfig{Battery: 1})
	second := p.Connect()
	if _, err := tr.WorkDir(t.Context()); !remote.IsFault(err, remote.ConnectionLost) {
		t.Errorf("the first connection: %v", err)
	}
	p.body.pass(time.Hour, 2, 1)
	if _, err := second.WorkDir(t.Context()); !remote.IsFault(err, remote.Offline) {
		t.Errorf("with an empty battery: %v", err)
	}
}

// A wait of a night passes at once, and on the phone's clock it is a night.
func TestClock(t *testing.T) {
	p, tr := connect(t, remote.SimConfig{})
	p.body.pass(10*time.Minute, 2, 1)
	clock := remote.ClockOf(tr)
	before, real := clock.Now(), time.Now()
	if err := clock.Sleep(t.Context(), 8*time.Hour); err != nil {
		t.Fatal(err)
	}
	if night := clock.Now().Sub(before); night < 8*time.Hour || time.Since(real) > time.Hour {
		t.Errorf("%v passed on the phone", night)
	}
	if p.body.celsius > 40 {
		t.Errorf("%.1f °C after the night", p.body.celsius)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := clock.Sleep(ctx, time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("Sleep of an ended context: %v", err)
	}
}

// Rates are met over many jobs, and a job's fault depends on its number alone.
func TestFaultRates(t *testing.T) {
	c := &remote.SimConfig{Seed: 3, Rates: map[string]float64{"hang": 0.05, "lost": 0.1}, Script: []remote.SimFault{{Job: 7, Fault: "crash"}}}
	counts := map[Fault]int{}
	for job := range 10000 {
		f := faultOf(c, job)
		if f != faultOf(c, job) {
			t.Fatalf("job %d has two faults", job)
		}
		counts[f]++
	}
	if counts[Hang] < 400 || counts[Hang] > 600 || counts[Lost] < 850 || counts[Lost] > 1150 || counts[Crash] != 1 || counts[Wrong] != 0 {
		t.Errorf("faults %v", counts)
	}
	if f := faultOf(c, 7); f != Crash {
		t.Errorf("job 7 meets %q, crash is on order", f)
	}
}

// The same configuration is the same phone, so that a second connection finds it as it was left.
func TestOpenFindsThePhoneAgain(t *testing.T) {
	config := remote.Config{Name: t.Name(), Transport: "sim"}
	one, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	push(t, one, "/data/x", []byte("x"), 0o600)
	two, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	var back bytes.Buffer
	if err := two.Pull(t.Context(), "/data/x", &back); err != nil || back.String() != "x" {
		t.Errorf("%q, %v", back.String(), err)
	}
}
