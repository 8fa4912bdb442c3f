package spec

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

var (
	avx2   = Vector{Lanes: 8, Registers: 16, NearWeights: 28 << 10}
	avx512 = Vector{Lanes: 16, Registers: 32, FoldsOperands: true, NearWeights: 432 << 10}
	neon   = Vector{Lanes: 4, Registers: 32, ByLane: true, NearWeights: 28 << 10}
	half   = Vector{Lanes: 8, Registers: 32, ByLane: true, NearWeights: 28 << 10}
)

var goodSchedule = Schedule{Algorithm: Direct, TileWidth: 6, TileRows: 1, TileFilters: 2, Order: FilterOuter, ChannelBlock: 16, UnrollChannels: 4, Threads: 1}

func depthwise() Workload {
	w := conv2()
	w.Groups, w.Filters = w.Channels, w.Channels
	return w
}

func fullyConnected() Workload {
	return Workload{Channels: 512, Filters: 101, Groups: 1, Kernel: unit, Stride: unit, Dilation: unit, Input: unit, DataType: Float32}
}

func TestCheckAccepts(t *testing.T) {
	for _, v := range []Vector{avx2, avx512, neon} {
		if err := Check(conv2(), goodSchedule, v); err != nil {
			t.Error(err)
		}
	}
	if err := Check(fullyConnected(), Schedule{MatVec, 1, 1, 8, FilterOuter, 0, 0, 4, 1, 0, 0}, avx2); err != nil {
		t.Error(err)
	}
	for _, s := range []Schedule{
		{Winograd4x4, 6, 1, 2, SlabOuter, 2, 0, 4, 1, 0, 0}, {Winograd4x4, 6, 1, 2, SlabOuter, 14, 32, 4, 1, 0, 0}, {Winograd4x4, 6, 1, 2, SlabOuter, 16 * 14, 0, 4, 1, 0, 0},
		{Winograd2x2, 6, 1, 2, SlabOuter, 28, 0, 4, 1, 0, 0}, {Winograd2x2x2, 6, 1, 2, SlabOuter, 8 * 28, 0, 4, 1, 0, 0},
	} {
		if err := Check(conv2(), s, avx2); err != nil {
			t.Error(err)
		}
	}
	if err := Check(depthwise(), Schedule{Depthwise, 12, 1, 1, TileOuter, 0, 0, 1, 1, 0, 0}, avx2); err != nil {
		t.Error(err)
	}
}

