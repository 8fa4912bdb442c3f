package bench

// SeededInput gives the n input values that a runner makes from the same seed (rt3d_input.c): output i
// of splitmix64 (Steele, Lea, Flood, OOPSLA 2014) started at the seed, its upper 24 bits scaled to
// [-1, 1). All are exact in float32.
func SeededInput(seed uint64, n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(splitmix(seed, uint64(i))>>40)*0x1p-23 - 1
	}
	return values
}

// splitmix is output i of the generator.
func splitmix(seed, i uint64) uint64 {
	z := seed + (i+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
