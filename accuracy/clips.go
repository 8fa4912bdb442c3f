package accuracy

import "fmt"

// memoryBudget bounds the clips that are kept decoded between measurements, and chunkBudget those that
// are in flight, in bytes.
const (
	memoryBudget = 1 << 30
	chunkBudget  = 128 << 20
)

// clipSource hands out the clips of a data set in a fixed shuffled order, and keeps them decoded when
// all of them fit into memoryBudget.
type clipSource struct {
	ds     Dataset
	order  []int
	labels []int // by place in the order; known once the clip was read
	kept   [][]float32
	bytes  int // of one clip
}

func newClipSource(ds Dataset, o Options) (*clipSource, error) {
	order := shuffled(ds.Len(), o.Seed)
	if o.Skip >= len(order) {
		return nil, fmt.Errorf("data set of %d clips: %d are used for calibration, none is left to evaluate on", len(order), o.Skip)
	}
	order = order[o.Skip:]
	s := &clipSource{ds: ds, order: order, labels: make([]int, len(order)), bytes: 4 * ds.Shape().Count()}
	if s.bytes*len(order) <= memoryBudget {
		s.kept = make([][]float32, len(order))
	}
	return s, nil
}

// Len is the number of clips.
func (s *clipSource) Len() int { return len(s.order) }

// chunk reads clips from place start on: as many as the chunk budget holds, at least one, and none from
// place end on.
func (s *clipSource) chunk(start, end int) ([][]float32, error) {
	end = min(end, start+max(1, chunkBudget/s.bytes))
	clips := make([][]float32, 0, end-start)
	for i := start; i < end; i++ {
		if s.kept != nil && s.kept[i] != nil {
			clips = append(clips, s.kept[i])
			continue
		}
		clip, label, err := s.ds.Clip(s.order[i])
		if err != nil {
			return nil, fmt.Errorf("read clip %d: %w", s.order[i], err)
		}
		s.labels[i] = label
		if s.kept != nil {
			s.kept[i] = clip
		}
		clips = append(clips, clip)
	}
	return clips, nil
}

// Calibration reads n clips for statistics: the first of the order that an evaluator with the same seed
// and Skip n leaves out.
func Calibration(ds Dataset, n int, seed uint64) ([][]float32, error) {
	if n < 1 || n > ds.Len() {
		return nil, fmt.Errorf("calibration: %d clips asked for, the data set has %d", n, ds.Len())
	}
	clips := make([][]float32, n)
	for i, index := range shuffled(ds.Len(), seed)[:n] {
		clip, _, err := ds.Clip(index)
		if err != nil {
			return nil, fmt.Errorf("read calibration clip %d: %w", index, err)
		}
		clips[i] = clip
	}
	return clips, nil
}
