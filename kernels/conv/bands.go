package conv

// BandRows is how many output rows a band has, if all have as many: bands of one depth follow each other
// from the first row to the last, those of the next depth behind them.
func (n Nest) BandRows() (rows int, even bool) {
	return n.Rows.Size * n.SlabTiles, n.Rows.Narrow == 0 && n.Rows.Count()%n.SlabTiles == 0
}

// bandEntry writes the function of a kernel that is called for some bands at a time.
func (e *emitter) bandEntry() {
	w := e.w
	w.Open("static void %s_bands(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, int begin, int end) {", e.symbol)
	w.Line("const rt3d_conv k = rt3d_conv_of(x, y, residual, weights);")
	w.Open("for (int chunk = 0; chunk < %d; ++chunk) {", e.nest.Chunks)
	for _, l := range e.loops() {
		l.open(w)
	}
	w.Line("%s_tile(&k, d, row, column, filter%s);", e.symbol, e.channelArgument(", channel"))
	for range e.loops() {
		w.Close()
	}
	w.Close()
	w.Close()
	w.Line("")
}