// TestCheckRefuses triggers each reason by one change to what is accepted.
func TestCheckRefuses(t *testing.T) {
	nan := float32(math.NaN())
	winograd := func(s *Schedule) { s.Algorithm, s.Order, s.SlabRows = Winograd4x4, SlabOuter, 1 }
	cases := []struct {
		reason   Reason
		workload func(*Workload)
		schedule func(*Schedule)
	}{
		{BadChannels, func(w *Workload) { w.Channels = 0 }, nil},
		{BadChannels, func(w *Workload) { w.Filters = -1 }, nil},
		{BadChannels, func(w *Workload) { w.Groups = 0 }, nil},
		{BadGroups, func(w *Workload) { w.Groups = 3 }, nil},
		{BadWindow, func(w *Workload) { w.Kernel[1] = 0 }, nil},
		{BadWindow, func(w *Workload) { w.Stride[0] = 0 }, nil},
		{BadWindow, func(w *Workload) { w.Dilation[2] = -1 }, nil},
		{BadWindow, func(w *Workload) { w.PadEnd[2] = -1 }, nil},
		{BadWindow, func(w *Workload) { w.Kernel[0] = math.MaxInt }, nil},
		{BadInput, func(w *Workload) { w.Input[0] = 0 }, nil},
		{EmptyOutput, func(w *Workload) { w.Kernel[0] = 19 }, nil},
		{TooLarge, func(w *Workload) { w.Channels, w.Input[1], w.Input[2] = 1<<20, 1<<20, 1<<20 }, nil},
		{BadDataType, func(w *Workload) { w.DataType = "fp8" }, nil},
		{BadWeights, func(w *Workload) { w.Weights = Float16 }, nil},
		{BadWeights, func(w *Workload) { *w = fullyConnected(); w.Weights = "int8" }, nil},
		{BadWeights, func(w *Workload) { *w = fullyConnected(); w.Weights, w.DataType = Float16, Float16 }, nil},
		{OwnWeights, func(w *Workload) { *w = fullyConnected(); w.Weights = Float16 }, nil},
		{BadActivation, func(w *Workload) { w.Epilogue.Activation.Function = "Mish" }, nil},
		{BadActivation, func(w *Workload) { w.Epilogue.Activation = model.Activation{Function: model.Elu, Alpha: nan} }, nil},
		{BadActivation, func(w *Workload) { w.Epilogue.Activation = model.Activation{Function: model.Clip, Min: 1, Max: 0} }, nil},
		{BadActivation, func(w *Workload) {
			w.Epilogue.Activation = model.Activation{Function: model.LeakyRelu, Alpha: float32(math.Inf(1))}
		}, nil},
		{BadAlgorithm, nil, func(s *Schedule) { s.Algorithm = "fft" }},
		{NotDepthwise, nil, func(s *Schedule) { s.Algorithm = Depthwise }},
		{DepthwiseTile, func(w *Workload) { *w = depthwise() }, func(s *Schedule) { s.Algorithm = Depthwise }},
		{NotFullyConnected, nil, func(s *Schedule) { s.Algorithm = MatVec }},
		{MatVecTile, func(w *Workload) { *w = fullyConnected() }, func(s *Schedule) { s.Algorithm = MatVec }},
		{NotWinograd, func(w *Workload) { w.Stride[0] = 2 }, winograd},
		{NotWinograd, func(w *Workload) { w.Dilation[1] = 2 }, winograd},
		{NotWinograd, func(w *Workload) { w.Groups = 2 }, winograd},
		{NotWinograd, func(w *Workload) { w.Kernel[2] = 1 }, winograd},
		{NotWinograd, func(w *Workload) { w.Channels = 4 }, winograd},
		{NotWinograd, func(w *Workload) { w.Kernel[0] = 1 }, func(s *Schedule) { winograd(s); s.Algorithm = Winograd2x2x2 }},
		{WinogradTile, nil, func(s *Schedule) { winograd(s); s.TileRows = 2 }},
		{WinogradTile, nil, func(s *Schedule) { winograd(s); s.Order, s.SlabRows = TileOuter, 0 }},
		{BadSlab, nil, func(s *Schedule) { winograd(s); s.SlabRows = 0 }},
		{BadSlab, nil, func(s *Schedule) { winograd(s); s.SlabRows = 15 }},
		{BadSlab, nil, func(s *Schedule) { winograd(s); s.SlabRows = 17 * 14 }},
		{TileTooLarge, func(w *Workload) { w.Input[2] = 12 }, winograd},
		{BadTile, nil, func(s *Schedule) { s.TileWidth = 0 }},
		{BadTile, nil, func(s *Schedule) { s.TileRows = -1 }},
		{BadTile, nil, func(s *Schedule) { s.TileFilters = 0 }},
		{TileTooLarge, nil, func(s *Schedule) { s.TileWidth = 57 }},
		{TileTooLarge, nil, func(s *Schedule) { s.TileRows = 57 }},
		{TileTooLarge, nil, func(s *Schedule) { s.TileFilters = 17 }},
		{TooManyRegisters, nil, func(s *Schedule) { s.TileWidth = 7 }},
		{TooManyRegisters, nil, func(s *Schedule) { s.TileWidth, s.TileRows = 56, 56 }},
		{BadOrder, nil, func(s *Schedule) { s.Order = "spiral" }},
		{BadSlab, nil, func(s *Schedule) { s.Order = SlabOuter }},
		{BadSlab, nil, func(s *Schedule) { s.SlabRows = 4 }},
		{BadSlab, nil, func(s *Schedule) { s.Order, s.SlabRows, s.TileWidth, s.TileRows = SlabOuter, 3, 3, 2 }},
		{BadSlab, nil, func(s *Schedule) { s.Order, s.SlabRows = SlabOuter, 57 }},
		{BadSlab, nil, func(s *Schedule) { s.Order = ColumnOuter }},
		{BadUnroll, nil, func(s *Schedule) { s.UnrollChannels = 0 }},
		{BadUnroll, nil, func(s *Schedule) { s.UnrollChannels = 3 }},
		{BadUnroll, nil, func(s *Schedule) { s.UnrollChannels = 128 }},
		{BadUnroll, func(w *Workload) { w.Channels = 6 }, func(s *Schedule) { s.UnrollChannels = 4 }},
		{BadUnroll, func(w *Workload) { w.Channels = 1024 }, func(s *Schedule) { s.UnrollChannels = 1024 }},
		{BadChannelBlock, nil, func(s *Schedule) { s.ChannelBlock = 64 }},
		{BadChannelBlock, nil, func(s *Schedule) { s.ChannelBlock = 6 }},
		{BadChannelBlock, nil, func(s *Schedule) { s.ChannelBlock = -4 }},
		{BadThreads, nil, func(s *Schedule) { s.Threads = 0 }},
		{BadPrefetch, nil, func(s *Schedule) { s.Prefetch = 9 }},
		{BadPrefetch, nil, func(s *Schedule) { s.Prefetch = -1 }},
		{BadPrefetch, nil, func(s *Schedule) {
			*s = Schedule{Algorithm: Winograd4x4, TileWidth: 6, TileRows: 1, TileFilters: 2, Order: SlabOuter, SlabRows: 2, UnrollChannels: 4, Threads: 1, Prefetch: 1}
		}},
		{BadChain, nil, func(s *Schedule) { s.Chain = 64 }},
		{BadChain, func(w *Workload) { w.DataType = Float16 }, func(s *Schedule) { s.Chain = 6 }},
		{BadChain, func(w *Workload) { w.DataType = Float16 }, func(s *Schedule) { s.Chain = -4 }},
	}
	for _, c := range cases {
		w, s := conv2(), goodSchedule
		if c.workload != nil {
			c.workload(&w)
		}
		if c.schedule != nil {
			c.schedule(&s)
		}
		err := Check(w, s, avx2)
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != c.reason {
			t.Errorf("%s %s: got %v, want reason %s", w.Name(), s.Name(), err, c.reason)
		}
	}
}

