package conv

import (
	"fmt"
	"strings"
)

// products writes the step that multiplies a band at every point: output depths first … last - 1, tiles
// of one plane.
func (e *emitter) products(g Winograd, tiles *emitter) {
	w, n, s := e.w, g.Product, e.k.Schedule
	w.Line("/* Depths first to last - 1 of `count` tiles each: multiplies at every point. */")
	w.Open("static void %s_products(const rt3d_value *u, const rt3d_value *x, rt3d_value *m, int32_t *offsets, int first, int last, int count) {", e.symbol)
	w.Line("static const float zero[%d * RT3D_LANES] = {0.0f};", n.Filters)
	e.offsets(g)
	w.Line("const int pieces = (count + %d) / %d;", s.TileWidth-1, s.TileWidth)
	w.Open("for (int point = 0; point < %d; ++point, x += %d, m += %d) {", g.Points, g.inputPoint, g.productPoint)
	w.Open("for (int filter = 0; filter < %d; ++filter) {", n.FilterBlocks)
	w.Line("const int vector = %s, vectors = %s;", tiles.firstVector(), tiles.vectors())
	groups := fmt.Sprint(g.Groups)
	list := fmt.Sprintf("offsets + (d - first) * %d", g.Kernel*g.Groups)
	if n.ChannelBlocks > 1 {
		w.Open("for (int channel = 0; channel < %d; ++channel) {", n.ChannelBlocks)
		list += fmt.Sprintf(" + channel * %d", g.Kernel*g.BlockGroups)
		groups = fmt.Sprint(g.BlockGroups)
		if g.Groups%g.BlockGroups != 0 {
			w.Line("const int groups = channel < %d ? %d : %d;", n.ChannelBlocks-1, g.BlockGroups, g.Groups-(n.ChannelBlocks-1)*g.BlockGroups)
			groups = "groups"
		}
		w.Line("const int part = (channel == 0 ? 1 : 0) | (channel == %d ? 2 : 0);", n.ChannelBlocks-1)
	}
	w.Open("for (int d = first; d < last; ++d) {")
	low, high := "0", fmt.Sprint(g.Kernel)
	if e.clipsDepth(g) {
		low, high = "low", "high"
		e.kernelDepths(g)
	}
	w.Line("const rt3d_run runs[2] = {{%s * %s, (%s - %s) * %s, 0}, {0, 0, 0}};", low, groups, high, low, groups)
	w.Line("rt3d_value *y = m + (ptrdiff_t)vector * %d + (ptrdiff_t)(d - first) * %d;", g.productVector, g.productDepth)
	w.Open("for (int piece = 0; piece < pieces; ++piece) {")
	e.callTile(g, tiles, list)
	w.Close()
	w.Close()
	w.Line("u += (ptrdiff_t)%s * (vectors * %d * RT3D_LANES);", groups, g.Kernel*s.UnrollChannels)
	if n.ChannelBlocks > 1 {
		w.Close()
	}
	w.Close()
	w.Close()
	w.Close()
	w.Line("")
}

// vectors prints the number of filter vectors in a filter block.
func (e *emitter) vectors() string {
	n := e.nest
	if len(n.Rest) == 0 {
		return fmt.Sprint(n.Filters)
	}
	text := fmt.Sprint(n.Rest[len(n.Rest)-1])
	if len(n.Rest) > 1 && n.Rest[0] != n.Rest[1] {
		text = fmt.Sprintf("filter == %d ? %d : %s", n.FullBlocks, n.Rest[0], text)
	}
	if n.FullBlocks > 0 {
		text = fmt.Sprintf("filter < %d ? %d : %s", n.FullBlocks, n.Filters, text)
	}
	return text
}

// offsets writes the kept lists of a band: channel groups of each kernel depth, which lie in the slots
// by turns.
func (e *emitter) offsets(g Winograd) {
	w, n := e.w, g.Product
	w.Line("int32_t *entry = offsets;")
	w.Open("for (int d = first; d < last; ++d) {")
	from, to := "0", fmt.Sprint(e.k.Workload.Channels)
	if n.ChannelBlocks > 1 {
		from = "channel"
		to = fmt.Sprintf("rt3d_least(%d, channel + %d)", e.k.Workload.Channels, n.ChannelBlock)
		w.Open("for (int channel = 0; channel < %d; channel += %d) {", e.k.Workload.Channels, n.ChannelBlock)
	}
	slot := fmt.Sprintf("d %% %d", g.Slots)
	if g.Kernel > 1 {
		w.Open("for (int k = 0; k < %d; ++k) {", g.Kernel)
		slot = fmt.Sprintf("(d + k) %% %d", g.Slots)
	}
	w.Open("for (int c = %s; c < %s; c += %d) {", from, to, e.k.Schedule.UnrollChannels)
	w.Line("*entry++ = %s * %d + c / RT3D_LANES * %d + c %% RT3D_LANES;", slot, g.inputSlot, g.inputBlock)
	w.Close()
	if g.Kernel > 1 {
		w.Close()
	}
	if n.ChannelBlocks > 1 {
		w.Close()
	}
	w.Close()
}

// clipsDepth tells whether depths of the kernel may fall on padding, which is neither transformed nor
// multiplied. An algorithm that transforms depth has the padding in its windows.
func (e *emitter) clipsDepth(g Winograd) bool {
	w := e.k.Workload
	return g.Window[0] == 1 && (w.PadBegin[0] > 0 || w.Output()[0]+w.Kernel[0]-1 > w.Input[0])
}

// kernelDepths writes the range of kernel depths of output depth d that do not fall on padding.
func (e *emitter) kernelDepths(g Winograd) {
	pad, depth := e.k.Workload.PadBegin[0], e.k.Workload.Input[0]
	e.w.Line("const int low = rt3d_most(0, rt3d_least(%d, %d - d)), high = rt3d_most(low, rt3d_least(%d, %d - d));", g.Kernel, pad, g.Kernel, depth+pad)
}

// callTile writes the choice of the register tile for a piece's width and the filter block.
func (e *emitter) callTile(g Winograd, tiles *emitter, list string) {
	w := e.w
	arguments := fmt.Sprintf("x + at * RT3D_LANES, %s, u, runs, zero, y + at * RT3D_LANES", list)
	if g.Product.ChannelBlocks > 1 {
		arguments += ", part"
	}
	w.Line("const int at = count * piece / pieces;")
	bodies := g.bodies(tiles)
	if strings.Contains(bodies[0].condition, "width") {
		w.Line("const int width = count * (piece + 1) / pieces - at;")
	}
	for i, b := range bodies {
		e.choice(i, len(bodies), b.condition, fmt.Sprintf("%s(%s);", tiles.bodyName(b.body), arguments))
	}
}
