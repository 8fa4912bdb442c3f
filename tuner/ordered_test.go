package tuner

import (
	"slices"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Kernels of a cell get what they would get without others before them: the same mask, whatever became of the
// first one's, and the order for their own blocks.
func TestOrdersAreRemembered(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 20, Seed: 1, Groups: narrow, Reorder: true})
	stripe(study.Graph)
	made := func(s *search, schedule spec.Schedule) *model.Conv {
		t.Helper()
		l := s.layers[1]
		g, name, err := s.orderedLayer(l.workload, cellKey{l.id, narrow[0], 0.5}, schedule)
		if err != nil || g == nil || name != l.name {
			t.Fatal(g, name, err)
		}
		c := g.Node("conv").Op.(*model.Conv)
		if err := c.CheckMask(); err != nil {
			t.Error(err)
		}
		return c
	}
	begin := func() *search {
		s, err := newSearch(t.Context(), study)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := begin()
	different := 0
	for _, tile := range []int{1, 2, 1, 2} {
		schedule := spec.DefaultSchedule(s.layers[1].workload, s.vector, 0.5)
		schedule.TileFilters, schedule.TileWidth = tile, 4
		first, again := made(begin(), schedule), made(s, schedule)
		if !slices.Equal(first.Mask.Kept, again.Mask.Kept) || !slices.Equal(first.Weight, again.Weight) {
			t.Errorf("%d vectors of filters: another kernel before it changes a kernel's weights", tile)
		}
		if !slices.Equal(first.Mask.Kept, s.orders.masks[cellKey{s.layers[1].id, narrow[0], 0.5}].Kept) {
			different++
		}
		clear(again.Mask.Kept)
	}
	if different == 0 {
		t.Error("no kernel has another order: the test shows nothing")
	}
}
