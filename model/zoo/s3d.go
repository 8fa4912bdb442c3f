package zoo

var one3 = [3]int{1, 1, 1}

// inception holds the filters of one block's four branches: 1x1x1; 1x1x1 then 3x3x3 separable, twice;
// max-pool then 1x1x1.
type inception struct {
	name                       string
	b1, b2a, b2b, b3a, b3b, b4 int
}

var (
	inception3 = []inception{{"inception3a", 64, 96, 128, 16, 32, 32}, {"inception3b", 128, 128, 192, 32, 96, 64}}
	inception4 = []inception{
		{"inception4a", 192, 96, 208, 16, 48, 64}, {"inception4b", 160, 112, 224, 24, 64, 64},
		{"inception4c", 128, 128, 256, 24, 64, 64}, {"inception4d", 112, 144, 288, 32, 64, 64},
		{"inception4e", 256, 160, 320, 32, 128, 128},
	}
	inception5 = []inception{{"inception5a", 256, 160, 320, 32, 128, 128}, {"inception5b", 384, 192, 384, 48, 128, 128}}
)

// s3dVariant is what the two networks do differently between stem and head.
type s3dVariant struct {
	// kernel, stride and pad of the second max-pool.
	kernel, stride, pad [3]int
	// temporalBias: the 3x1x1 convolutions have a bias of their own before their BatchNormalization.
	temporalBias bool
}

// s3d is torchvision's: separable stem with temporal stride 2, and a head that classifies at each
// position and averages the scores.
func s3d(b *builder) {
	x := b.input(3, 16, 224, 224)
	x = b.basic("conv1.conv", x, 64, [3]int{1, 7, 7}, [3]int{1, 2, 2}, [3]int{0, 3, 3})
	x = b.basic("conv1.conv_t", x, 64, [3]int{7, 1, 1}, [3]int{2, 1, 1}, [3]int{3, 0, 0})
	x = s3dVariant{kernel: [3]int{1, 3, 3}, stride: [3]int{1, 2, 2}, pad: [3]int{0, 1, 1}}.body(b, x)
	x = b.averagePool("avgpool", x, [3]int{2, 7, 7})
	x = b.conv("classifier", x, 400, one3, one3, [3]int{})
	b.output(b.globalAverage("mean", x))
}

// s3dRT3D is the variant of RT3D's public code: a full 3x7x7 stem that keeps time, and temporal
// stride 2 in each of the last three max-pools. There the classifier runs on every frame and its scores
// are averaged, which is the same as classifying the average, since both are linear.
func s3dRT3D(b *builder) {
	x := b.input(3, 16, 224, 224)
	x = b.basic("conv1.conv", x, 64, [3]int{3, 7, 7}, [3]int{1, 2, 2}, [3]int{1, 3, 3})
	x = s3dVariant{kernel: [3]int{3, 3, 3}, stride: [3]int{2, 2, 2}, pad: one3, temporalBias: true}.body(b, x)
	x = b.globalAverage("avgpool", x)
	b.output(b.fc("fc", x, 101))
}

// body is what lies between the stem and the head.
func (v s3dVariant) body(b *builder, x string) string {
	x = b.maxPool("maxpool1", x, [3]int{1, 3, 3}, [3]int{1, 2, 2}, [3]int{0, 1, 1})
	x = b.basic("conv2.conv", x, 64, one3, one3, [3]int{})
	x = v.separable(b, "conv3", x, 192)
	x = b.maxPool("maxpool2", x, v.kernel, v.stride, v.pad)
	x = v.inceptions(b, inception3, x)
	x = b.maxPool("maxpool3", x, [3]int{3, 3, 3}, [3]int{2, 2, 2}, one3)
	x = v.inceptions(b, inception4, x)
	x = b.maxPool("maxpool4", x, [3]int{2, 2, 2}, [3]int{2, 2, 2}, [3]int{})
	return v.inceptions(b, inception5, x)
}

// separable is a 3x3x3 convolution as 1x3x3 and 3x1x1, each with BatchNormalization and ReLU.
func (v s3dVariant) separable(b *builder, name, x string, filters int) string {
	x = b.basic(name+".conv", x, filters, [3]int{1, 3, 3}, one3, [3]int{0, 1, 1})
	if v.temporalBias {
		b.params += int64(filters)
	}
	return b.basic(name+".conv_t", x, filters, [3]int{3, 1, 1}, one3, [3]int{1, 0, 0})
}

func (v s3dVariant) inceptions(b *builder, blocks []inception, x string) string {
	for _, i := range blocks {
		b1 := b.basic(i.name+".branch1.conv", x, i.b1, one3, one3, [3]int{})
		b2 := b.basic(i.name+".branch2.0.conv", x, i.b2a, one3, one3, [3]int{})
		b2 = v.separable(b, i.name+".branch2.1", b2, i.b2b)
		b3 := b.basic(i.name+".branch3.0.conv", x, i.b3a, one3, one3, [3]int{})
		b3 = v.separable(b, i.name+".branch3.1", b3, i.b3b)
		b4 := b.maxPool(i.name+".branch4.0", x, [3]int{3, 3, 3}, one3, one3)
		b4 = b.basic(i.name+".branch4.1.conv", b4, i.b4, one3, one3, [3]int{})
		x = b.concat(i.name, b1, b2, b3, b4)
	}
	return x
}

// basic is a convolution, its BatchNormalization and a ReLU.
func (b *builder) basic(name, x string, filters int, kernel, stride, pad [3]int) string {
	return b.relu(name+".relu", b.convBN(name, x, filters, kernel, stride, pad))
}
