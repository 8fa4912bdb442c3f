package tuner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
	"github.com/rt3d-tune/rt3d-tune/tuner/strategy"
)

func TestLinkInverts(t *testing.T) {
	for _, objective := range []string{"accuracy", "fidelity"} {
		l := linkFor(objective, 1000)
		for _, q := range []float64{0.01, 0.3, 0.5, 0.9, 0.999} {
			if back := l.quality(l.of(q)); math.Abs(back-q) > 1e-9 {
				t.Errorf("%s %g returns as %g", objective, q, back)
			}
		}
		for _, q := range []float64{-0.5, 0, 1} {
			if x := l.of(q); math.IsInf(x, 0) || math.IsNaN(x) {
				t.Errorf("%s %g is %g on the link's scale", objective, q, x)
			}
		}
		if l.of(0.9) <= l.of(0.8) {
			t.Errorf("%s: the link is not increasing", objective)
		}
	}
}

func TestIsotonicIsMonotoneAndKeepsTheMean(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for range 100 {
		in := make([]float64, 1+r.IntN(8))
		sum := 0.0
		for i := range in {
			in[i] = r.Float64()
			sum += in[i]
		}
		out := isotonic(in)
		if !slices.IsSorted(out) {
			t.Errorf("isotonic(%v) = %v", in, out)
		}
		for _, v := range out {
			sum -= v
		}
		if math.Abs(sum) > 1e-9 {
			t.Errorf("isotonic(%v) = %v moves the mean", in, out)
		}
		if slices.IsSorted(in) && !slices.Equal(in, out) {
			t.Errorf("isotonic changes %v, which is monotone", in)
		}
	}
}

func TestLossesAreMonotoneAndBorrow(t *testing.T) {
	l := newLosses(linkFor("accuracy", 2000))
	l.base = 0.9
	a, b := kgs[0], kgs[1]
	at := func(layer string, g Group, rate float64) float64 { return l.of(LayerChoice{layer, g, rate}) }
	if at("conv1", a, 0.5) <= 0 || at("conv1", a, 0.75) <= at("conv1", a, 0.5) {
		t.Error("with nothing known, a higher rate must lose more")
	}
	l.learn(LayerChoice{"conv1", a, 0.5}, 0.85)
	l.learn(LayerChoice{"conv1", a, 0.75}, 0.86) // noise: less lost at a higher rate
	l.learn(LayerChoice{"conv1", a, 0.875}, 0.7)
	last := 0.0
	for _, rate := range []float64{0, 0.25, 0.5, 0.6, 0.75, 0.8, 0.875, 0.9375} {
		x := at("conv1", a, rate)
		if x < last {
			t.Errorf("loss falls from %g to %g at rate %g", last, x, rate)
		}
		last = x
	}
	if at("conv1", a, 0) != 0 {
		t.Error("a dense layer loses something")
	}
	if at("conv1", b, 0.875) != at("conv1", a, 0.875) {
		t.Error("a group that was not measured must borrow from the other")
	}
	if at("conv2", a, 0.875) != at("conv1", a, 0.875) {
		t.Error("a layer that was not measured must borrow from the others")
	}
	l.learn(LayerChoice{"conv3", a, 0.5}, 0.92) // better than dense by chance
	if x := at("conv3", a, 0.5); x <= 0 || x >= at("conv1", a, 0.5) {
		t.Errorf("a gain by chance counts as a loss of %g, want a small one", x)
	}
}

