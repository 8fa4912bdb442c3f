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
	end := "store"
	if a := w.Epilogue.Activation; a.Function != "" {
		end = string(a.Function) + ", " + end
	}
	if w.Epilogue.Residual {
		end = "add residual, " + end
	}
	line(depth+1, "%s", end)
	return b.String(), nil
}