// TestEveryReasonIsTriggered finds the reasons in the source, so that a new one without a test shows. Those
// about layouts are triggered by the package that places operands.
func TestEveryReasonIsTriggered(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	declared := regexp.MustCompile(`(?m)^\t(\w+) +Reason = `).FindAllStringSubmatch(read("check.go"), -1)
	if len(declared) < 20 {
		t.Fatalf("found only %d reasons", len(declared))
	}
	tests := read("check_test.go") + strings.ReplaceAll(read("../conv/refuse_test.go"), "spec.", "")
	for _, d := range declared {
		if name := d[1]; !regexp.MustCompile(`\{("[^"]*", )?` + name + `, func|\{` + name + `, nil`).MatchString(tests) {
			t.Errorf("no test triggers %s", name)
		}
	}
}

func TestLiveRegisters(t *testing.T) {
	for _, c := range []struct {
		v                          Vector
		positions, filters, unroll int
		want                       int
	}{
		{avx2, 12, 1, 4, 14},
		{avx2, 4, 3, 4, 16},
		{avx2, 6, 2, 4, 15},
		{avx512, 14, 2, 4, 31},
		{avx512, 7, 4, 4, 32}, // a filter vector stays in memory
		{avx512, 8, 4, 4, 36},
		{neon, 8, 2, 4, 26},  // ten quads and filters
		{neon, 14, 1, 4, 22}, // filters of four channels, four quads
		{neon, 8, 2, 1, 19},  // broadcast
	} {
		if got := c.v.Live(c.positions, c.filters, c.unroll); got != c.want {
			t.Errorf("%d positions by %d filters, %d channels on %+v: got %d registers, want %d", c.positions, c.filters, c.unroll, c.v, got, c.want)
		}
	}
}

