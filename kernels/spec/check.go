package spec

import (
	"fmt"
	"math"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Reason names why a workload or schedule is refused.
type Reason string

// The reasons, in the order in which they are checked.
const (
	BadChannels        Reason = "channels"            // channels, filters or groups not positive
	BadGroups          Reason = "groups"              // groups do not divide channels and filters
	BadWindow          Reason = "window"              // kernel, stride or dilation not positive, padding negative
	BadInput           Reason = "input"               // input size not positive
	EmptyOutput        Reason = "empty-output"        // the window is larger than the padded input
	TooLarge           Reason = "too-large"           // the input has more values than an int32 offset reaches
	BadDataType        Reason = "data-type"           // no kernels for that data type
	BadWeights         Reason = "weights"             // weights of a type of their own that is not half precision of a fully connected layer
	BadActivation      Reason = "activation"          // unknown function or impossible parameters
	BadAlgorithm       Reason = "algorithm"           // unknown algorithm
	NotDepthwise       Reason = "not-depthwise"       // Depthwise for another kind of workload
	NotFullyConnected  Reason = "not-fully-connected" // MatVec for another kind of workload
	NotWinograd        Reason = "not-winograd"        // a Winograd algorithm for a kernel, stride, dilation or groups that it has no transform for
	WinogradTile       Reason = "winograd-tile"       // Winograd has output tiles in one row and goes slab by slab
	OwnWeights         Reason = "own-weights"         // weights of a type of their own in another algorithm than MatVec
	BadTile            Reason = "tile"                // tile not positive
	TileTooLarge       Reason = "tile-too-large"      // tile larger than the output or the filters
	TooManyRegisters   Reason = "registers"           // the tile does not fit the registers
	DepthwiseTile      Reason = "depthwise-tile"      // Depthwise has one filter vector, one channel, no channel blocks
	MatVecTile         Reason = "matvec-tile"         // MatVec has one position and goes filter by filter
	BadOrder           Reason = "order"               // unknown loop order
	BadSlab            Reason = "slab"                // slab rows in an order without slabs, or no multiple of the tile's rows
	BadUnroll          Reason = "unroll"              // channels of an entry that do not lie alike in every block
	BadChannelBlock    Reason = "channel-block"       // not a multiple of the unroll, or not less than all channels
	BadThreads         Reason = "threads"             // less than one thread
	BadChain           Reason = "chain"               // a chain in float32, or not a multiple of the unroll
	BadPrefetch        Reason = "prefetch"            // another algorithm than Direct, or further ahead than any cache is useful
	InputLayout        Reason = "input-layout"        // the input's layout is not the workload's
	InputBlock         Reason = "input-block"         // the input's channel block is neither planar nor the vector
	InputHalo          Reason = "input-halo"          // the input's halo is smaller than the window reaches
	PartialPlanarGroup Reason = "partial-planar"      // planar input whose channels the unroll does not divide
	OutputLayout       Reason = "output-layout"       // the output's layout is not the workload's, or planar
	ResidualLayout     Reason = "residual-layout"     // the residual's layout is not the output's shape and block
)

// Refusal is the error for a workload or schedule that cannot be.
type Refusal struct {
	Reason Reason
	// Detail says what was found and what would be right.
	Detail string
}

// Error prints the reason and the detail.
func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.Detail }

// Refuse makes a Refusal.
func Refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// Check tells whether a schedule can run a workload on a vector extension. The error wraps a *Refusal.
func Check(w Workload, s Schedule, v Vector) error {
	if r := checkWorkload(w); r != nil {
		return fmt.Errorf("check workload %s: %w", w.Name(), r)
	}
	if r := checkSchedule(w, s, v); r != nil {
		return fmt.Errorf("check schedule %s of workload %s: %w", s.Name(), w.Name(), r)
	}
	return nil
}

// CheckWorkload tells whether a workload can be computed at all. The error wraps a *Refusal.
func CheckWorkload(w Workload) error {
	if r := checkWorkload(w); r != nil {
		return fmt.Errorf("check workload %s: %w", w.Name(), r)
	}
	return nil
}

