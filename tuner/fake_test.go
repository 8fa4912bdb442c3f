package tuner

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// The tests search a made-up device: times, accuracies and the clock follow formulas, so that the same
// seed gives the same study on any machine. The store, the graphs, the masks and the schedules are real.

// clock is a virtual clock that the fakes advance.
type clock struct {
	mu   sync.Mutex
	now  time.Time
	real bool // also sleep a thousandth of it, so that a process can be killed in between
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	if c.real {
		time.Sleep(d / 100)
	}
}

// network is five 3D convolutions and a classifier, two of the convolutions alike.
func network(t testing.TB) *model.Graph {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	g := &model.Graph{Name: "net", Input: model.Value{Name: "x", Dims: []int{1, 3, 8, 16, 16}}}
	at, shape := "x", model.Shape{C: 3, D: 8, H: 16, W: 16}
	add := func(name string, op model.Op) {
		out, err := op.Infer([]model.Shape{shape})
		if err != nil {
			t.Fatal(err)
		}
		g.Nodes = append(g.Nodes, &model.Node{Name: name, Op: op, Inputs: []string{at}, Output: name + "_out"})
		at, shape = name+"_out", out
	}
	conv := func(filters, kernel, pad int, full bool) *model.Conv {
		c := &model.Conv{Filters: filters, Channels: shape.C, Groups: 1, FullyConnected: full,
			Kernel: [3]int{kernel, kernel, kernel}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1},
			PadBegin: [3]int{pad, pad, pad}, PadEnd: [3]int{pad, pad, pad}}
		c.Weight = make([]float32, c.WeightCount())
		for i := range c.Weight {
			c.Weight[i] = r.Float32() - 0.5
		}
		return c
	}
	pool := func() *model.Pool {
		return &model.Pool{Function: model.MaxPool, Kernel: [3]int{1, 2, 2}, Stride: [3]int{1, 2, 2}}
	}
	for i, filters := range []int{16, 32, 32, 32, 64} {
		add("conv"+string(rune('1'+i)), conv(filters, 3, 1, false))
		add("relu"+string(rune('1'+i)), &model.Activation{Function: model.Relu})
		if i == 0 || i == 3 {
			add("pool"+string(rune('1'+i)), pool())
		}
	}
	add("mean", &model.GlobalAveragePool{})
	add("fc", conv(12, 1, 0, true))
	g.Output = model.Value{Name: at, Dims: []int{1, 12}}
	return g
}

// madeUp is what the made-up device is compiled for.
var madeUp = spec.Target{Arch: spec.AMD64, ISA: spec.AVX2, DataType: spec.Float32}

// device answers by formula.
type device struct {
	clock *clock
	// outcome overrides the outcome of a candidate, by key and how often it was asked for; "" is ok.
	outcome func(key string, call int) results.Outcome
	err     error // the cause of such outcomes
	// drift multiplies the time of a network that is asked for again; 0 is none.
	drift float64
	// emulated marks all times.
	emulated bool
	// unions makes times follow what kernels run, the unions of masks, instead of what masks keep.
	unions bool
	// packs states the hash of what would be pushed, as the real device does.
	packs bool

	mu       sync.Mutex
	calls    map[string]int
	compiled map[string]bool
	asked    []string // keys in order
}

func newDevice(c *clock) *device {
	return &device{clock: c, calls: map[string]int{}, compiled: map[string]bool{}}
}

func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// kernelMS is the true time of a kernel: work over a rate that falls with the distance from a best
// schedule, which differs by workload and, in its loop order, by density.
func kernelMS(w spec.Workload, s spec.Schedule, density float64) float64 {
	peak := 40e6 // multiply-accumulates per ms
	r := rand.New(rand.NewPCG(hash(w.Name()), 7))
	penalty := 0.0
	away := func(x, best float64) { penalty += 0.15 * math.Abs(math.Log2((x+1)/(best+1))) }
	away(float64(s.TileWidth), float64(3+r.IntN(4)))
	away(float64(s.TileFilters), float64(1+r.IntN(2)))
	away(float64(s.UnrollChannels), 4)
	away(float64(s.ChannelBlock), float64([]int{0, 16, 32}[r.IntN(3)]))
	if (s.Order == spec.FilterOuter) != (density > 0.6) {
		penalty += 0.3
	}
	return 0.004 + float64(w.MACs())*(0.04+0.96*density)/peak*(1+penalty)
}