// TestDefaultBlocking: cores that stream weights from the second-level cache go slab by slab unless there are
// too many weights to bring for each slab, in whole blocks of channels; others keep the weights of a block in the
// first level.
func TestDefaultBlocking(t *testing.T) {
	kgs := Sparsity{Density: 0.25, GM: 32, GN: 4}
	for _, c := range []struct {
		workload string
		v        Vector
		sp       Sparsity
		want     string
	}{
		{"c128_m256_k3x3x3_p1x1x1_i8x28x28_fp32", avx512, DenseSparsity, "direct_7x1x4_slab28_c64_g4_t1_p1"},
		{"c256_m256_k3x3x3_p1x1x1_i8x28x28_fp32", avx512, DenseSparsity, "direct_7x1x4_filter_c64_g4_t1_p1"},
		{"c256_m256_k3x3x3_p1x1x1_i8x28x28_fp32", avx512, kgs, "direct_14x1x2_slab28_c0_g4_t1_p1"},
		{"c512_m512_k3x3x3_p1x1x1_i2x7x7_fp32", avx512, DenseSparsity, "direct_7x1x4_slab7_c64_g4_t1_p1"},
		{"c256_m256_k3x3x3_p1x1x1_i8x28x28_fp32", avx2, DenseSparsity, "direct_4x1x3_filter_c8_g4_t1"},
	} {
		w, err := ParseWorkload(c.workload)
		if err != nil {
			t.Fatal(err)
		}
		if got := DefaultScheduleFor(w, c.v, c.sp).Name(); got != c.want {
			t.Errorf("%s, %+v: got %s, want %s", c.workload, c.sp, got, c.want)
		}
	}
}

// TestDefaultsPassCheck draws workloads of any shape.
func TestDefaultsPassCheck(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(values ...int) int { return values[r.IntN(len(values))] }
	winograd := 0
	for range 2000 {
		w := Workload{Channels: pick(1, 2, 3, 5, 7, 8, 12, 45, 64, 230), Filters: pick(1, 3, 8, 45, 64, 230), Groups: 1, DataType: Float32}
		for i := range 3 {
			w.Kernel[i], w.Stride[i], w.Dilation[i] = pick(1, 3, 7), pick(1, 2), pick(1, 2)
			w.PadBegin[i], w.PadEnd[i], w.Input[i] = pick(0, 1), pick(0, 1), pick(1, 2, 7, 13, 56)
		}
		switch pick(0, 1, 2, 3, 4) {
		case 0:
			w.Groups, w.Filters = w.Channels, w.Channels
		case 1:
			w.Kernel, w.Input, w.PadBegin, w.PadEnd = unit, unit, [3]int{}, [3]int{}
		case 2:
			w.Groups, w.Channels, w.Filters = 3, 3*w.Channels, 3*w.Filters
		}
		if CheckWorkload(w) != nil {
			continue
		}
		for _, v := range []Vector{avx2, avx512, neon, half} {
			if v == half {
				w.DataType = Float16
			}
			for _, sp := range []Sparsity{DenseSparsity, {0.28, v.Lanes, 4}, {0.1, 3, 5}, {0, 1, 1}} {
				if err := Check(w, DefaultScheduleFor(w, v, sp), v); err != nil {
					t.Fatalf("default for %+v: %v", sp, err)
				}
			}
			if best, ok := DefaultWinograd(w, v, 2, math.MaxInt64); ok {
				winograd++
				if err := Check(w, best.Schedule, v); err != nil {
					t.Fatalf("default for winograd: %v", err)
				}
			}
		}
	}
	if winograd == 0 {
		t.Error("no workload had a default for winograd")
	}
}

// TestDefaultWinograd: the layers that a transform makes much faster get one, those whose weights it would
// make huge a smaller one or none.
func TestDefaultWinograd(t *testing.T) {
	deep := conv2()
	deep.Channels, deep.Filters, deep.Input = 256, 512, [3]int{4, 14, 14}
	last := deep
	last.Channels = 512
	flat := conv2()
	flat.Kernel[0], flat.PadBegin[0], flat.PadEnd[0] = 1, 0, 0
	strided := conv2()
	strided.Stride = [3]int{1, 2, 2}
	first := conv2()
	first.Channels = 3
	const room = 20 << 20
	for _, c := range []struct {
		w    Workload
		want Algorithm
	}{{conv2(), Winograd4x4}, {flat, Winograd4x4}, {deep, Winograd2x2x2}, {last, ""}, {strided, ""}, {first, ""}} {
		best, _ := DefaultWinograd(c.w, avx2, 1, room)
		if best.Schedule.Algorithm != c.want || best.Growth > room || best.Gain < 0 {
			t.Errorf("%s: got %q, gain %g, growth %d; want %q", c.w.Name(), best.Schedule.Algorithm, best.Gain, best.Growth, c.want)
		}
	}
	// Every thread has a band.
	best, ok := DefaultWinograd(conv2(), avx2, 48, room)
	s := best.Schedule
	if depths, rows := s.SlabDepth(conv2()); !ok || ceil(16, depths)*ceil(14, rows) < 48 {
		t.Errorf("got %s, %v, for 48 threads", s.Name(), ok)
	}
}

