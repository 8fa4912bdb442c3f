package motion

import "fmt"

// Shape of a clip: Channels × Frames × Size × Size.
const (
	Channels = 1
	Frames   = 8
	Size     = 32
	// Bytes is the number of pixels, and bytes, of a clip.
	Bytes = Channels * Frames * Size * Size
)

// Split names one of the disjoint streams of clips that belong to a seed.
type Split string

// The splits.
const (
	Train      Split = "train"
	Validation Split = "validation"
	Test       Split = "test"
)

// ParseSplit reads a split's name.
func ParseSplit(name string) (Split, error) {
	for _, s := range []Split{Train, Validation, Test} {
		if string(s) == name {
			return s, nil
		}
	}
	return "", fmt.Errorf("split %q: want train, validation or test", name)
}

// Generator makes the clips of one seed and split. It holds no state and may be used from several
// goroutines at once.
type Generator struct {
	Seed  uint64
	Split Split
}

// Label is the class of clip i. Classes take turns, so that every prefix of a split is balanced.
func Label(i int) int { return i % len(classes) }

// Value is the brightness that a stored byte stands for: 0 is the middle grey, the range is -2 … 2
// and exact in float32.
func Value(b byte) float32 { return (float32(b) - 128) / 64 }

// Clip writes clip i, frame after frame and row after row, to dst (Bytes long) and returns its label.
func (g Generator) Clip(i int, dst []byte) int {
	label := Label(i)
	r := newSource(g.Seed, g.Split, i)
	sc := newScene(r, classes[label])
	var frame canvas
	for t := range int32(Frames) {
		sc.draw(&frame)
		frame.store(r, dst[t*Size*Size:(t+1)*Size*Size])
		sc.step(r)
	}
	return label
}
