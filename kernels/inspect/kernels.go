package inspect

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
)

// Kernels compiles kernels and gives the loops of each one's register tiles, the full tile first.
func Kernels(ctx context.Context, t toolchain.Toolchain, kernels []conv.Kernel) ([][]Loop, error) {
	info, err := isa.Of(t.Target.ISA, t.Target.DataType)
	if err != nil {
		return nil, fmt.Errorf("inspect kernels: %w", err)
	}
	const file = "kernels.c"
	var source bytes.Buffer
	w := cwriter.New(&source)
	w.Line("#include %q", info.Header)
	for i, k := range kernels {
		if err := conv.Emit(w, info, symbol(i), k); err != nil {
			return nil, fmt.Errorf("inspect kernels: %w", err)
		}
		w.Line("const void *const used_%s = (const void *)%s;", symbol(i), symbol(i))
	}
	if err := w.Err(); err != nil {
		return nil, fmt.Errorf("inspect kernels: %w", err)
	}
	assembly, err := t.Assemble(ctx, map[string][]byte{file: source.Bytes(), info.Header: isa.Header(info)}, file)
	if err != nil {
		return nil, fmt.Errorf("inspect kernels: %w", err)
	}
	loops := make([][]Loop, len(kernels))
	for _, l := range Loops(assembly) {
		var i int
		if _, err := fmt.Sscanf(l.Function, "kernel%d_", &i); err != nil || i < 0 || i >= len(kernels) {
			continue
		}
		l.Function = strings.TrimPrefix(l.Function, symbol(i)+"_")
		loops[i] = append(loops[i], l)
	}
	for i, k := range kernels {
		if len(loops[i]) == 0 {
			return nil, fmt.Errorf("inspect kernel %s: the assembly has no loop with multiply-adds", k.Schedule.Name())
		}
	}
	return loops, nil
}

func symbol(i int) string { return fmt.Sprintf("kernel%d", i) }
