package motion

import "testing"

func BenchmarkClip(b *testing.B) {
	g := Generator{Seed: 1, Split: Train}
	dst := make([]byte, Bytes)
	for i := 0; b.Loop(); i++ {
		g.Clip(i, dst)
	}
}
