package zoo

import "fmt"

// resnetSize is what distinguishes one 18-layer video ResNet from another: the clip, the filters of
// the four stages, the filters between the two convolutions of the R(2+1)D stem, and the classes.
type resnetSize struct {
	frames, side int
	stages       [4]int
	stemMiddle   int
	classes      int
}

var (
	resnetPublished = resnetSize{16, 112, [4]int{64, 128, 256, 512}, 45, 101}
	resnetSmall     = resnetSize{8, 32, [4]int{8, 16, 32, 64}, 5, 101}
)

// convolution adds one (factorised or full) 3x3x3 convolution of a residual block with its
// BatchNormalization. in and out are the block's channels.
type convolution func(b *builder, name, x string, in, out, stride int) string

// r2plus1d factorises each 3x3x3 convolution into 1x3x3, ReLU, 3x1x1 with as many filters between as
// keep the number of weights.
func r2plus1d(b *builder, size resnetSize) {
	x := b.input(3, size.frames, size.side, size.side)
	x = b.convBN("stem.0", x, size.stemMiddle, [3]int{1, 7, 7}, [3]int{1, 2, 2}, [3]int{0, 3, 3})
	x = b.relu("stem.2", x)
	x = b.convBN("stem.3", x, size.stages[0], [3]int{3, 1, 1}, [3]int{1, 1, 1}, [3]int{1, 0, 0})
	x = b.relu("stem.5", x)
	residual(b, x, size, func(b *builder, name, x string, in, out, stride int) string {
		middle := in * out * 27 / (in*9 + 3*out)
		x = b.convBN(name+".0.0", x, middle, [3]int{1, 3, 3}, [3]int{1, stride, stride}, [3]int{0, 1, 1})
		x = b.relu(name+".0.2", x)
		return b.convBN(name+".0.3", x, out, [3]int{3, 1, 1}, [3]int{stride, 1, 1}, [3]int{1, 0, 0})
	})
}

// r3d uses full 3x3x3 convolutions.
func r3d(b *builder, size resnetSize) {
	x := b.input(3, size.frames, size.side, size.side)
	x = b.convBN("stem.0", x, size.stages[0], [3]int{3, 7, 7}, [3]int{1, 2, 2}, [3]int{1, 3, 3})
	x = b.relu("stem.2", x)
	residual(b, x, size, func(b *builder, name, x string, _, out, stride int) string {
		return b.convBN(name+".0", x, out, [3]int{3, 3, 3}, [3]int{stride, stride, stride}, [3]int{1, 1, 1})
	})
}

// residual adds four stages of two blocks, the pooling and the classifier. Every stage but the first
// halves depth, height and width.
func residual(b *builder, x string, size resnetSize, conv convolution) {
	in := size.stages[0]
	for s, out := range size.stages {
		for i := range 2 {
			block := fmt.Sprintf("layer%d.%d", s+1, i)
			stride := 1
			if s > 0 && i == 0 {
				stride = 2
			}
			y := conv(b, block+".conv1", x, in, out, stride)
			y = b.relu(block+".conv1.2", y)
			y = conv(b, block+".conv2", y, in, out, 1)
			shortcut := x
			if stride != 1 {
				shortcut = b.convBN(block+".downsample.0", x, out, [3]int{1, 1, 1}, [3]int{stride, stride, stride}, [3]int{})
			}
			x = b.relu(block+".relu", b.sum(block+".add", y, shortcut))
			in = out
		}
	}
	x = b.globalAverage("avgpool", x)
	b.output(b.fc("fc", x, size.classes))
}
