package accuracy

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// transform turns an image into one frame of a clip: resize so that the shorter side has a given
// length, cut the centre, normalise.
//
// Resizing is bilinear with half-pixel centres and without antialiasing, as OpenCV's INTER_LINEAR and
// torchvision's video presets do it: networks were trained on what those make of a large image. The
// longer side is rounded down and the crop's margin to even, as torchvision does.
type transform struct {
	resize, crop int
	mean, std    []float64
}

func newTransform(cfg Config) transform {
	t := transform{cfg.Resize, cfg.Crop, cfg.Mean, cfg.Std}
	if t.mean == nil {
		t.mean, t.std = []float64{0, 0, 0}, []float64{1, 1, 1}
	}
	return t
}

// channels is 3 (R, G, B) or 1 (luma).
func (t transform) channels() int { return len(t.mean) }

// resized is an image's size after resizing.
func (t transform) resized(b image.Rectangle) (h, w int) {
	h, w = b.Dy(), b.Dx()
	switch {
	case t.resize == 0:
		return h, w
	case h <= w:
		return t.resize, w * t.resize / h
	default:
		return h * t.resize / w, t.resize
	}
}

// size is an image's size after resizing and cropping.
func (t transform) size(b image.Rectangle) (h, w int, err error) {
	h, w = t.resized(b)
	if t.crop == 0 {
		return h, w, nil
	}
	if t.crop > h || t.crop > w {
		return 0, 0, fmt.Errorf("crop: %d: frames of %dx%d are %dx%d after resizing (width x height); want a smaller crop or a larger resize",
			t.crop, b.Dx(), b.Dy(), w, h)
	}
	return t.crop, t.crop, nil
}

// apply writes an image to frame d of a clip of shape s.
func (t transform) apply(img image.Image, clip []float32, d int, s model.Shape) {
	b := img.Bounds()
	h, w := t.resized(b)
	rows := taps(b.Dy(), h, margin(h, s.H), s.H)
	cols := taps(b.Dx(), w, margin(w, s.W), s.W)
	planes := t.planes(img)
	for c, plane := range planes {
		out := clip[(c*s.D+d)*s.H*s.W:]
		mean, scale := t.mean[c], 1/(255*t.std[c])
		for y, r := range rows {
			top, low := plane[r.first*b.Dx():], plane[r.second*b.Dx():]
			for x, k := range cols {
				upper := float64(top[k.first])*(1-k.weight) + float64(top[k.second])*k.weight
				lower := float64(low[k.first])*(1-k.weight) + float64(low[k.second])*k.weight
				value := upper*(1-r.weight) + lower*r.weight
				out[y*s.W+x] = float32((value - 255*mean) * scale)
			}
		}
	}
}

// planes splits an image into bytes per channel.
func (t transform) planes(img image.Image) [][]uint8 {
	b := img.Bounds()
	planes := make([][]uint8, t.channels())
	for c := range planes {
		planes[c] = make([]uint8, b.Dx()*b.Dy())
	}
	i := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			p := pixel(img, x, y)
			if len(planes) == 1 {
				// ITU-R BT.601 luma with libjpeg's and OpenCV's rounding.
				planes[0][i] = uint8((uint32(p.R)*19595 + uint32(p.G)*38470 + uint32(p.B)*7471 + 1<<15) >> 16)
			} else {
				planes[0][i], planes[1][i], planes[2][i] = p.R, p.G, p.B
			}
			i++
		}
	}
	return planes
}

// pixel reads a colour, without a conversion through 16 bits for the types that decoders return.
func pixel(img image.Image, x, y int) color.RGBA {
	switch img := img.(type) {
	case *image.YCbCr:
		c := img.YCbCrAt(x, y)
		r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
		return color.RGBA{r, g, b, 255}
	case *image.RGBA:
		return img.RGBAAt(x, y)
	case *image.Gray:
		v := img.GrayAt(x, y).Y
		return color.RGBA{v, v, v, 255}
	}
	n := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	return color.RGBA{n.R, n.G, n.B, 255}
}

// tap says where a resized pixel comes from along one axis: a blend of two source pixels.
type tap struct {
	first, second int
	weight        float64 // of the second
}

// taps gives the taps of count pixels from begin on, of an axis resized from source to target pixels.
func taps(source, target, begin, count int) []tap {
	list := make([]tap, count)
	for i := range list {
		at := (float64(begin+i)+0.5)*float64(source)/float64(target) - 0.5
		at = max(0, min(float64(source-1), at))
		first := int(at)
		list[i] = tap{first, min(first+1, source-1), at - float64(first)}
	}
	return list
}

// margin is what a centred cut leaves before it.
func margin(size, crop int) int { return int(math.RoundToEven(float64(size-crop) / 2)) }
