package network

import (
	"slices"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// pooled is a pooling that runs with the convolution in front of it: the convolution computes some rows, which
// stay in cache while the pooling reads them, and its whole output is never in memory.
type pooled struct {
	op  *model.Pool
	out layout // of the pooling
	// A unit of work is so many depths and rows of the convolution's output; a plane has so many units.
	depths, rows, planeUnits int
	// Bands of the convolution: rows of each, and how many a depth has.
	bandRows, depthBands int
	values               int // that a thread keeps
}

const (
	// leastPooledBytes is the output of a convolution from which it is worth it: smaller ones stay in the
	// cache by themselves.
	leastPooledBytes = 2 << 20
	// mostKeptBytes of a unit, a part of a core's second cache.
	mostKeptBytes = 192 << 10
)

// fusePools lets convolutions do the pooling that alone reads them, where that saves more memory traffic
// than reading the weights for each unit costs. Which output is summed in which order stays the same.
func (p *Plan) fusePools(l *Lowered) {
	for _, pool := range slices.Clone(p.Steps) {
		op, ok := pool.Op.(*model.Pool)
		if !ok {
			continue
		}
		at := slices.IndexFunc(p.Steps, func(s *Step) bool { return s.Conv() != nil && s.Operation.Output == pool.Operation.Inputs[0] })
		if at < 0 {
			continue
		}
		s := p.Steps[at]
		if _, readers := l.of(s.Operation.Output); readers != 1 || s.Output.buffer.parent != nil || s.Output.buffer.Layout.Shape != s.Output.Shape {
			continue
		}
		f := p.pooling(s, op, pool.Output.Layout())
		if f == nil {
			continue
		}
		p.Buffers = slices.DeleteFunc(p.Buffers, func(b *Buffer) bool { return b == s.Output.buffer })
		s.Workspace = &Buffer{Value: "rows of " + s.Name, ValueBytes: p.Info.DataType.Bytes(),
			Layout: spec.Layout{Shape: model.Shape{C: 1, D: 1, H: p.Threads, W: f.values}, Block: 1}}
		p.Buffers = append(p.Buffers, s.Workspace)
		s.Pooled, s.Output = f, pool.Output
		s.Kernel.Output = f.kept(s.Kernel)
		joined := *s.Operation
		joined.Nodes = slices.Concat(s.Nodes, pool.Nodes)
		s.Operation = &joined
		p.Steps = slices.DeleteFunc(p.Steps, func(other *Step) bool { return other == pool })
	}
}

// pooling cuts a convolution's output into units, or is nil where the two should run one after another.
func (p *Plan) pooling(s *Step, op *model.Pool, out layout) *pooled {
	k, in := s.Kernel, s.Output.Shape
	if k.Schedule.Algorithm != spec.Direct && k.Schedule.Algorithm != spec.Depthwise {
		return nil
	}
	for i, size := range [2][2]int{{in.D, out.Shape.D}, {in.H, out.Shape.H}} { // windows that share no row
		if op.Kernel[i] != op.Stride[i] || op.PadBegin[i] != 0 || size[0] != size[1]*op.Stride[i] {
			return nil
		}
	}
	nest := conv.NestOf(p.Info, k)
	f := &pooled{op: op, out: out, depths: op.Stride[0], depthBands: nest.Slabs}
	var even bool
	if f.bandRows, even = nest.BandRows(); !even {
		return nil
	}
	rowBytes := k.Output.Blocks() * k.Output.Block * in.W * f.depths * p.Info.DataType.Bytes()
	least := leastCommonMultiple(f.bandRows, op.Stride[1])
	for rows := least; rows <= in.H && rows*rowBytes <= mostKeptBytes; rows += least {
		if in.H%rows == 0 {
			f.rows = rows
		}
	}
	if f.rows == 0 {
		return nil
	}
	f.planeUnits = in.H / f.rows
	outBytes := int64(rowBytes/f.depths) * int64(in.D*in.H)
	weightBytes := int64(s.Conv().WeightCount() * p.Info.DataType.Bytes())
	if outBytes < leastPooledBytes || 2*weightBytes*int64(f.units()) > outBytes {
		return nil
	}
	kept := f.kept(k)
	f.values = (kept.Values() + 15) / 16 * 16 // threads share no cache line
	return f
}

// units of the whole output.
func (f *pooled) units() int { return f.out.Shape.D * f.planeUnits }

// kept is the layout of a unit.
func (f *pooled) kept(k conv.Kernel) layout {
	return layout{Shape: k.Output.Shape, Block: k.Output.Block, Kept: [3]int{f.depths, f.rows, 0}}
}

func leastCommonMultiple(a, b int) int {
	for m := a; ; m += a {
		if m%b == 0 {
			return m
		}
	}
}

// emitPooled writes the body of a step that convolves and pools unit by unit.
func (p *Plan) emitPooled(e *emitter, t *cwriter.Writer, s *Step, symbol, x, residual string) error {
	f, kept := s.Pooled, s.Kernel.Output
	pool, err := e.poolRows(f.op, kept, f.out)
	if err != nil {
		return err
	}
	_, depth, row, _ := kept.Strides()
	t.Line("rt3d_value *kept = %s + (ptrdiff_t)part->thread * %d;", arenaAt(s.Workspace.Offset/int64(p.Info.DataType.Bytes())), f.values)
	t.Line("const int end = (int)((int64_t)%d * part->to / part->of);", f.units())
	t.Open("for (int unit = (int)((int64_t)%d * part->from / part->of); unit < end; ++unit) {", f.units())
	t.Line("const int plane = unit / %d, h = unit %% %d * %d;", f.planeUnits, f.planeUnits, f.rows)
	t.Line("rt3d_value *y = kept - ((ptrdiff_t)plane * %d + (ptrdiff_t)h * %d);", f.depths*depth, row)
	t.Open("for (int d = plane * %d; d < (plane + 1) * %d; ++d) {", f.depths, f.depths)
	t.Line("const int band = d * %d + h / %d;", f.depthBands, f.bandRows)
	t.Line("%s_bands(%s, y, %s, section(c->blob, %d), band, band + %d);", symbol, x, residual, s.Section, f.rows/f.bandRows)
	t.Close()
	t.Line("%s(y, %s, plane, h / %d, %d);", pool, arenaAt(s.Output.Start()), f.op.Stride[1], f.rows/f.op.Stride[1])
	t.Close()
	return nil
}

// poolRows emits the pooling of some rows of one depth, all channels.
func (e *emitter) poolRows(op *model.Pool, in, out layout) (string, error) {
	type key struct {
		op      model.Pool
		in, out layout
	}
	return e.once("pool_rows", key{*op, in, out}, func(symbol string) error {
		w := e.w
		w.Line("/* %s %s of %s -> %s */", op.Function, window(op), describe(in), describe(out))
		w.Open("static void %s(const rt3d_value *x, rt3d_value *y, int d, int first, int rows) {", symbol)
		w.Open("for (int b = 0; b < %d; ++b) {", out.Blocks())
		w.Open("for (int h = first; h < first + rows; ++h) {")
		e.poolRow(op, in, out)
		for range 3 {
			w.Close()
		}
		return nil
	})
}