func checkWorkload(w Workload) *Refusal {
	if w.Channels < 1 || w.Filters < 1 || w.Groups < 1 {
		return Refuse(BadChannels, "%d channels, %d filters, %d groups: want each at least 1", w.Channels, w.Filters, w.Groups)
	}
	if w.Channels%w.Groups != 0 || w.Filters%w.Groups != 0 {
		return Refuse(BadGroups, "%d groups must divide %d channels and %d filters", w.Groups, w.Channels, w.Filters)
	}
	const most = 1 << 20 // keeps products of three sizes inside int64
	values := float64(w.Channels)
	for i, axis := range []string{"depth", "height", "width"} {
		k, s, d, b, e := w.Kernel[i], w.Stride[i], w.Dilation[i], w.PadBegin[i], w.PadEnd[i]
		if k < 1 || s < 1 || d < 1 || b < 0 || e < 0 || k > most || s > most || d > most || b > most || e > most {
			return Refuse(BadWindow, "%s: kernel %d, stride %d, dilation %d: want 1 to %d; padding %d+%d: want 0 to %d", axis, k, s, d, most, b, e, most)
		}
		if w.Input[i] < 1 || w.Input[i] > most {
			return Refuse(BadInput, "%s %d: want 1 to %d", axis, w.Input[i], most)
		}
		if w.Input[i]+b+e < d*(k-1)+1 {
			return Refuse(EmptyOutput, "%s: window of %d (dilation %d) is larger than the padded input %d", axis, k, d, w.Input[i]+b+e)
		}
		values *= float64(w.Input[i] + b + e)
	}
	if values > math.MaxInt32/2 {
		return Refuse(TooLarge, "padded input of %.3g values: offsets reach %d", values, math.MaxInt32/2)
	}
	if !slices.Contains(DataTypes, w.DataType) {
		return Refuse(BadDataType, "%q: want one of %q", w.DataType, DataTypes)
	}
	if w.Weights != "" && (w.Weights != Float16 || w.DataType != Float32 || !w.FullyConnected() || w.Groups != 1) {
		return Refuse(BadWeights, "%q in %s: want none of their own, or %q in %s of a fully connected layer", w.Weights, w.DataType, Float16, Float32)
	}
	return checkActivation(w.Epilogue.Activation)
}

func checkActivation(a model.Activation) *Refusal {
	if !slices.Contains(functions, a.Function) {
		return Refuse(BadActivation, "function %q: want one of %q", a.Function, functions)
	}
	for _, p := range []float32{a.Alpha, a.Min, a.Max} {
		if p != p {
			return Refuse(BadActivation, "%s: a parameter is not a number", a.Function)
		}
	}
	if a.Function == model.Clip && a.Min > a.Max {
		return Refuse(BadActivation, "Clip from %g to %g: want the lower bound first", a.Min, a.Max)
	}
	if (a.Function == model.LeakyRelu || a.Function == model.Elu) && math.IsInf(float64(a.Alpha), 0) {
		return Refuse(BadActivation, "%s: alpha %g: want a finite value", a.Function, a.Alpha)
	}
	return nil
}