func TestTableInterpolates(t *testing.T) {
	table := newTable()
	w := "w"
	g := kgs[0]
	put := func(group Group, density float64, schedule string, ms float64) {
		t.Helper()
		s, err := spec.ParseSchedule(schedule)
		if err != nil {
			t.Fatal(err)
		}
		trial := &results.Trial{ID: int64(ms * 1000), Workload: w, Scheme: string(group.Scheme), GM: group.GM, GN: group.GN, Density: density,
			Schedule: s.Name(), Outcome: results.OK, Latency: &results.Latency{LowMS: ms - 0.05, MedianMS: ms, HighMS: ms + 0.05}}
		if _, err := table.learn(trial); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := table.estimate(w, g, 0.5); ok {
		t.Error("an empty table estimates")
	}
	const a, b = "direct_6x1x2_filter_c0_g4_t1", "direct_4x1x2_filter_c0_g4_t1"
	put(dense, 1, a, 10)
	check := func(density, want float64) {
		t.Helper()
		if ms, ok := table.estimate(w, g, density); !ok || math.Abs(ms-want) > 1e-9 {
			t.Errorf("estimate at density %g is %g, %v, want %g", density, ms, ok, want)
		}
	}
	check(0.5, 10*(0.25+0.75*0.5)) // when only dense is known
	put(g, 0.5, a, 6)
	put(g, 0.25, a, 4.2)
	put(g, 0.25, b, 4)
	check(1, 10)
	check(0.75, 8)
	check(0.5, 6)
	check(0.375, 5)
	check(0.125, 3)       // along the line of the two lowest: 4 − 0.125·8
	check(0.01, 4-0.24*8) // still along it
	put(g, 0.05, b, 3.99) // hardly any faster: the line is flat
	check(0.025, 3.98875) // 3.99 − 0.025·0.01/0.2
	for density, want := range map[float64]string{1: a, 0.75: a, 0.5: a, 0.25: b, 0.05: b, 0.3: b, 0.4: a} {
		if s, ok := table.schedule(w, g, density); !ok || s.Name() != want {
			t.Errorf("schedule at density %g is %s, want %s", density, s.Name(), want)
		}
	}
	// A time that is less, but not surely, is luck until it is shown to be more.
	put(dense, 1, b, 9.95)
	check(1, 10)
	put(dense, 1, b, 9.8)
	check(1, 9.8)
	// A Winograd kernel runs any mask in its time for dense; pruning pays where it becomes faster than that.
	const fast = "winograd4x4_6x1x2_slab1_c0_g4_t1"
	put(dense, 1, fast, 5)
	check(1, 5)
	check(0.75, 5)
	check(0.375, 5)
	check(0.25, 4)
	for density, want := range map[float64]string{1: fast, 0.75: fast, 0.5: fast, 0.25: b} {
		if s, ok := table.schedule(w, g, density); !ok || s.Name() != want {
			t.Errorf("schedule at density %g is %s, want %s", density, s.Name(), want)
		}
	}
	winograd, err := spec.ParseSchedule(fast)
	if err != nil {
		t.Fatal(err)
	}
	if ms, ok := table.time(w, g, 0.25, winograd); !ok || ms != 5 {
		t.Errorf("%s takes %g ms at density 0.25, %v, want 5", fast, ms, ok)
	}
}

func TestPredictorLearnsWhatWasMeasured(t *testing.T) {
	layers := []layer{{name: "a", id: "wa", groups: kgs[:1]}, {name: "b", id: "wb", groups: kgs[:1]}}
	table := newTable()
	for _, l := range layers {
		for _, d := range []float64{1, 0.5, 0.25} {
			g := kgs[0]
			if d == 1 {
				g = dense
			}
			trial := &results.Trial{Workload: l.id, Scheme: string(g.Scheme), GM: g.GM, GN: g.GN, Density: d,
				Schedule: "direct_6x1x2_filter_c0_g4_t1", Outcome: results.OK, Latency: &results.Latency{MedianMS: 4 * d}}
			if _, err := table.learn(trial); err != nil {
				t.Fatal(err)
			}
		}
	}
	losses := newLosses(linkFor("accuracy", 10000))
	losses.base = 0.9
	truth := func(rateA, rateB float64) observed {
		var choice []LayerChoice
		x := losses.link.of(0.92)
		ms := 1.0 + 1.2*8
		for i, rate := range []float64{rateA, rateB} {
			if rate > 0 {
				choice = append(choice, LayerChoice{layers[i].name, kgs[0], rate})
				// Layer a is three times as touchy in company as alone, b half.
				x -= []float64{0.3, 0.05}[i] * rate / (1 - rate)
				ms -= 1.2 * 4 * rate
			}
		}
		return observed{choice, ms, losses.link.quality(x)}
	}
	for _, rate := range []float64{0.5, 0.75} {
		for i, touchy := range []float64{0.1, 0.1} {
			losses.learn(LayerChoice{layers[i].name, kgs[0], rate}, losses.link.quality(losses.link.of(0.9)-touchy*rate/(1-rate)))
		}
	}
	p := newPredictor(layers, table, losses)
	probe := truth(0.75, 0.25)
	off := func() (ms, quality float64) {
		m, q := p.predict(probe.choice)
		return math.Abs(m - probe.ms), math.Abs(q - probe.quality)
	}
	ms0, quality0 := off()
	p.refit([]observed{truth(0, 0), truth(0.5, 0), truth(0, 0.75), truth(0.75, 0.5), truth(0.5, 0.75), truth(0.25, 0.25)})
	ms1, quality1 := off()
	if ms1 > 0.5*ms0 || ms1 > 0.3 {
		t.Errorf("latency is off by %g ms after refitting, by %g before", ms1, ms0)
	}
	if quality1 > 0.5*quality0 || quality1 > 0.02 {
		t.Errorf("quality is off by %g after refitting, by %g before", quality1, quality0)
	}
	if m, q := p.predict(nil); math.Abs(q-0.92) > 1e-9 || math.Abs(m-truth(0, 0).ms) > 0.5 {
		t.Errorf("dense is predicted at %g ms and %g", m, q)
	}
}

func TestAllocateFavoursWhatGainsMost(t *testing.T) {
	efforts := []effort{
		{layers: 1, ms: 10, gains: []float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, // slow, no gain for long
		{layers: 1, ms: 5, gains: []float64{2, 1}},                                            // gaining
		{layers: 4, ms: 0.1}, // small
		{layers: 1, ms: 100, done: true},
	}
	if got := allocate(efforts, 4); !slices.Equal(got, []int{1, 0, 2}) {
		t.Errorf("allocate = %v, want 1, 0, 2", got)
	}
	efforts[2].ms = 8 // four layers gain four times
	if got := allocate(efforts, 1); !slices.Equal(got, []int{2}) {
		t.Errorf("allocate = %v, want 2", got)
	}
}

func TestModelSpaceIsOneToOne(t *testing.T) {
	layers := []layer{{name: "a", groups: kgs}, {name: "kept"}, {name: "b", groups: kgs[:1]}}
	s, err := newModelSpace(layers, []float64{0.5, 0.75})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for p := range s.All() {
		choice := s.choice(p)
		back, ok := s.point(choice)
		if !ok || back.Key() != p.Key() {
			t.Errorf("point %v is the choice %v, which is the point %v, %v", p, choice, back, ok)
		}
		key, err := choiceKey(choice)
		if err != nil || seen[key] {
			t.Errorf("key %s of %v is not its own, %v", key, choice, err)
		}
		seen[key] = true
	}
	if len(seen) != 5*3 || !seen["dense"] {
		t.Errorf("%d networks, want 15 with dense among them", len(seen))
	}
	if _, ok := s.point([]LayerChoice{{"a", kgs[0], 0.6}}); ok {
		t.Error("a rate that is not in the space was found")
	}
}

// Networks that are predicted nearly alike are not proposed twice.
func TestPredictedPassesOverNearDuplicates(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 200, Seed: 8})
	mustRun(t, study)
	s, err := newSearch(t.Context(), study)
	if err != nil {
		t.Fatal(err)
	}
	if err := errorsOf(s.tuneKernels(t.Context()), s.measureLosses(t.Context())); err != nil {
		t.Fatal(err)
	}
	sp, err := newModelSpace(s.layers, s.Options.Rates)
	if err != nil {
		t.Fatal(err)
	}
	p := newPredicted(sp, newPredictor(s.layers, s.table, s.losses), "accuracy", s.Options)
	points, err := p.Ask(12)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range points {
		for _, b := range points[:i] {
			m1, q1 := p.predictor.predict(sp.choice(a))
			m2, q2 := p.predictor.predict(sp.choice(b))
			if math.Abs(m1-m2) < 0.99*nearMS*m1 && math.Abs(q1-q2) < 0.99*nearQuality {
				t.Errorf("%v and %v are predicted alike: %g ms %g, %g ms %g", a, b, m1, q1, m2, q2)
			}
		}
	}
	if err := p.Tell([]strategy.Result{{Point: points[0], Outcome: results.OK, Values: []float64{1}}}); err == nil {
		t.Error("a result with one value was accepted")
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestScheduleSpaceHoldsOnlyWhatRuns(t *testing.T) {
	v := spec.Vector{Lanes: 8, Registers: 16}
	for _, w := range []spec.Workload{
		{Channels: 16, Filters: 32, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}, Input: [3]int{8, 8, 8}, DataType: spec.Float32},
		{Channels: 64, Filters: 12, Groups: 1, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Input: [3]int{1, 1, 1}, DataType: spec.Float32},
		{Channels: 24, Filters: 24, Groups: 24, Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}, Input: [3]int{8, 8, 8}, DataType: spec.Float32},
		{Channels: 3, Filters: 16, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 2, 2}, Dilation: [3]int{1, 1, 1}, PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}, Input: [3]int{16, 16, 16}, DataType: spec.Float32, Epilogue: spec.Epilogue{Activation: model.Activation{Function: model.Relu}}},
	} {
		for _, masked := range []bool{false, true} {
			s, err := NewSchedules(w, v, 2, masked)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 2))
			for range 50 {
				p, err := s.Draw(r, nil)
				if err != nil {
					t.Fatalf("%s: %v", w.Name(), err)
				}
				k := s.Schedule(p)
				if masked && k.Algorithm.Winograd() {
					t.Fatalf("drew %s for masked layers", k.Name())
				}
				if err := spec.Check(w, k, v); err != nil || k.Threads != 2 {
					t.Fatalf("drew %s with %d threads: %v", k.Name(), k.Threads, err)
				}
				if back, ok := s.Point(k); !ok || back.Key() != p.Key() {
					t.Fatalf("%s is point %v, which is %v, %v", k.Name(), p, back, ok)
				}
			}
		}
	}
	if fmt.Sprint(kgs[0]) != "kgs:8x4" {
		t.Errorf("group prints as %s", kgs[0])
	}
}

