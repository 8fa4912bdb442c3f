package spec

import "slices"

// winogradTiles are the output tiles of the Winograd algorithms (depth, height, width). A tile of depth
// 1 transforms each depth slice by itself and accumulates the products over the kernel's depth.
var winogradTiles = map[Algorithm][3]int{
	Winograd4x4:   {1, 4, 4},
	Winograd2x2:   {1, 2, 2},
	Winograd2x2x2: {2, 2, 2},
}

// Winograd tells the algorithms that multiply in a transform domain. They have a Tile.
func (a Algorithm) Winograd() bool { return winogradTiles[a] != [3]int{} }

// Tile is the size of a Winograd algorithm's output tiles (depth, height, width).
func (a Algorithm) Tile() [3]int { return winogradTiles[a] }

// Tiles is the number of output tiles of a Winograd algorithm on each axis, those that reach beyond
// the output counted.
func (a Algorithm) Tiles(w Workload) [3]int {
	tile, out := a.Tile(), w.Output()
	return [3]int{ceil(out[0], tile[0]), ceil(out[1], tile[1]), ceil(out[2], tile[2])}
}

// SlabDepth is the number of depths of output tiles that a Winograd slab holds, and the number of rows
// that it holds of each: some rows of one plane, or whole planes.
func (s Schedule) SlabDepth(w Workload) (depths, rows int) {
	plane := s.Algorithm.Tiles(w)[1]
	if s.SlabRows <= plane {
		return 1, s.SlabRows
	}
	return s.SlabRows / plane, plane
}

// winogradKernel tells whether an algorithm's transform fits a workload: kernels of 3 on the axes that
// it transforms, any depth on the axis that it accumulates, stride and dilation 1, one group, float32, and
// at least a vector of channels, for transforms work on vectors.
func winogradKernel(a Algorithm, w Workload, v Vector) bool {
	return w.Kernel[1] == 3 && w.Kernel[2] == 3 && (w.Kernel[0] == 3 || a.Tile()[0] == 1) &&
		w.Stride == unit && w.Dilation == unit && w.Groups == 1 && w.DataType == Float32 && w.Channels >= v.Lanes
}

// checkWinograd is the part of checkSchedule that Winograd algorithms have for themselves.
func checkWinograd(w Workload, s Schedule, v Vector) *Refusal {
	if !winogradKernel(s.Algorithm, w, v) {
		return Refuse(NotWinograd, "kernel %v, stride %v, dilation %v, %d groups, %d channels, %s: want 3x3 (winograd2x2x2: 3x3x3), all 1, at least %d, %s",
			w.Kernel, w.Stride, w.Dilation, w.Groups, w.Channels, w.DataType, v.Lanes, Float32)
	}
	if s.TileRows != 1 || s.Order != SlabOuter {
		return Refuse(WinogradTile, "%d rows, order %q: want 1, %q", s.TileRows, s.Order, SlabOuter)
	}
	tiles := s.Algorithm.Tiles(w)
	if s.SlabRows < 1 || s.SlabRows > tiles[0]*tiles[1] || s.SlabRows > tiles[1] && s.SlabRows%tiles[1] != 0 {
		return Refuse(BadSlab, "%d rows of output tiles: want at most a plane's %d, or a multiple of it up to %d", s.SlabRows, tiles[1], tiles[0]*tiles[1])
	}
	return nil
}

// winogradSlabs are the sizes of slabs that are worth a try: rows of one plane as slabRows has them,
// whole planes by powers of two.
func winogradSlabs(a Algorithm, w Workload) []int {
	tiles := a.Tiles(w)
	var slabs []int
	for _, s := range slabRows {
		if s < tiles[1] {
			slabs = append(slabs, s)
		}
	}
	for depths := 1; depths <= tiles[0]; depths *= 2 {
		slabs = append(slabs, depths*tiles[1])
	}
	return slabs
}

// addWinograd puts the Winograd algorithms that fit a workload, and their slabs, on the axes.
func (a *Axes) addWinograd(w Workload, v Vector) {
	for _, algorithm := range Algorithms {
		if !algorithm.Winograd() || !winogradKernel(algorithm, w, v) {
			continue
		}
		a.Algorithms = append(a.Algorithms, algorithm)
		a.SlabRows = append(a.SlabRows, winogradSlabs(algorithm, w)...)
	}
	slices.Sort(a.SlabRows)
	a.SlabRows = slices.Compact(a.SlabRows)
}
