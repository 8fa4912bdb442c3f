package gram

import (
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// Patches are the inputs of a convolution, or of some of its channels, on several clips, seen at a box of
// output positions of each clip.
type Patches struct {
	channels                      int
	kernel, stride, dilation, pad [3]int
	in, box                       [3]int
	clips                         []clip
}

// clip is one input with channels last, [D][H][W][channels], and where its box of outputs starts.
type clip struct {
	x     []float32
	first [3]int
}

// Boxes are the output positions that are looked at: a box of Size (depth, height, width) in each clip,
// from First on.
type Boxes struct {
	Size  [3]int
	First [][3]int
}

// NewBoxes chooses boxes for n clips: all of an output of shape out, or as large a box as leaves at most
// `most` positions in all clips together, at random places.
func NewBoxes(out model.Shape, n, most int, seed uint64) Boxes {
	size := [3]int{out.D, out.H, out.W}
	all := size
	var first [][3]int
	for n*size[0]*size[1]*size[2] > most && size != [3]int{1, 1, 1} {
		longest := 0
		for i := range size {
			if size[i] > size[longest] {
				longest = i
			}
		}
		size[longest]--
	}
	r := rand.New(rand.NewPCG(seed, 0x626f786573))
	for range n {
		var at [3]int
		for i := range at {
			at[i] = r.IntN(all[i] - size[i] + 1)
		}
		first = append(first, at)
	}
	return Boxes{size, first}
}

// NewPatches takes channels [from, to) of inputs of shape in (row-major C, D, H, W), one for each box, that
// convolution c reads.
func NewPatches(c *model.Conv, in model.Shape, inputs [][]float32, channels [2]int, boxes Boxes) *Patches {
	from, to := channels[0], channels[1]
	p := &Patches{
		channels: to - from, kernel: c.Kernel, stride: c.Stride, dilation: c.Dilation, pad: c.PadBegin,
		in: [3]int{in.D, in.H, in.W}, box: boxes.Size,
	}
	for i, x := range inputs {
		p.clips = append(p.clips, clip{channelsLast(x, in, from, to), boxes.First[i]})
	}
	return p
}

// channelsLast turns [C][positions] into [positions][to − from].
func channelsLast(x []float32, s model.Shape, from, to int) []float32 {
	plane, n := s.D*s.H*s.W, to-from
	y := make([]float32, plane*n)
	for c := range n {
		for i, v := range x[(from+c)*plane : (from+c+1)*plane] {
			y[i*n+c] = v
		}
	}
	return y
}

// Cut takes the box of clip i out of filters [from, to) of its output of shape s (row-major C, D, H, W), as
// [positions][to − from].
func (b Boxes) Cut(i int, y []float32, s model.Shape, filters [2]int) []float32 {
	size, first, from, to := b.Size, b.First[i], filters[0], filters[1]
	n := to - from
	out := make([]float32, 0, n*size[0]*size[1]*size[2])
	for d := range size[0] {
		for h := range size[1] {
			for w := range size[2] {
				at := ((first[0]+d)*s.H+first[1]+h)*s.W + first[2] + w
				for f := from; f < to; f++ {
					out = append(out, y[f*s.D*s.H*s.W+at])
				}
			}
		}
	}
	return out
}

// Columns is the length of a patch.
func (p *Patches) Columns() int { return p.channels * p.positions() }

func (p *Patches) positions() int { return p.kernel[0] * p.kernel[1] * p.kernel[2] }

// Count is the number of patches.
func (p *Patches) Count() int { return len(p.clips) * p.box[0] * p.box[1] * p.box[2] }

// rows that are multiplied at a time.
const rows = 512

// matrix is a row-major n × m matrix over data.
func matrix(n, m int, data []float32) blas32.General {
	return blas32.General{Rows: n, Cols: m, Stride: m, Data: data}
}

// product collects rows of two matrices and adds the product of the first, transposed, and the second.
type product struct {
	a, b []float32
	n, m int // their columns
	sum  []float32
	rows int // added so far
}

func newProduct(n, m int) *product {
	return &product{a: make([]float32, 0, rows*n), b: make([]float32, 0, rows*m), n: n, m: m, sum: make([]float32, n*m)}
}

func (p *product) add(a, b []float32) {
	p.a, p.b = append(p.a, a...), append(p.b, b...)
	p.rows++
	if len(p.a) == cap(p.a) {
		p.flush()
	}
}

func (p *product) flush() {
	if n := len(p.a) / p.n; n > 0 {
		blas32.Gemm(blas.Trans, blas.NoTrans, 1, matrix(n, p.n, p.a), matrix(n, p.m, p.b), 1, matrix(p.n, p.m, p.sum))
		p.a, p.b = p.a[:0], p.b[:0]
	}
}

// reset forgets the sum.
func (p *product) reset() {
	clear(p.sum)
	p.rows = 0
}

// Gram is Σ z·zᵀ over all patches z: Columns × Columns, row-major.
func (p *Patches) Gram() []float32 {
	size := p.Columns()
	g := make([]float32, size*size)
	var axes [3][]shift
	for i := range axes {
		axes[i] = shifts(p.kernel[i], p.stride[i], p.dilation[i], p.box[i])
	}
	group := new(errgroup.Group)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, d := range axes[0] {
		for _, h := range axes[1] {
			for _, w := range axes[2] {
				if before([3]int{d.distance, h.distance, w.distance}) {
					continue // the mirror image of another
				}
				group.Go(func() error { // distances write to blocks of their own
					p.distance(g, d, h, w)
					return nil
				})
			}
		}
	}
	_ = group.Wait() // nothing in it fails
	return g
}

// before tells that a distance comes before nothing: its first part that is not 0 is negative.
func before(d [3]int) bool {
	for _, v := range d {
		if v != 0 {
			return v < 0
		}
	}
	return false
}

// distance adds what two kernel positions a distance apart have to do with each other.
func (p *Patches) distance(g []float32, d, h, w shift) {
	sum := newProduct(p.channels, p.channels)
	away := [3]int{d.distance, h.distance, w.distance}
	for _, ad := range d.atoms {
		for _, ah := range h.atoms {
			for _, aw := range w.atoms {
				sum.reset()
				for _, c := range p.clips {
					p.collect(sum, c, [3][]int{ad.places, ah.places, aw.places}, away)
				}
				sum.flush()
				if sum.rows == 0 {
					continue // padding all over
				}
				for _, pd := range ad.pairs {
					for _, ph := range ah.pairs {
						for _, pw := range aw.pairs {
							p.place(g, sum.sum, p.position(pd[0], ph[0], pw[0]), p.position(pd[1], ph[1], pw[1]))
						}
					}
				}
			}
		}
	}
}

func (p *Patches) position(d, h, w int) int { return (d*p.kernel[1]+h)*p.kernel[2] + w }

// collect adds the products of a clip at some places with what lies away from them, where neither is padding.
func (p *Patches) collect(sum *product, c clip, places [3][]int, away [3]int) {
	at := func(axis, place int) (int, bool) {
		q := place + c.first[axis]*p.stride[axis] - p.pad[axis]
		return q, q >= 0 && q < p.in[axis] && q+away[axis] >= 0 && q+away[axis] < p.in[axis]
	}
	n := p.channels
	offset := ((away[0]*p.in[1]+away[1])*p.in[2] + away[2]) * n
	for _, pd := range places[0] {
		qd, ok := at(0, pd)
		if !ok {
			continue
		}
		for _, ph := range places[1] {
			qh, ok := at(1, ph)
			if !ok {
				continue
			}
			for _, pw := range places[2] {
				if qw, ok := at(2, pw); ok {
					i := ((qd*p.in[1]+qh)*p.in[2] + qw) * n
					sum.add(c.x[i:i+n], c.x[i+offset:i+offset+n])
				}
			}
		}
	}
}

// place adds a block of products of kernel positions a and b, and its mirror image.
func (p *Patches) place(g, block []float32, a, b int) {
	n, size := p.channels, p.Columns()
	for i := range n {
		row := g[(a*n+i)*size+b*n:]
		for j, v := range block[i*n : (i+1)*n] {
			row[j] += v
			if a != b {
				g[(b*n+j)*size+a*n+i] += v
			}
		}
	}
}

// eachRow visits the patches' values at one kernel position: the index of the patch, and the channels.
// Patches that see padding there are left out.
func (p *Patches) eachRow(position int, visit func(patch int, x []float32)) {
	k := [3]int{position / (p.kernel[1] * p.kernel[2]), position / p.kernel[2] % p.kernel[1], position % p.kernel[2]}
	n, patch := p.channels, 0
	at := func(c clip, axis, out int) (int, bool) {
		q := (out+c.first[axis])*p.stride[axis] + k[axis]*p.dilation[axis] - p.pad[axis]
		return q, q >= 0 && q < p.in[axis]
	}
	for _, c := range p.clips {
		for d := range p.box[0] {
			qd, inD := at(c, 0, d)
			for h := range p.box[1] {
				qh, inH := at(c, 1, h)
				for w := range p.box[2] {
					if qw, inW := at(c, 2, w); inD && inH && inW {
						i := ((qd*p.in[1]+qh)*p.in[2] + qw) * n
						visit(patch, c.x[i:i+n])
					}
					patch++
				}
			}
		}
	}
}

// eachPosition runs work for every kernel position, side by side.
func (p *Patches) eachPosition(work func(position int)) {
	group := new(errgroup.Group)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for k := range p.positions() {
		group.Go(func() error {
			work(k)
			return nil
		})
	}
	_ = group.Wait() // nothing in it fails
}

// Cross is Σ z·eᵀ over all patches z and errors e, which are given as [patches][m]: Columns × m.
func (p *Patches) Cross(e []float32, m int) []float32 {
	cross := make([]float32, p.Columns()*m)
	n := p.channels
	p.eachPosition(func(k int) {
		sum := newProduct(n, m)
		p.eachRow(k, func(patch int, x []float32) { sum.add(x, e[patch*m:(patch+1)*m]) })
		sum.flush()
		copy(cross[k*n*m:(k+1)*n*m], sum.sum)
	})
	return cross
}

// Sum is Σ z over all patches.
func (p *Patches) Sum() []float64 {
	sum := make([]float64, p.Columns())
	p.eachPosition(func(k int) {
		part := sum[k*p.channels : (k+1)*p.channels]
		p.eachRow(k, func(_ int, x []float32) {
			for i, v := range x {
				part[i] += float64(v)
			}
		})
	})
	return sum
}

// Subtract takes away from errors e, [patches][m], what weights w, Columns × m, add to the outputs.
func (p *Patches) Subtract(e []float32, w []float32, m int) {
	n := p.channels
	for k := range p.positions() { // one after the other: all change the same errors
		weights := matrix(n, m, w[k*n*m:(k+1)*n*m])
		x := make([]float32, 0, rows*n)
		var at []int
		flush := func() {
			if len(at) == 0 {
				return
			}
			y := matrix(len(at), m, make([]float32, len(at)*m))
			blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, matrix(len(at), n, x), weights, 0, y)
			for i, patch := range at {
				for j, v := range y.Data[i*m : (i+1)*m] {
					e[patch*m+j] -= v
				}
			}
			x, at = x[:0], at[:0]
		}
		p.eachRow(k, func(patch int, row []float32) {
			x, at = append(x, row...), append(at, patch)
			if len(at) == rows {
				flush()
			}
		})
		flush()
	}
}