func (d *device) Evaluate(ctx context.Context, candidates []bench.Candidate) <-chan bench.Result {
	out := make(chan bench.Result)
	go func() {
		defer close(out)
		for _, c := range candidates {
			r := bench.Result{Key: c.Key, Outcome: results.Cancelled, Detail: "interrupted"}
			if ctx.Err() == nil {
				r = d.evaluate(c)
			}
			if ctx.Err() != nil && r.Outcome != results.Cancelled { // what was in flight has no result
				d.mu.Lock()
				d.calls[c.Key]--
				d.mu.Unlock()
				r = bench.Result{Key: c.Key, Outcome: results.Cancelled, Detail: "interrupted"}
			}
			out <- r
		}
	}()
	return out
}

func (d *device) evaluate(c bench.Candidate) bench.Result {
	d.mu.Lock()
	d.calls[c.Key]++
	call := d.calls[c.Key]
	d.asked = append(d.asked, c.Key)
	program := c.Program.Name
	if c.Kind == results.ModelTrial {
		program = c.Key
	}
	build := time.Millisecond
	if !d.compiled[program] {
		build = 300 * time.Millisecond
	}
	d.compiled[program] = true
	d.mu.Unlock()
	ms, err := d.trueMS(c.Program)
	if call > 1 && d.drift > 0 {
		ms *= d.drift
	}
	r := bench.Result{Key: c.Key, Outcome: results.OK, Build: build, Push: time.Millisecond, Measure: 80 * time.Millisecond}
	if c.Kind == results.ModelTrial {
		r.Measure = 350 * time.Millisecond
	}
	d.clock.advance(r.Build + r.Push + r.Measure)
	if d.outcome != nil {
		if o := d.outcome(c.Key, call); o != "" {
			r.Outcome, r.Detail, r.Err = o, "ordered by the test", d.err
			return r
		}
	}
	if err != nil {
		r.Outcome, r.Detail = results.CompileError, err.Error()
		return r
	}
	if c.Limit > 0 && ms > c.Limit.Seconds()*1000 {
		r.Outcome, r.Latency = results.Dropped, &results.Latency{LowMS: c.Limit.Seconds() * 1000}
		return r
	}
	noise := rand.New(rand.NewPCG(hash(c.Key), uint64(call)))
	for range 11 {
		r.Samples = append(r.Samples, results.Sample{Nanoseconds: ms * 1e6 * (1 + 0.004*noise.NormFloat64()), Batch: 1, Verdict: results.Valid})
	}
	r.Latency = poolRounds([][]results.Sample{r.Samples}, d.emulated)
	r.Provenance = results.Provenance{SourceHash: program, Device: "made-up", Workload: c.Key}
	if c.Kind == results.ModelTrial && d.packs {
		blob, err := kernels.Pack(madeUp, c.Program)
		if err != nil {
			r.Outcome, r.Detail = results.CompileError, err.Error()
			return r
		}
		r.Provenance.BlobHash = fmt.Sprintf("%x", sha256.Sum256(blob))
	}
	return r
}

// executed is the share of each layer's products that its kernel runs.
func executed(p kernels.Program) (map[string]float64, error) {
	plan, err := kernels.Describe(madeUp, p)
	if err != nil {
		return nil, err
	}
	ran := map[string]float64{}
	for _, step := range plan.Steps {
		ran[step.Name] = float64(step.ExecutedMACs) / float64(max(1, step.MACs))
	}
	return ran, nil
}

