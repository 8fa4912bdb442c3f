package conv

import (
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Emit writes a kernel as
//
//	static void SYMBOL(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual,
//	                   const unsigned char *weights, float *workspace, int from, int to, int of)
//	static int SYMBOL_check(const unsigned char *weights, size_t bytes)
//
// x, y and residual point at the start, halo included, of the buffer or channel slice; weights at the
// section that pack.Conv made for the same kernel, workspace at WorkspaceFloats of scratch memory of the
// calling thread, which need not be cleared; both are aligned to 64 bytes. y overlaps neither x nor
// residual, and workspace overlaps nothing. A call does the part of the work that lies between from/of
// and to/of of it; threads divide the whole among them as they like, for each output is summed by one
// thread in one order. The input's halo is read as zeros and its padded channels as anything finite;
// y's halo is not written, its padded channels are finite. _check is 0 when a section fits the kernel
// and reads nothing outside itself and x.
//
// Of a kernel that keeps a part of its output at a time, the function is
//
//	static void SYMBOL_bands(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual,
//	                         const unsigned char *weights, int begin, int end)
//
// which does all filters of bands begin … end - 1 (Nest); y points to where the whole output would begin.
//
// The code needs the isa header (info.Header) included before it.
func Emit(w *cwriter.Writer, info isa.Info, symbol string, k Kernel) error {
	if err := Check(info, k); err != nil {
		return err
	}
	e := &emitter{w: w, info: info, symbol: symbol, k: k, nest: NestOf(info, k)}
	e.comment()
	e.activation()
	if k.Schedule.Algorithm.Winograd() {
		e.winograd()
	} else {
		e.direct()
	}
	if err := w.Err(); err != nil {
		return fmt.Errorf("emit kernel %s: %w", symbol, err)
	}
	return nil
}

// direct writes the functions of a kernel that runs the kept list.
func (e *emitter) direct() {
	e.clipTables()
	e.tiles()
	e.dispatch()
	if e.k.Output.Kept != [3]int{} {
		e.bandEntry()
	} else {
		e.cost()
		e.entry()
	}
	e.check()
}

type emitter struct {
	w      *cwriter.Writer
	info   isa.Info
	symbol string
	k      Kernel
	nest   Nest
}

func (e *emitter) comment() {
	e.w.Line("/* %s", e.k.Workload.Name())
	e.w.Line(" * %s on %s */", e.k.Schedule.Name(), e.info.Name)
}

// at sums constants and stride × variable terms, leaving out what is zero.
func at(constant int, terms ...string) string {
	var parts []string
	for i := 0; i+1 < len(terms); i += 2 {
		parts = append(parts, fmt.Sprintf("(ptrdiff_t)%s * %s", terms[i], terms[i+1]))
	}
	if constant != 0 {
		parts = append([]string{fmt.Sprint(constant)}, parts...)
	}
	return strings.Join(parts, " + ")
}

// origin prints where a piece of an axis starts.
func origin(piece string, c Cut) string {
	switch {
	case c.Size == 1:
		return piece
	case c.Narrow == 0:
		return fmt.Sprintf("%s * %d", piece, c.Size)
	case c.Size == 2:
		return fmt.Sprintf("%s < %d ? %s * 2 : %s + %d", piece, c.Wide, piece, piece, c.Wide)
	}
	return fmt.Sprintf("%s < %d ? %s * %d : %s * %d + %d", piece, c.Wide, piece, c.Size, piece, c.Size-1, c.Wide)
}

// channelArgument is left out where there is one channel block.
func (e *emitter) channelArgument(text string) string {
	if e.nest.ChannelBlocks == 1 {
		return ""
	}
	return text
}

// dispatch writes the function that runs one tile: it finds the operands and calls the body for the
// tile's size.
func (e *emitter) dispatch() {
	w, n, in, out := e.w, e.nest, e.k.Input, e.k.Output
	_, xd, xr, xc := in.Strides()
	yb, yd, yr, yc := out.Strides()
	s := e.k.Workload.Stride
	w.Line("/* Output depth d, row and column piece of the plane, filter block. */")
	w.Open("static void %s_tile(const rt3d_conv *k, int d, int row, int column, int filter%s) {", e.symbol, e.channelArgument(", int channel"))
	w.Line("const int h = %s, w = %s, vector = %s;", origin("row", n.Rows), origin("column", n.Width), e.firstVector())
	w.Line("const int32_t *block = k->blocks + (ptrdiff_t)%s * %d;", e.blockIndex(), n.Clip.BlockWords())
	w.Line("const rt3d_value *x = k->x + %s;", at(e.inputOrigin(), "d", fmt.Sprint(s[0]*xd), "h", fmt.Sprint(s[1]*xr), "w", fmt.Sprint(s[2]*xc)))
	w.Line("const int32_t *list = k->offsets + block[0];")
	w.Line("const %s *weights = %s + (size_t)(uint32_t)block[1] * RT3D_LANES;", e.weightType(), e.weights())
	w.Line("const float *bias = k->bias + vector * RT3D_LANES;")
	w.Line("rt3d_value *y = k->y + %s;", at(out.Origin(), "vector", fmt.Sprint(yb), "d", fmt.Sprint(yd), "h", fmt.Sprint(yr), "w", fmt.Sprint(yc)))
	w.Line("rt3d_run runs[%d];", n.Clip.mostRuns(e.k.Workload)+1)
	e.runs()
	arguments := "x, list, weights, runs, bias, y"
	if e.k.Workload.Epilogue.Residual {
		rb, rd, rr, rc := e.k.Residual.Strides()
		w.Line("const rt3d_value *residual = k->residual + %s;", at(e.k.Residual.Origin(), "vector", fmt.Sprint(rb), "d", fmt.Sprint(rd), "h", fmt.Sprint(rr), "w", fmt.Sprint(rc)))
		arguments += ", residual"
	}
	if n.ChannelBlocks > 1 {
		w.Line("const int part = (channel == 0 ? 1 : 0) | (channel == %d ? 2 : 0);", n.ChannelBlocks-1)
		arguments += ", part"
	}
	bodies := e.bodies()
	for i, b := range bodies {
		e.choice(i, len(bodies), b.condition, fmt.Sprintf("%s(%s);", e.bodyName(b.body), arguments))
	}
	w.Close()
	w.Line("")
}

// firstVector prints the number of filter vectors in front of a filter block.
func (e *emitter) firstVector() string {
	n := e.nest
	start := "filter"
	if n.Filters > 1 {
		start = fmt.Sprintf("filter * %d", n.Filters)
	}
	if len(n.Rest) < 2 {
		return start
	}
	return fmt.Sprintf("filter < %d ? %s : %d", n.FilterBlocks-1, start, n.FirstVector(n.FilterBlocks-1))
}

// choice writes branch i of n that exclude each other and leave nothing out.
func (e *emitter) choice(i, n int, condition, line string) {
	switch {
	case n == 1:
		e.w.Line("%s", line)
	case i == 0:
		e.w.Open("if (%s) {", condition)
		e.w.Line("%s", line)
	case i == n-1:
		e.elseOpen("} else {")
		e.w.Line("%s", line)
		e.w.Close()
	default:
		e.elseOpen(fmt.Sprintf("} else if (%s) {", condition))
		e.w.Line("%s", line)
	}
}

// elseOpen closes a branch and opens the next.
func (e *emitter) elseOpen(line string) {
	e.w.CloseWith(line)
	e.w.Indent()
}

func (e *emitter) blockIndex() string {
	switch {
	case e.nest.ChannelBlocks == 1:
		return "filter"
	case e.k.Schedule.Order == spec.TileOuter:
		return fmt.Sprintf("(channel * %d + filter)", e.nest.FilterBlocks)
	}
	return fmt.Sprintf("(filter * %d + channel)", e.nest.ChannelBlocks)
}

// inputOrigin is where the first window starts: the halo may be larger than the padding.
func (e *emitter) inputOrigin() int { return WindowOrigin(e.k) }

// WindowOrigin is the index in x of the first kernel position of the first output, channel 0. The
// offsets of the kept list count from a tile's window.
func WindowOrigin(k Kernel) int {
	_, d, r, c := k.Input.Strides()
	pad := k.Workload.PadBegin
	return k.Input.Origin() - pad[0]*d - pad[1]*r - pad[2]*c
}

// EntryOffset is the offset in values of an entry: from WindowOrigin, or any other window's origin, to
// the first channel of the entry at a kernel position.
func EntryOffset(k Kernel, channel int, position [3]int) int {
	b, d, r, c := k.Input.Strides()
	dilation := k.Workload.Dilation
	return channel/k.Input.Block*b + channel%k.Input.Block +
		position[0]*dilation[0]*d + position[1]*dilation[1]*r + position[2]*dilation[2]*c
}

// cost writes what a chunk of filter blocks costs, in entries, a tile's store counting as a few.
func (e *emitter) cost() {
	w, n := e.w, e.nest
	w.Open("static int64_t %s_cost(const rt3d_conv *k, int chunk) {", e.symbol)
	w.Line("int64_t cost = 0;")
	w.Open("for (int filter = chunk * %d; filter < %s; ++filter) {", n.ChunkBlocks, e.chunkEnd())
	channel := ""
	if n.ChannelBlocks > 1 {
		w.Line("for (int channel = 0; channel < %d; ++channel)", n.ChannelBlocks)
		channel = "  "
	}
	w.Line("%scost += k->blocks[(ptrdiff_t)%s * %d + %d] + 4;", channel, e.blockIndex(), n.Clip.BlockWords(), n.Clip.BlockWords()-1)
	w.Close()
	w.Line("return cost;")
	w.Close()
	w.Line("")
}

func (e *emitter) chunkEnd() string {
	n := e.nest
	if n.FilterBlocks%n.ChunkBlocks == 0 {
		return fmt.Sprintf("(chunk + 1) * %d", n.ChunkBlocks)
	}
	return fmt.Sprintf("(chunk == %d ? %d : (chunk + 1) * %d)", n.Chunks-1, n.FilterBlocks, n.ChunkBlocks)
}

// entryParameters are those of every kernel's function.
const entryParameters = "const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of"

// entry writes the kernel's function: the thread's share of each chunk, then the loop order.
func (e *emitter) entry() {
	w, n := e.w, e.nest
	w.Open("static void %s(%s) {", e.symbol, entryParameters)
	w.Line("(void)workspace;")
	w.Line("const rt3d_conv k = rt3d_conv_of(x, y, residual, weights);")
	w.Line("int64_t total = 0, before = 0;")
	w.Line("for (int chunk = 0; chunk < %d; ++chunk) total += %s_cost(&k, chunk);", n.Chunks, e.symbol)
	w.Open("for (int chunk = 0; chunk < %d; ++chunk) {", n.Chunks)
	w.Line("const int64_t cost = %s_cost(&k, chunk);", e.symbol)
	w.Line("const int begin = rt3d_share(before, cost, total, %d, from, of);", n.Bands)
	w.Line("const int end = rt3d_share(before, cost, total, %d, to, of);", n.Bands)
	w.Line("before += cost;")
	for _, l := range e.loops() {
		l.open(w)
	}
	w.Line("%s_tile(&k, d, row, column, filter%s);", e.symbol, e.channelArgument(", channel"))
	for range e.loops() {
		w.Close()
	}
	w.Close()
	w.Close()
	w.Line("")
}

// check writes the function that holds a section against the kernel.
func (e *emitter) check() {
	w, n := e.w, e.nest
	filterMajor := 1
	if e.k.Schedule.Order == spec.TileOuter {
		filterMajor = 0
	}
	w.Line("static __attribute__((unused)) int %s_check(const unsigned char *weights, size_t bytes) {", e.symbol)
	w.Indent()
	rest := [2]int{}
	for i, f := range n.Rest {
		rest[i] = f * n.WeightVectors
	}
	_, depth, row, _ := e.k.Input.Strides()
	kernel, dilation := e.k.Workload.Kernel, e.k.Workload.Dilation
	largest := e.largestOffset()
	steps := [4]int{1, 0, 0, 0} // kernel rows in a segment's index, kernel depths, floats between rows and depths
	if !n.Clip.Whole {
		steps = [4]int{kernel[1], kernel[0], dilation[1] * row, dilation[0] * depth}
		largest -= (kernel[1]-1)*steps[2] + (kernel[0]-1)*steps[3]
	}
	w.Line("const rt3d_section_want want = {%d, %d, %d, %d, {%d, %d}, %d, %d, %d, %d, %d, %d, %d, %d, %d};", n.FilterBlocks, n.ChannelBlocks, n.FullBlocks,
		n.Filters*n.WeightVectors, rest[0], rest[1], n.Vectors()*n.Lanes, filterMajor,
		n.Clip.Segments, steps[0], max(1, steps[1]), steps[2], steps[3], largest, e.k.Workload.WeightType().Bytes())
	w.Line("return rt3d_section_check(weights, bytes, &want);")
	w.Close()
	w.Line("")
}

func (e *emitter) largestOffset() int {
	last := e.k.Workload.Channels - 1
	if e.k.Schedule.Algorithm == spec.Depthwise {
		last -= last % e.nest.Lanes
	} else {
		last -= last % e.k.Schedule.UnrollChannels
	}
	kernel := e.k.Workload.Kernel
	return EntryOffset(e.k, last, [3]int{kernel[0] - 1, kernel[1] - 1, kernel[2] - 1})
}
