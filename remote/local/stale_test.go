package local

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

func TestDirectoriesOfKilledOwnersAreRemoved(t *testing.T) {
	parent := t.TempDir()
	open := func() remote.Transport {
		t.Helper()
		c, err := Open(context.Background(), remote.Config{Name: "here", Transport: "local", WorkDir: parent})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	long := time.Now().Add(-2 * staleAfter)
	age := func(dir string) {
		t.Helper()
		if err := os.Chtimes(dir, long, long); err != nil {
			t.Fatal(err)
		}
	}
	living, err := open().WorkDir(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	age(living)
	dead, fresh, foreign := filepath.Join(parent, prefix+"dead"), filepath.Join(parent, prefix+"fresh"), filepath.Join(parent, "rt3d-ssh-other")
	for _, dir := range []string{dead, fresh, foreign} {
		if err := os.MkdirAll(filepath.Join(dir, "below"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	age(dead)
	age(foreign)
	if _, err := open().WorkDir(context.Background()); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{living: true, dead: false, fresh: true, foreign: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", dir, err == nil, want)
		}
	}
}
