package zoo

import "fmt"

// c3dSize is what distinguishes a C3D from another: the clip, the filters of the eight convolutions,
// the width of the two hidden fully connected layers and the number of classes.
type c3dSize struct {
	frames, side    int
	filters         [8]int
	hidden, classes int
}

var (
	c3dPublished = c3dSize{16, 112, [8]int{64, 128, 256, 256, 512, 512, 512, 512}, 4096, 101}
	c3dSmall     = c3dSize{16, 32, [8]int{8, 16, 32, 32, 64, 64, 64, 64}, 128, 101}
)

// c3d follows the layers and names of the authors' network: 3x3x3 convolutions with bias, five
// max-pools of which the first keeps time and the last is padded, three fully connected layers.
func c3d(b *builder, size c3dSize) {
	cube := [3]int{3, 3, 3}
	one := [3]int{1, 1, 1}
	two := [3]int{2, 2, 2}
	layers := []struct {
		conv string
		pool int // number of the max-pool that follows, 0 for none
	}{
		{"conv1", 1}, {"conv2", 2}, {"conv3a", 0}, {"conv3b", 3}, {"conv4a", 0}, {"conv4b", 4}, {"conv5a", 0}, {"conv5b", 5},
	}
	x := b.input(3, size.frames, size.side, size.side)
	for i, l := range layers {
		x = b.conv(l.conv, x, size.filters[i], cube, one, one)
		x = b.relu("relu"+l.conv[len("conv"):], x)
		pool := fmt.Sprintf("pool%d", l.pool)
		switch l.pool {
		case 0:
		case 1:
			x = b.maxPool(pool, x, [3]int{1, 2, 2}, [3]int{1, 2, 2}, [3]int{})
		case 5:
			x = b.maxPool(pool, x, two, two, [3]int{0, 1, 1})
		default:
			x = b.maxPool(pool, x, two, two, [3]int{})
		}
	}
	x = b.flatten("flatten", x)
	x = b.relu("relu6", b.fc("fc6", x, size.hidden))
	x = b.relu("relu7", b.fc("fc7", x, size.hidden))
	b.output(b.fc("fc8", x, size.classes))
}
