package motion

// canvas is a frame in the making, brightness in 1/4096.
type canvas [Size * Size]int32

// texels is the side of a grid of random brightness; a patch shows one stretched over a disc.
const texels = 8

// grid is a random texture that closes on itself at its borders, in 1/4096.
type grid [texels * texels]int32

func newGrid(r source) *grid {
	var g grid
	for i := range g {
		g[i] = r.around(full)
	}
	return &g
}

// at interpolates bilinearly between texels; x and y are in 1/1024 texel.
func (g *grid) at(x, y int32) int32 {
	const m = texels - 1
	i, j := x>>10&m, y>>10&m
	fx, fy := x&1023, y&1023
	top := g[j*texels+i]*(1024-fx) + g[j*texels+(i+1)&m]*fx
	low := g[(j+1)&m*texels+i]*(1024-fx) + g[(j+1)&m*texels+(i+1)&m]*fx
	return ((top>>10)*(1024-fy) + (low>>10)*fy) >> 10
}

// paintGrid fills the canvas with g stretched over the whole torus and moved by (x, y).
func (c *canvas) paintGrid(g *grid, x, y, contrast int32) {
	const perPixel = 1024 * texels / Size
	for row := range int32(Size) {
		v := row*perPixel - y*perPixel/one
		for col := range int32(Size) {
			u := col*perPixel - x*perPixel/one
			c[row*Size+col] = g.at(u, v) * contrast >> 12
		}
	}
}

// cells is the side of a patch; patchReach is how many cells lie between its centre and its rim.
const (
	cells      = 33
	patchReach = 16
)

// patch is a blob's texture inside a soft elliptic window, in 1/4096. Its rim is zero.
type patch [cells * cells]int32

// newPatch draws a texture of either sign, so that brightness alone does not give the blob away, and
// an ellipse of random shape.
func newPatch(r source) *patch {
	g := newGrid(r)
	base := r.sign() * full * 4 / 10
	a, b := 160+r.below(97), 160+r.below(97) // half axes, in 1/256 of the radius
	var p patch
	for j := range int32(cells) {
		for i := range int32(cells) {
			u := (i - patchReach) * 16 * 256 / a // in 1/256
			v := (j - patchReach) * 16 * 256 / b
			d := 65536 - u*u - v*v // 1 - r², in 1/65536
			if d <= 0 {
				continue
			}
			window := min(d*2, 65536) >> 4 // flat inside, falling to zero at the rim
			value := base + g.at(i*texels*1024/40, j*texels*1024/40)*5/4
			p[j*cells+i] = value * window >> 12
		}
	}
	return &p
}

// paintBlob adds b to the canvas.
func (c *canvas) paintBlob(b blob) {
	cos, sin := cosine(b.angle), sine(b.angle)
	// A step of one pixel in cells, in 1/1024, along and across.
	scale := int32(patchReach * 1024 * one / b.radius)
	du, dv := scale*(cos>>3)>>12, scale*(sin>>3)>>12
	reach := (b.radius + one - 1) / one
	x0, y0 := b.x>>8, b.y>>8
	fx, fy := b.x&(one-1), b.y&(one-1)
	const limit = 2 * patchReach * 1024
	for oy := -reach; oy <= reach+1; oy++ {
		row := (y0 + oy) & (Size - 1) * Size
		for ox := -reach; ox <= reach+1; ox++ {
			x, y := ox*one-fx, oy*one-fy
			u := (x*du+y*dv)>>8 + patchReach*1024
			v := (y*du-x*dv)>>8 + patchReach*1024
			if u < 0 || v < 0 || u >= limit || v >= limit {
				continue
			}
			at := v>>10*cells + u>>10
			fu, fv := u&1023, v&1023
			top := b.texture[at]*(1024-fu) + b.texture[at+1]*fu
			low := b.texture[at+cells]*(1024-fu) + b.texture[at+cells+1]*fu
			value := ((top>>10)*(1024-fv) + (low>>10)*fv) >> 10
			c[row+(x0+ox)&(Size-1)] += value * b.contrast >> 12
		}
	}
}

// store adds noise and rounds to bytes. The noise of a pixel is the sum of four uniform bytes, close
// to a normal distribution and bounded at 3.5 standard deviations.
func (c *canvas) store(r source, dst []byte) {
	const (
		mean = 4 * 255 / 2
		// The sum's standard deviation is sqrt(4·(256²-1)/12) = 147.80.
		scale = noise * 65536 / 14780 * 100
	)
	for i := 0; i < len(c); i += 2 {
		bits := r.pcg.Uint64()
		for k := range 2 {
			sum := int32(bits&255 + bits>>8&255 + bits>>16&255 + bits>>24&255)
			bits >>= 32
			v := (c[i+k] + int32(int64(sum-mean)*scale>>16) + 32) >> 6
			dst[i+k] = byte(max(0, min(255, v+128)))
		}
	}
}
