package inspect

import (
	"strings"
	"testing"
)

// TestLoops reads what gcc and clang write: nested loops, spills, jumps in both syntaxes.
func TestLoops(t *testing.T) {
	const clang = `
	.type	kernel0_2x1x1,@function
kernel0_2x1x1:                          // @kernel0_2x1x1
	sub	sp, sp, #16
.LBB0_1:                                // outer
	fmla	v9.4s, v1.4s, v2.s[0]
.LBB0_2:                                // =>This Inner Loop
	ldr	q1, [x1], #16
	str	q4, [sp, #16]                   // 16-byte Folded Spill
	fmla	v0.4s, v1.4s, v2.s[0]
	fmla	v3.8h, v1.8h, v2.h[1]
	fmadd	s0, s1, s2, s3
	subs	x2, x2, #1
	b.ne	.LBB0_2
	cbnz	x3, .LBB0_1
	ldr	q0, [sp]
	ret
	.size	kernel0_2x1x1, .-kernel0_2x1x1
	.type	copy,@function
copy:
.LBB1_1:
	ldr	q1, [x1], #16
	b.ne	.LBB1_1
	ret
`
	const gcc = `
	.type	kernel0_2x1x1.constprop.0, @function
kernel0_2x1x1.constprop.0:
.L2:
#APP
# 36 "rt3d_avx2.h" 1
	vfmadd231ps %ymm13, %ymm3, %ymm1
# 0 "" 2
#NO_APP
	vmovups	8(%rsp), %ymm3
	vfmadd132ps	(%rax), %ymm3, %ymm2
	vfmadd231ss	%xmm0, %xmm1, %xmm2
	cmpl	%eax, %edx
	jg	.L2
	vmovups	%ymm1, 40(%rsp)
	ret
`
	for _, c := range []struct {
		name, text                string
		instructions, fmas, stack int
	}{
		{"kernel0_2x1x1", clang, 7, 2, 1},
		{"kernel0_2x1x1.constprop.0", gcc, 6, 2, 1},
	} {
		loops := Loops(c.text)
		if len(loops) != 1 {
			t.Fatalf("%d loops, want 1: %+v", len(loops), loops)
		}
		l := loops[0]
		if l.Function != c.name || len(l.Text) != c.instructions || l.FMAs != c.fmas || l.StackAccesses != c.stack {
			t.Errorf("%s: %d instructions, %d multiply-adds, %d stack accesses: want %s, %d, %d, %d\n%s", l.Function, len(l.Text), l.FMAs,
				l.StackAccesses, c.name, c.instructions, c.fmas, c.stack, strings.Join(l.Text, "\n"))
		}
	}
}

// TestSharesTellLatencyFromThroughput: one accumulator waits for itself, sixteen do not.
func TestSharesTellLatencyFromThroughput(t *testing.T) {
	a := analyser(t)
	one := Loop{Text: []string{"fmla v0.4s, v30.4s, v31.s[0]", "fmla v0.4s, v30.4s, v31.s[1]"}, FMAs: 2}
	var many Loop
	for _, register := range strings.Fields("v0 v1 v2 v3 v4 v5 v6 v7 v16 v17 v18 v19 v20 v21 v22 v23") {
		many.Text = append(many.Text, "fmla "+register+".4s, v30.4s, v31.s[0]")
		many.FMAs++
	}
	for _, core := range Cores("arm64") {
		shares, err := a.Shares(t.Context(), []Loop{one, many}, core)
		if err != nil {
			t.Fatal(err)
		}
		if shares[0] > 0.5 || shares[1] < 0.95 {
			t.Errorf("%s: one accumulator reaches %.2f of the limit, sixteen %.2f", core.Model, shares[0], shares[1])
		}
	}
}