func checkSchedule(w Workload, s Schedule, v Vector) *Refusal {
	switch s.Algorithm {
	case Direct:
		if w.Weights != "" {
			return Refuse(OwnWeights, "%q reads weights in %s only: want %q", s.Algorithm, w.DataType, MatVec)
		}
	case Winograd4x4, Winograd2x2, Winograd2x2x2:
		if r := checkWinograd(w, s, v); r != nil {
			return r
		}
	case Depthwise:
		if !w.Depthwise() {
			return Refuse(NotDepthwise, "%d channels, %d filters, %d groups: want all the same and more than 1", w.Channels, w.Filters, w.Groups)
		}
		if s.TileFilters != 1 || s.UnrollChannels != 1 || s.ChannelBlock != 0 {
			return Refuse(DepthwiseTile, "%d filter vectors, %d channels an entry, channel block %d: want 1, 1, 0", s.TileFilters, s.UnrollChannels, s.ChannelBlock)
		}
	case MatVec:
		if !w.FullyConnected() {
			return Refuse(NotFullyConnected, "input %v, kernel %v: want 1x1x1", w.Input, w.Kernel)
		}
		if s.TileWidth != 1 || s.TileRows != 1 || s.Order != FilterOuter || s.ChannelBlock != 0 {
			return Refuse(MatVecTile, "tile %dx%d, order %q, channel block %d: want 1x1, %q, 0", s.TileWidth, s.TileRows, s.Order, s.ChannelBlock, FilterOuter)
		}
	default:
		return Refuse(BadAlgorithm, "%q: want one of %q", s.Algorithm, Algorithms)
	}
	if r := checkTile(w, s, v); r != nil {
		return r
	}
	if !slices.Contains(LoopOrders, s.Order) {
		return Refuse(BadOrder, "%q: want one of %q", s.Order, LoopOrders)
	}
	if s.Order.Slabs() && !s.Algorithm.Winograd() && (s.SlabRows < 1 || s.SlabRows%s.TileRows != 0 || s.SlabRows > w.Output()[1]+s.TileRows-1) {
		return Refuse(BadSlab, "%d rows: want a multiple of the tile's %d rows, at most the output's %d rounded up to it", s.SlabRows, s.TileRows, w.Output()[1])
	}
	if !s.Order.Slabs() && s.SlabRows != 0 {
		return Refuse(BadSlab, "%d rows with loop order %q: want 0", s.SlabRows, s.Order)
	}
	if s.Algorithm != Depthwise {
		if r := unrollRefusal(w, v, s.UnrollChannels); r != nil {
			return r
		}
	}
	if s.ChannelBlock < 0 || s.ChannelBlock%s.UnrollChannels != 0 || s.ChannelBlock >= w.Channels {
		return Refuse(BadChannelBlock, "%d: want 0 for all, or a multiple of %d below the %d channels", s.ChannelBlock, s.UnrollChannels, w.Channels)
	}
	if s.Threads < 1 {
		return Refuse(BadThreads, "%d: want at least 1", s.Threads)
	}
	if s.Chain != 0 && w.DataType == Float32 {
		return Refuse(BadChain, "%d in %s: want 0", s.Chain, w.DataType)
	}
	if s.Chain < 0 || s.Chain%s.UnrollChannels != 0 {
		return Refuse(BadChain, "%d: want 0 for all products, or a multiple of %d", s.Chain, s.UnrollChannels)
	}
	if s.Prefetch != 0 && s.Algorithm != Direct {
		return Refuse(BadPrefetch, "%d tiles ahead in %q: want 0, or %q", s.Prefetch, s.Algorithm, Direct)
	}
	if s.Prefetch < 0 || s.Prefetch > mostPrefetch {
		return Refuse(BadPrefetch, "%d tiles ahead: want 0 to %d", s.Prefetch, mostPrefetch)
	}
	return nil
}

// mostPrefetch tiles ahead is further than a row of most layers.
const mostPrefetch = 8

func checkTile(w Workload, s Schedule, v Vector) *Refusal {
	if s.TileWidth < 1 || s.TileRows < 1 || s.TileFilters < 1 {
		return Refuse(BadTile, "%dx%dx%d: want each at least 1", s.TileWidth, s.TileRows, s.TileFilters)
	}
	out := w.Output()
	width, rows := out[2], out[1]
	if s.Algorithm.Winograd() {
		_, rows = s.SlabDepth(w)
		width, rows = rows*s.Algorithm.Tiles(w)[2], 1 // the tiles of a slab's plane lie in one row
	}
	if vectors := ceil(w.Filters, v.Lanes); s.TileWidth > width || s.TileRows > rows || s.TileFilters > vectors {
		return Refuse(TileTooLarge, "%dx%dx%d: the output has width %d, height %d and %d filter vector(s)", s.TileWidth, s.TileRows, s.TileFilters, width, rows, vectors)
	}
	// Bounded before Live multiplies.
	positions := s.TileWidth * s.TileRows
	if positions > v.Registers || s.TileFilters > v.Registers {
		return Refuse(TooManyRegisters, "%d positions by %d filter vectors: there are %d vector registers", positions, s.TileFilters, v.Registers)
	}
	if live := v.Live(positions, s.TileFilters, s.UnrollChannels); live > v.Registers {
		return Refuse(TooManyRegisters, "%d positions by %d filter vectors need %d vector registers, there are %d", positions, s.TileFilters, live, v.Registers)
	}
	return nil
}

// unrollRefusal checks that the channels of every entry lie at the same distances from its first one,
// in a planar input as in one blocked by the vector: the unroll is all channels, or a part of a
// block, or whole blocks.
func unrollRefusal(w Workload, v Vector, g int) *Refusal {
	switch {
	case g < 1 || g > w.Channels:
	case g > 64:
		return Refuse(BadUnroll, "%d channels an entry: want at most 64", g)
	case g == w.Channels:
		return nil
	case w.Channels < v.Lanes && w.Channels%g != 0:
		return Refuse(BadUnroll, "%d channels an entry: want a divisor of the %d channels", g, w.Channels)
	case v.Lanes%g == 0:
		return nil
	case g%v.Lanes == 0 && ceil(w.Channels, v.Lanes)*v.Lanes%g == 0:
		return nil
	}
	return Refuse(BadUnroll, "%d channels an entry: want all %d channels, a divisor of %d, or a multiple of it that divides the padded channels", g, w.Channels, v.Lanes)
}
