package motion

// quarterSine is sin(i·π/128)·32768, rounded, for i = 0 … 64. It is a literal because math.Sin may differ in the
// last bit between processors.
var quarterSine = [65]int32{
	0, 804, 1608, 2411, 3212, 4011, 4808, 5602, 6393, 7180, 7962, 8740, 9512,
	10279, 11039, 11793, 12540, 13279, 14010, 14733, 15447, 16151, 16846, 17531, 18205, 18868,
	19520, 20160, 20788, 21403, 22006, 22595, 23170, 23732, 24279, 24812, 25330, 25833, 26320,
	26791, 27246, 27684, 28106, 28511, 28899, 29269, 29622, 29957, 30274, 30572, 30853, 31114,
	31357, 31581, 31786, 31972, 32138, 32286, 32413, 32522, 32610, 32679, 32729, 32758, 32768,
}

// sine is sin(2π·a/65536)·32768, linearly interpolated between table entries (error below 1e-4).
func sine(a int32) int32 {
	a &= 65535
	if a >= 32768 {
		return -sine(a - 32768)
	}
	if a > 16384 {
		a = 32768 - a
	}
	i, rest := a>>8, a&255
	if rest == 0 {
		return quarterSine[i]
	}
	return quarterSine[i] + ((quarterSine[i+1]-quarterSine[i])*rest+128)>>8
}

func cosine(a int32) int32 { return sine(a + 16384) }
