package recover

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

func TestCacheFindsWhatWasMadeFromTheSame(t *testing.T) {
	dense := grouped()
	pruned := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 2, GN: 2, Rate: .5})
	clips := smooth(3, 1)
	cache := Cache{Dir: filepath.Join(t.TempDir(), "recovered"), Most: 1 << 20}
	key := func(p *model.Graph, clips [][]float32, m Mode, o Options) string {
		t.Helper()
		k, err := cache.Key(dense, p, clips, m, o)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first := key(pruned, clips, OBS, Options{})
	if _, _, ok, err := cache.Load(first); ok || err != nil {
		t.Fatalf("found %v in an empty cache, error %v", ok, err)
	}
	want := Outcome{BatchNorm: .3, Reconstructed: .2, Kept: OBS}
	if err := cache.Save(first, pruned, want); err != nil {
		t.Fatal(err)
	}
	g, o, ok, err := cache.Load(key(pruned.Clone(), smooth(3, 1), OBS, Options{}))
	if err != nil || !ok || o != want {
		t.Fatalf("found %v %+v, error %v; want %+v", ok, o, err, want)
	}
	if k := g.Node("conv2").Op.(*model.Conv).Mask.KeptWeights(); k != pruned.Node("conv2").Op.(*model.Conv).Mask.KeptWeights() {
		t.Errorf("the mask keeps %d weights when it comes back", k)
	}
	other := cut(t, dense, prune.Choice{Scheme: model.KGS, GM: 2, GN: 2, Rate: .4})
	keys := map[string]string{first: "the first"}
	for name, k := range map[string]string{
		"another mask":   key(other, clips, OBS, Options{}),
		"other clips":    key(pruned, smooth(3, 2), OBS, Options{}),
		"fewer clips":    key(pruned, clips[:2], OBS, Options{}),
		"another mode":   key(pruned, clips, Reconstruct, Options{}),
		"another memory": key(pruned, clips, OBS, Options{Memory: 1 << 30}),
		"apart":          key(pruned, clips, OBS, Options{Apart: true}),
	} {
		if same, taken := keys[k]; taken {
			t.Errorf("%s has the key of %s", name, same)
		}
		keys[k] = name
	}
}

func TestCacheMakesRoom(t *testing.T) {
	dense := grouped()
	cache := Cache{Dir: t.TempDir()}
	if err := cache.Save("a", dense, Outcome{}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(cache.Dir); err != nil || len(left) != 0 {
		t.Errorf("%v left in a cache of no bytes, error %v", left, err)
	}
	if _, _, ok, err := cache.Load("a"); ok || err != nil {
		t.Errorf("found %v, error %v", ok, err)
	}
	info, err := os.Stat(cache.Dir)
	if err != nil || !info.IsDir() {
		t.Fatal(err)
	}
	cache.Most = 1 << 20
	if err := cache.Save("b", dense, Outcome{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cache.Dir, "b.onnx"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := cache.Load("b"); err == nil {
		t.Error("a damaged network was read without an error")
	}
}
