package tuner

import (
	"fmt"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/space"
)

// Schedules is the space in which a search looks for the schedule of one workload: the axes that package spec declares, with
// spec.Check as the constraint, so that nothing that cannot run is ever proposed. The space of masked
// layers leaves out the algorithms that run a masked layer as a dense one.
type Schedules struct {
	*space.Space
	workload spec.Workload
	tiles    []spec.Tile
	threads  int
	chains   bool // there is more than one length of chains
}

const slabNone = 0

// NewSchedules lists them for a workload on a vector extension, with a number of threads; those for masked layers
// on request.
func NewSchedules(w spec.Workload, v spec.Vector, threads int, masked bool) (*Schedules, error) {
	axes := spec.AxesOf(w, v, threads)
	s := &Schedules{workload: w, tiles: axes.Tiles, threads: threads}
	var algorithms, orders []string
	for _, a := range axes.Algorithms {
		if masked && a.Winograd() {
			continue
		}
		algorithms = append(algorithms, string(a))
	}
	for _, o := range axes.Orders {
		orders = append(orders, string(o))
	}
	unique := func(f func(spec.Tile) int) []int {
		var values []int
		for _, t := range s.tiles {
			values = append(values, f(t))
		}
		slices.Sort(values)
		return slices.Compact(values)
	}
	parameters := []space.Parameter{
		space.Category("algorithm", algorithms...),
		space.Ints("tile_width", unique(func(t spec.Tile) int { return t.Width })...),
		space.Ints("tile_rows", unique(func(t spec.Tile) int { return t.Rows })...),
		space.Ints("tile_filters", unique(func(t spec.Tile) int { return t.Filters })...),
		space.Category("order", orders...),
		space.Ints("slab_rows", append([]int{slabNone}, axes.SlabRows...)...),
		space.Ints("channel_block", axes.ChannelBlocks...),
		space.Ints("unroll_channels", axes.UnrollChannels...),
		space.Ints("prefetch", axes.Prefetches...),
	}
	if len(axes.Chains) > 1 {
		parameters = append(parameters, space.Ints("chain", axes.Chains...))
	}
	s.chains = len(axes.Chains) > 1
	var err error
	s.Space, err = space.New(parameters, space.Constraint{
		Name:  "the schedule runs the workload",
		Holds: func(values space.Values) bool { return spec.Check(w, s.decode(values), v) == nil },
	})
	if err != nil {
		return nil, fmt.Errorf("schedules of %s: %w", w.Name(), err)
	}
	return s, nil
}

func (s *Schedules) decode(v space.Values) spec.Schedule {
	chain := 0
	if s.chains {
		chain = v.Int("chain")
	}
	return spec.Schedule{
		Algorithm:      spec.Algorithm(v.Text("algorithm")),
		TileWidth:      v.Int("tile_width"),
		TileRows:       v.Int("tile_rows"),
		TileFilters:    v.Int("tile_filters"),
		Order:          spec.LoopOrder(v.Text("order")),
		SlabRows:       v.Int("slab_rows"),
		ChannelBlock:   v.Int("channel_block"),
		UnrollChannels: v.Int("unroll_channels"),
		Threads:        s.threads,
		Chain:          chain,
		Prefetch:       v.Int("prefetch"),
	}
}

// Schedule is what a point of the space stands for.
func (s *Schedules) Schedule(p space.Point) spec.Schedule { return s.decode(s.Values(p)) }

// Point finds a schedule in the space; a default schedule may have a value between those that the axes
// list, and then has none.
func (s *Schedules) Point(k spec.Schedule) (space.Point, bool) {
	values := map[string]any{
		"algorithm": string(k.Algorithm), "tile_width": k.TileWidth, "tile_rows": k.TileRows, "tile_filters": k.TileFilters,
		"order": string(k.Order), "slab_rows": k.SlabRows, "channel_block": k.ChannelBlock, "unroll_channels": k.UnrollChannels,
		"prefetch": k.Prefetch,
	}
	if s.chains {
		values["chain"] = k.Chain
	}
	p, err := s.PointOf(values)
	return p, err == nil && k.Threads == s.threads && s.Feasible(p)
}
