package network

import "sort"

// alignment of buffers in the arena and of sections in the blob, in bytes: a cache line, and the
// longest vector.
const alignment = 64

// live finds from when to when each buffer holds something that is still wanted. The input survives
// the whole run, so that a run can be repeated after one load; the outputs survive its end.
func live(steps []*Step, input View, outputs []View) {
	seen := map[*Buffer]bool{}
	touch := func(b *Buffer, i int) {
		if !seen[b] {
			seen[b] = true
			b.First, b.Last = i, i
		}
		b.First, b.Last = min(b.First, i), max(b.Last, i)
	}
	touch(input.Buffer(), -1)
	touch(input.Buffer(), len(steps))
	for i, s := range steps {
		touch(s.Output.Buffer(), i)
		for _, in := range s.Inputs {
			touch(in.Buffer(), i)
		}
		if s.Workspace != nil {
			touch(s.Workspace, i)
		}
	}
	for _, output := range outputs {
		touch(output.Buffer(), len(steps))
	}
}

// assign places the buffers in one arena such that those alive at the same time do not overlap, and
// returns the arena's size in bytes. Greedy by size: the largest buffer first, each into the tightest
// gap between the conflicting ones that are placed already (Pisarchyk and Lee, "Efficient memory
// management for deep neural net inference", 2020).
func assign(buffers []*Buffer) int64 {
	order := append([]*Buffer(nil), buffers...)
	sort.SliceStable(order, func(i, j int) bool { return order[i].Bytes() > order[j].Bytes() })
	var placed []*Buffer // by offset
	var size int64
	for _, b := range order {
		b.Offset = gap(b, placed)
		size = max(size, b.Offset+b.Bytes())
		at := sort.Search(len(placed), func(i int) bool { return placed[i].Offset > b.Offset })
		placed = append(placed, nil)
		copy(placed[at+1:], placed[at:])
		placed[at] = b
	}
	return size
}

// gap is the offset of the smallest hole that b fits into, or the first offset behind all conflicts.
func gap(b *Buffer, placed []*Buffer) int64 {
	var best, end int64 = -1, 0
	var slack int64
	for _, p := range placed {
		if p.Last < b.First || b.Last < p.First {
			continue
		}
		if room := p.Offset - end; room >= b.Bytes() && (best < 0 || room-b.Bytes() < slack) {
			best, slack = end, room-b.Bytes()
		}
		end = max(end, p.Offset+p.Bytes())
	}
	if best >= 0 {
		return best
	}
	return end
}