// TestAxesAreLegal takes each value of an axis beside plain values of the others.
func TestAxesAreLegal(t *testing.T) {
	for _, w := range []Workload{conv2(), depthwise(), fullyConnected()} {
		a := AxesOf(w, avx2, 4)
		if len(a.Algorithms) == 0 || len(a.Tiles) == 0 || len(a.UnrollChannels) == 0 || len(a.Threads) != 4 {
			t.Errorf("%s: an axis is empty: %+v", w.Name(), a)
		}
		for _, tile := range a.Tiles {
			s := Schedule{Direct, tile.Width, tile.Rows, tile.Filters, FilterOuter, 0, 0, 4, 1, 0, 0}
			if err := Check(w, s, avx2); err != nil {
				t.Error(err)
			}
		}
		for _, block := range a.ChannelBlocks {
			s := Schedule{Direct, 1, 1, 1, FilterOuter, 0, block, 4, 1, 0, 0}
			if err := Check(w, s, avx2); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestWinogradAxes: layers that a transform fits have it among their algorithms, with slabs for it.
func TestWinogradAxes(t *testing.T) {
	flat := conv2()
	flat.Kernel[0], flat.PadBegin[0], flat.PadEnd[0] = 1, 0, 0
	strided := conv2()
	strided.Stride[1] = 2
	for _, c := range []struct {
		w    Workload
		want []Algorithm
	}{
		{conv2(), []Algorithm{Direct, Winograd4x4, Winograd2x2, Winograd2x2x2}},
		{flat, []Algorithm{Direct, Winograd4x4, Winograd2x2}},
		{strided, []Algorithm{Direct}},
		{depthwise(), []Algorithm{Depthwise, Direct}},
		{fullyConnected(), []Algorithm{MatVec, Direct}},
	} {
		a := AxesOf(c.w, avx2, 1)
		if !slices.Equal(a.Algorithms, c.want) {
			t.Errorf("%s: algorithms %q, want %q", c.w.Name(), a.Algorithms, c.want)
		}
		for _, algorithm := range a.Algorithms {
			legal := 0
			for _, slab := range a.SlabRows {
				if Check(c.w, Schedule{algorithm, 4, 1, 2, SlabOuter, slab, 0, 4, 1, 0, 0}, avx2) == nil {
					legal++
				}
			}
			if algorithm.Winograd() && legal < 4 {
				t.Errorf("%s: %d slabs for %s among %v", c.w.Name(), legal, algorithm, a.SlabRows)
			}
		}
	}
}

func TestPieces(t *testing.T) {
	for _, c := range [][5]int{{56, 6, 6, 6, 4}, {7, 7, 7, 1, 0}, {7, 4, 4, 1, 1}, {14, 6, 5, 2, 1}, {1, 1, 1, 1, 0}, {9, 10, 9, 1, 0}} {
		size, wide, narrow := Pieces(c[0], c[1])
		if [3]int{size, wide, narrow} != [3]int{c[2], c[3], c[4]} {
			t.Errorf("%d in pieces of %d: got %d of %d and %d narrower, want %v", c[0], c[1], wide, size, narrow, c[2:])
		}
		if size*wide+(size-1)*narrow != c[0] {
			t.Errorf("%d in pieces of %d: the pieces do not add up", c[0], c[1])
		}
	}
}

// TestLanesAreWorthPaddedChannels: by lane, channel counts such as those of R(2+1)D go in fours.
func TestLanesAreWorthPaddedChannels(t *testing.T) {
	for channels, want := range map[int]int{64: 4, 45: 4, 230: 4, 921: 4, 5: 1, 6: 2, 3: 3} {
		w := conv2()
		w.Channels = channels
		if got := DefaultSchedule(w, neon, 1).UnrollChannels; got != want {
			t.Errorf("%d channels: %d an entry, want %d", channels, got, want)
		}
	}
	w := conv2()
	w.Channels = 230
	if got := DefaultSchedule(w, avx2, 1).UnrollChannels; got != 2 {
		t.Errorf("without lanes: %d channels an entry, want 2", got)
	}
}