func (d *device) trueMS(p kernels.Program) (float64, error) {
	layers, err := kernels.Workloads(p.Graph, spec.Float32)
	if err != nil {
		return 0, err
	}
	var ran map[string]float64
	if d.unions {
		if ran, err = executed(p); err != nil {
			return 0, err
		}
	}
	sum := 0.0
	for _, l := range layers {
		s := p.Schedules[l.Name]
		v := spec.Vector{Lanes: 8, Registers: 16}
		if s == (spec.Schedule{}) {
			s = spec.DefaultSchedule(l.Workload, v, 1)
		}
		if err := spec.Check(l.Workload, s, v); err != nil {
			return 0, err
		}
		density := spec.SparsityOf(p.Graph.Node(l.Name).Op.(*model.Conv)).Density
		if d.unions {
			density = ran[l.Name]
		}
		sum += kernelMS(l.Workload, s, density)
	}
	if len(layers) > 1 {
		sum = 0.05 + 1.06*sum
	}
	return sum, nil
}

// pruner is the real one without recovery.
type pruner struct{ clock *clock }

func (p pruner) Apply(ctx context.Context, g *model.Graph, choice []LayerChoice) (*model.Graph, error) {
	p.clock.advance(100 * time.Millisecond)
	choices := map[string]prune.Choice{}
	for _, c := range choice {
		choices[c.Layer] = prune.Choice{Scheme: c.Scheme, GM: c.GM, GN: c.GN, Rate: c.Rate}
	}
	return prune.Graph(g, choices)
}

// accuracy falls in log-odds with each layer's pruning, the first and last layers being touchy.
type accuracy struct {
	clock *clock
	clips int
}

func (a accuracy) Name() string { return "accuracy" }

func (a accuracy) Clips() int { return a.clips }

func (a accuracy) Measure(ctx context.Context, g *model.Graph, _ map[string]spec.Schedule, clips int) (float64, error) {
	if clips <= 0 || clips > a.clips {
		clips = a.clips
	}
	a.clock.advance(300*time.Millisecond + time.Duration(float64(clips)/2000*2.5*float64(time.Second)))
	touchy := map[string]float64{"conv1": 0.5, "conv2": 0.1, "conv3": 0.06, "conv4": 0.05, "conv5": 0.03, "fc": 0.8}
	odds := math.Log(0.935 / 0.065)
	for _, n := range g.Convs() {
		c := n.Op.(*model.Conv)
		if c.Mask == nil {
			continue
		}
		d := c.Mask.Density()
		loss := touchy[n.Name] * math.Pow((1-d)/d, 1.3)
		if c.Mask.GM > 8 {
			loss *= 1.3
		}
		odds -= loss
	}
	return math.Round(float64(clips)/(1+math.Exp(-odds))) / float64(clips), nil
}

// withoutReorder are the phases of a search that leaves filters in their order.
var withoutReorder = []Phase{TablePhase, SensitivityPhase, SearchPhase, PlayoffPhase}

var kgs = []Group{{Scheme: model.KGS, GM: 8, GN: 4}, {Scheme: model.KGS, GM: 16, GN: 4}}

// newStudy makes a study on a real store in a fresh file, or goes on with the one that is there.
func newStudy(t testing.TB, path string, o Options) (Study, *clock) {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "results.db")
	}
	store, err := results.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	row, err := store.StudyByName(t.Context(), "test")
	if err != nil {
		row = &results.Study{Name: "test", Objective: results.Accuracy, Seed: o.Seed}
		if err := store.CreateStudy(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	c := newClock()
	if o.Groups == nil {
		o.Groups = kgs
	}
	o.Now = c.Now
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return Study{
		ID: row.ID, Store: store, Graph: network(t), Target: madeUp,
		Evaluator: newDevice(c), Pruner: pruner{c}, Accuracy: accuracy{c, 2000}, Options: o,
	}, c
}
