package conv

import (
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// loop is one loop of the nest around the register tile, and what it means to people.
type loop struct {
	variable, from, to string
	// inner are constants that the loop's variable gives.
	inner []string
	says  string
}

func (l loop) open(w *cwriter.Writer) {
	w.Open("for (int %s = %s; %s < %s; ++%s) {", l.variable, l.from, l.variable, l.to, l.variable)
	for _, line := range l.inner {
		w.Line("const int %s;", line)
	}
}

// loops lists the nest inside a chunk of filter blocks, outermost first. What does not vary is left
// out where it is a single round.
func (e *emitter) loops() []loop {
	n := e.nest
	filters := loop{"filter", fmt.Sprintf("chunk * %d", n.ChunkBlocks), e.chunkEnd(), nil,
		fmt.Sprintf("%d filter blocks of %d filters", n.FilterBlocks, n.Filters*n.Lanes)}
	if n.ChunkBlocks == 1 {
		filters.from, filters.to = "chunk", "chunk + 1"
	}
	channels := loop{"channel", "0", fmt.Sprint(n.ChannelBlocks), nil,
		fmt.Sprintf("%d channel blocks of %d channels", n.ChannelBlocks, n.ChannelBlock)}
	columns := loop{"column", "0", fmt.Sprint(n.Width.Count()), nil, "columns: " + n.Width.String()}
	bands := loop{"band", "begin", "end", []string{
		fmt.Sprintf("d = band / %d", n.Slabs), fmt.Sprintf("row = band %% %d", n.Slabs),
	}, fmt.Sprintf("%d bands: %d depths × rows: %s", n.Bands, n.Bands/n.Slabs, n.Rows.String())}
	var nest []loop
	switch e.k.Schedule.Order {
	case spec.FilterOuter:
		nest = []loop{filters, channels, bands, columns}
	case spec.TileOuter:
		nest = []loop{channels, bands, columns, filters}
	case spec.SlabOuter, spec.ColumnOuter:
		bands.inner = []string{fmt.Sprintf("d = band / %d", n.Slabs), fmt.Sprintf("first = band %% %d * %d", n.Slabs, n.SlabTiles)}
		if depths := n.Bands / n.Slabs; e.columns() {
			bands.inner = []string{fmt.Sprintf("d = band %% %d", depths), fmt.Sprintf("first = band / %d * %d", depths, n.SlabTiles)}
		}
		last := fmt.Sprintf("first + %d", n.SlabTiles)
		if n.Rows.Count()%n.SlabTiles != 0 {
			bands.inner = append(bands.inner, fmt.Sprintf("last = first + %d < %d ? first + %d : %d", n.SlabTiles, n.Rows.Count(), n.SlabTiles, n.Rows.Count()))
			last = "last"
		}
		bands.says = fmt.Sprintf("%d bands: %d depths × %d slabs", n.Bands, n.Bands/n.Slabs, n.Slabs)
		if e.columns() {
			bands.says = fmt.Sprintf("%d bands: %d slabs × %d depths", n.Bands, n.Slabs, n.Bands/n.Slabs)
		}
		rows := loop{"row", "first", last, nil, fmt.Sprintf("%d row tiles of a slab, of rows: %s", n.SlabTiles, n.Rows.String())}
		nest = []loop{bands, filters, channels, rows, columns}
	}
	if n.ChannelBlocks > 1 {
		return nest
	}
	kept := nest[:0:0]
	for _, l := range nest {
		if l.variable != "channel" {
			kept = append(kept, l)
		}
	}
	return kept
}

// columns tells that the bands of a slab follow each other from depth to depth. Who calls a kernel for some
// bands at a time counts them by depth.
func (e *emitter) columns() bool {
	return e.k.Schedule.Order == spec.ColumnOuter && e.k.Output.Kept == [3]int{}
}

// String prints a cut for people.
func (c Cut) String() string {
	if c.Narrow == 0 {
		return fmt.Sprintf("%d of %d", c.Wide, c.Size)
	}
	return fmt.Sprintf("%d of %d, %d of %d", c.Wide, c.Size, c.Narrow, c.Size-1)
}
