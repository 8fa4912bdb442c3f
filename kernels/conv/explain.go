package conv

import (
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Explain prints the loop nest of a kernel for people, outermost loop first.
func Explain(info isa.Info, k Kernel) (string, error) {
	if err := Check(info, k); err != nil {
		return "", err
	}
	e := &emitter{info: info, k: k, nest: NestOf(info, k)}
	n, w, s := e.nest, k.Workload, k.Schedule
	out := w.Output()
	var b strings.Builder
	line := func(depth int, format string, args ...any) {
		fmt.Fprintf(&b, "%s%s\n", strings.Repeat("  ", depth), fmt.Sprintf(format, args...))
	}
	line(0, "%s", w.Name())
	line(0, "%s on %s: %d channels to %d filters, output %dx%dx%d", s.Name(), info.Name, w.Channels, w.Filters, out[0], out[1], out[2])
	if s.Algorithm.Winograd() {
		e.explainWinograd(line)
		return b.String(), nil
	}
	line(0, "threads share %d chunks of filters × %d bands by kept entries", n.Chunks, n.Bands)
	depth := 1
	for _, l := range e.loops() {
		line(depth, "for %s: %s", l.variable, l.says)
		depth++
	}
	var sizes []string
	for _, t := range e.bodies() {
		sizes = append(sizes, fmt.Sprintf("%dx%dx%d", t.width, t.rows, t.filters))
	}
	b0 := e.bodies()[0]
	line(depth, "tile: %s positions × rows × filter vectors of %d, %d registers", strings.Join(sizes, ", "), n.Lanes,
		info.Vector().Live(b0.positions(), b0.filters, s.UnrollChannels))
	line(depth+1, "accumulators from %s", map[bool]string{true: "the bias", false: "the bias, then from y"}[n.ChannelBlocks == 1])
	switch {
	case s.Algorithm == spec.Depthwise:
		line(depth+1, "for each kept kernel position: a vector of weights × a vector of channels per output position")
	case e.byLane():
		line(depth+1, "for each kept (group of %d channels, kernel position): filters × activations by lane", s.UnrollChannels)
	default:
		line(depth+1, "for each kept (group of %d channels, kernel position): filters × broadcast activations", s.UnrollChannels)
	}
	line(depth+1, "%s", e.explainEnd())
	return b.String(), nil
}

// explainEnd says what happens to a complete sum.
func (e *emitter) explainEnd() string {
	epilogue, end := e.k.Workload.Epilogue, "store"
	if a := epilogue.Activation; a.Function != "" {
		end = string(a.Function) + ", " + end
	}
	if epilogue.Residual {
		end = "add residual, " + end
	}
	return end
}

// explainWinograd prints the steps of a band.
func (e *emitter) explainWinograd(line func(depth int, format string, args ...any)) {
	g := WinogradOf(e.info, e.k)
	n, s := g.Product, e.k.Schedule
	_, _, floats := g.workspace()
	line(0, "threads share %d bands: slabs of tile rows: %s × depths: %d blocks of %d; %d KiB of scratch memory each",
		g.Rows.Count()*g.DepthBlocks, g.Rows, g.DepthBlocks, g.Depths, floats*4/1024)
	line(1, "for each window of %s and channel block of %d, %d of them a plane: into %d points", sizes(g.Window), n.Lanes, g.Positions, g.Points)
	line(1, "for point, filter: %d points, %d filter blocks of %d filters", g.Points, n.FilterBlocks, n.Filters*n.Lanes)
	depth := 2
	if n.ChannelBlocks > 1 {
		line(depth, "for channel: %d channel blocks of %d channels", n.ChannelBlocks, n.ChannelBlock)
		depth++
	}
	line(depth, "for d: %d depth(s)", g.Depths)
	var tiles []string
	bodies := g.bodies(g.tiles(e))
	for _, b := range bodies {
		tiles = append(tiles, fmt.Sprintf("%dx%d", b.width, b.filters))
	}
	b := bodies[0]
	line(depth+1, "tile: %s windows × filter vectors of %d, %d registers", strings.Join(tiles, ", "), n.Lanes, e.info.Vector().Live(b.width, b.filters, s.UnrollChannels))
	line(depth+2, "for each (group of %d channels, kernel depth of %d): filters × activations", s.UnrollChannels, g.Kernel)
	line(1, "for each tile of %s outputs and filter vector: out of the points, add bias, %s", sizes(g.Tile), e.explainEnd())
}

func sizes(s [3]int) string { return fmt.Sprintf("%dx%dx%d", s[0], s[1], s[2]) }
