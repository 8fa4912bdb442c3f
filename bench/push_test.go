package bench

import (
	"context"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// batching is a device that takes many files in one go, and notes which; refuse takes the place of it.
type batching struct {
	*direct
	together [][]string
	refuse   error
}

func (b *batching) PushAll(ctx context.Context, files []remote.File) error {
	if b.refuse != nil {
		return b.refuse
	}
	var names []string
	for _, f := range files {
		if err := b.Push(ctx, f.Content, f.Size, f.Path, f.Perm); err != nil {
			return err
		}
		names = append(names, path.Base(f.Path))
	}
	slices.Sort(names)
	b.together = append(b.together, names)
	return nil
}

// A batch's files go to the device together and once; what is there is not pushed again.
func TestBatchIsPushedTogether(t *testing.T) {
	d := &batching{direct: newDirect(t)}
	s := handmadeSession(t, d, Options{})
	for range 2 {
		for key, r := range evaluate(t, s, many(3)...) {
			if r.Outcome != results.OK || r.Push <= 0 {
				t.Errorf("%s: %s %s, %v for the push", key, r.Outcome, r.Detail, r.Push)
			}
		}
	}
	if len(d.together) != 1 || len(d.together[0]) != 2 {
		t.Errorf("pushed together %v; want the first binary and the blob that all have", d.together)
	}
	once := slices.Compact(slices.Sorted(slices.Values(d.pushes)))
	if len(once) != len(d.pushes) {
		t.Errorf("pushed %v: want each file once", d.pushes)
	}
}

// When a device refuses a batch, its files go one by one, and a file that cannot be pushed is the fault of
// the candidates that need it; when the link breaks, everything is lost.
func TestRefusedBatchIsPushedOneByOne(t *testing.T) {
	d := &batching{direct: newDirect(t), refuse: fault(remote.NoSpace)}
	for key, r := range evaluate(t, handmadeSession(t, d, Options{}), many(2)...) {
		if r.Outcome != results.OK {
			t.Errorf("%s: %s %s: want ok", key, r.Outcome, r.Detail)
		}
	}
	d = &batching{direct: newDirect(t), refuse: fault(remote.NoSpace)}
	d.onPush = func(to string) error {
		if strings.HasSuffix(to, ".blob") {
			return fault(remote.NoSpace)
		}
		return nil
	}
	for key, r := range evaluate(t, handmadeSession(t, d, Options{}), many(2)...) {
		if r.Outcome != results.PushError {
			t.Errorf("no room for a blob: %s: %s %s", key, r.Outcome, r.Detail)
		}
	}
	d = &batching{direct: newDirect(t), refuse: fault(remote.ConnectionLost)}
	for key, r := range evaluate(t, handmadeSession(t, d, Options{}), many(2)...) {
		if r.Outcome != results.DeviceLost {
			t.Errorf("a lost link: %s: %s %s", key, r.Outcome, r.Detail)
		}
	}
}