// Shrinking must come closer to the true losses than what was measured on few clips, and leave alone
// what was measured on many.
func TestShrunkLossesAreCloser(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	measure := func(clips int) (raw, shrunk float64) {
		for range 30 {
			l := newLosses(linkFor("accuracy", clips))
			l.base = 0.92
			noise := math.Sqrt(l.link.noise(0.92))
			truth := map[string]float64{}
			for i := range 8 {
				name := fmt.Sprint("conv", i)
				truth[name] = 0.05 + 0.1*r.Float64()
				x := truth[name] + noise*r.NormFloat64()
				l.learn(LayerChoice{name, kgs[0], 0.5}, l.link.quality(l.link.of(0.92)-x))
				raw += math.Pow(x-truth[name], 2)
			}
			for name, want := range truth {
				shrunk += math.Pow(l.of(LayerChoice{name, kgs[0], 0.5})-want, 2)
			}
		}
		return raw, shrunk
	}
	if raw, shrunk := measure(400); shrunk > 0.5*raw {
		t.Errorf("400 clips: squared error %g shrunk, %g as measured", shrunk, raw)
	}
	if raw, shrunk := measure(400000); shrunk > 1.1*raw {
		t.Errorf("400000 clips: squared error %g shrunk, %g as measured", shrunk, raw)
	}
}
