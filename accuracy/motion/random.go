package motion

import "math/rand/v2"

// source draws from one clip's own random stream. It uses nothing of math/rand/v2 but the generator's
// raw output, whose sequence is documented never to change.
type source struct{ pcg *rand.PCG }

// newSource derives the stream of a clip from the seed, the split and the index. Each is mixed, because
// generators with neighbouring states start out alike.
func newSource(seed uint64, split Split, index int) source {
	s := mix(seed + 0x9e3779b97f4a7c15)
	for _, b := range []byte(split) {
		s = mix(s ^ uint64(b))
	}
	return source{rand.NewPCG(s, mix(s^mix(uint64(index)+0x9e3779b97f4a7c15)))}
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection in which each
// input bit changes half of the output bits.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below draws an integer uniformly from 0 … n-1.
func (s source) below(n int32) int32 {
	return int32((s.pcg.Uint64() >> 32) * uint64(n) >> 32)
}

// around draws uniformly from -half … +half.
func (s source) around(half int32) int32 { return s.below(2*half+1) - half }

// vary changes v by up to ±percent %.
func (s source) vary(v, percent int32) int32 { return v + v*s.around(100*percent)/10000 }

// sign draws -1 or +1.
func (s source) sign() int32 { return 2*s.below(2) - 1 }
