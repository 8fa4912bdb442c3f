package reference

import "github.com/rt3d-tune/rt3d-tune/model"

// embed copies x into the volume out at an offset; what is around it stays as it is (zero), and what lies
// outside it is cut off.
func embed(s model.Shape, x []float64, to model.Shape, at [3]int, out []float64) {
	first, last := max(0, -at[2]), min(s.W, to.W-at[2])
	for c := range s.C {
		for d := max(0, -at[0]); d < min(s.D, to.D-at[0]); d++ {
			for h := max(0, -at[1]); h < min(s.H, to.H-at[1]); h++ {
				from := ((c*s.D+d)*s.H + h) * s.W
				dst := ((c*to.D+d+at[0])*to.H+h+at[1])*to.W + at[2]
				copy(out[dst+first:dst+last], x[from+first:from+last])
			}
		}
	}
}

// interleave puts each input, or each slice of the channels of a single one, on its positions.
func interleave(v *model.Interleave, shapes []model.Shape, in [][]float64, o model.Shape, out []float64) {
	for p := range v.Phases() {
		at := v.Phase(p)
		s := shapes[0]
		x := in[0]
		if len(in) > 1 {
			s, x = shapes[p], in[p]
		} else {
			s.C /= v.Phases()
			x = x[p*s.Count() : (p+1)*s.Count()]
		}
		i := 0
		for c := range s.C {
			for d := range s.D {
				for h := range s.H {
					row := ((c*o.D+d*v.Step[0]+at[0])*o.H+h*v.Step[1]+at[1])*o.W + at[2]
					for w := range s.W {
						out[row+w*v.Step[2]] = x[i]
						i++
					}
				}
			}
		}
	}
}

func permute(p *model.Permute, s model.Shape, x []float64, o model.Shape, out []float64) {
	strides := p.InputStrides(s)
	i := 0
	for c := range o.C {
		for d := range o.D {
			for h := range o.H {
				for w := range o.W {
					out[i] = x[c*strides[0]+d*strides[1]+h*strides[2]+w*strides[3]]
					i++
				}
			}
		}
	}
}

// resize adds up the (at most 2 × 2 × 2) neighbours of each output position.
func resize(r *model.Resize, s model.Shape, x []float64, o model.Shape, out []float64) {
	ds, hs, ws := r.Samples(0, s.D, o.D), r.Samples(1, s.H, o.H), r.Samples(2, s.W, o.W)
	parallel(o.C, func(c int) {
		volume := x[c*s.D*s.H*s.W:]
		i := c * o.D * o.H * o.W
		for _, d := range ds {
			for _, h := range hs {
				for _, w := range ws {
					out[i] = blend(d, func(z int) float64 {
						return blend(h, func(y int) float64 {
							row := volume[(z*s.H+y)*s.W:]
							return blend(w, func(x int) float64 { return row[x] })
						})
					})
					i++
				}
			}
		}
	})
}

// blend interpolates between two positions of one axis.
func blend(s model.Sample, at func(int) float64) float64 {
	if s.Weight == 0 {
		return at(s.Low)
	}
	return at(s.Low)*(1-s.Weight) + at(s.High)*s.Weight
}
