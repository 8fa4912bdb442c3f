package gram

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// unfolded lists the patches one by one, as the definition has them.
func unfolded(c *model.Conv, in model.Shape, inputs [][]float32, from, to int, box [3]int, first [][3]int) [][]float64 {
	var patches [][]float64
	for i, x := range inputs {
		for d := range box[0] {
			for h := range box[1] {
				for w := range box[2] {
					out := [3]int{first[i][0] + d, first[i][1] + h, first[i][2] + w}
					var z []float64
					for kd := range c.Kernel[0] {
						for kh := range c.Kernel[1] {
							for kw := range c.Kernel[2] {
								k := [3]int{kd, kh, kw}
								var q [3]int
								for a := range q {
									q[a] = out[a]*c.Stride[a] + k[a]*c.Dilation[a] - c.PadBegin[a]
								}
								inside := q[0] >= 0 && q[0] < in.D && q[1] >= 0 && q[1] < in.H && q[2] >= 0 && q[2] < in.W
								for n := from; n < to; n++ {
									v := 0.0
									if inside {
										v = float64(x[((n*in.D+q[0])*in.H+q[1])*in.W+q[2]])
									}
									z = append(z, v)
								}
							}
						}
					}
					patches = append(patches, z)
				}
			}
		}
	}
	return patches
}

func TestSumsAreThoseOfUnfoldedPatches(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []model.Conv{
		{Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}},
		{Kernel: [3]int{3, 3, 3}, Stride: [3]int{2, 2, 2}, Dilation: [3]int{1, 1, 1}, PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}},
		{Kernel: [3]int{1, 3, 2}, Stride: [3]int{1, 1, 2}, Dilation: [3]int{1, 2, 3}, PadBegin: [3]int{0, 2, 0}, PadEnd: [3]int{0, 2, 3}},
		{Kernel: [3]int{2, 5, 4}, Stride: [3]int{1, 3, 2}, Dilation: [3]int{2, 1, 1}, PadBegin: [3]int{0, 0, 2}, PadEnd: [3]int{1, 0, 1}},
		{Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}},
	} {
		c.Filters, c.Channels, c.Groups = 4, 5, 1
		c.Weight = make([]float32, c.WeightCount())
		in := model.Shape{C: 5, D: 4, H: 6, W: 7}
		out, err := c.Infer([]model.Shape{in})
		if err != nil {
			t.Fatal(err)
		}
		inputs := make([][]float32, 3)
		for i := range inputs {
			inputs[i] = make([]float32, in.Count())
			for j := range inputs[i] {
				inputs[i][j] = float32(r.NormFloat64())
			}
		}
		for _, most := range []int{1 << 20, 3 * out.D * out.H * out.W / 3} {
			t.Run(fmt.Sprintf("%v,%v,%v/%d", c.Kernel, c.Stride, c.Dilation, most), func(t *testing.T) {
				boxes := NewBoxes(out, len(inputs), most, 7)
				p := NewPatches(&c, in, inputs, [2]int{1, 4}, boxes)
				want := unfolded(&c, in, inputs, 1, 4, boxes.Size, boxes.First)
				if p.Count() != len(want) || p.Columns() != len(want[0]) {
					t.Fatalf("%d patches of %d columns, want %d of %d", p.Count(), p.Columns(), len(want), len(want[0]))
				}
				if p.Count() > most {
					t.Errorf("%d patches, want at most %d", p.Count(), most)
				}
				const m = 2
				errs, weights := make([]float32, len(want)*m), make([]float32, p.Columns()*m)
				for i := range errs {
					errs[i] = float32(r.NormFloat64())
				}
				for i := range weights {
					weights[i] = float32(r.NormFloat64())
				}
				g, x, s := p.Gram(), p.Cross(errs, m), p.Sum()
				left := append([]float32(nil), errs...)
				p.Subtract(left, weights, m)
				size := p.Columns()
				for i := range size {
					sum := 0.0
					cross := [m]float64{}
					for k, z := range want {
						sum += z[i]
						for f := range m {
							cross[f] += z[i] * float64(errs[k*m+f])
						}
					}
					near(t, "sum", s[i], sum)
					for f := range m {
						near(t, "cross", float64(x[i*m+f]), cross[f])
					}
					for j := range size {
						sum := 0.0
						for _, z := range want {
							sum += z[i] * z[j]
						}
						near(t, fmt.Sprintf("gram %d,%d", i, j), float64(g[i*size+j]), sum)
					}
				}
				for k, z := range want {
					for f := range m {
						e := float64(errs[k*m+f])
						for i, v := range z {
							e -= v * float64(weights[i*m+f])
						}
						near(t, "error left", float64(left[k*m+f]), e)
					}
				}
			})
		}
	}
}

func near(t *testing.T, what string, have, want float64) {
	t.Helper()
	if math.Abs(have-want) > 1e-3 {
		t.Fatalf("%s: %g, want %g", what, have, want)
	}
}

func TestBoxesLieWithinTheOutput(t *testing.T) {
	out := model.Shape{C: 1, D: 4, H: 20, W: 10}
	boxes := NewBoxes(out, 10, 500, 3)
	size, first := boxes.Size, boxes.First
	if n := size[0] * size[1] * size[2]; n > 50 || n < 25 {
		t.Errorf("boxes of %v have %d positions, want nearly 50", size, n)
	}
	for _, f := range first {
		if f[0]+size[0] > out.D || f[1]+size[1] > out.H || f[2]+size[2] > out.W {
			t.Errorf("box of %v at %v leaves %v", size, f, out)
		}
	}
}
