package bench

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateKeepsMeasurementsAlone(t *testing.T) {
	g := NewGate()
	var workers, measuring, most atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				done, err := g.Work(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), workers.Add(1)))
				if measuring.Load() != 0 {
					t.Error("work during a measurement")
				}
				workers.Add(-1)
				done()
				done() // once more does no harm
			}
		})
	}
	for range 3 {
		wg.Go(func() {
			for range 100 {
				done, err := g.Measure(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				if measuring.Add(1) != 1 || workers.Load() != 0 {
					t.Error("a measurement is not alone")
				}
				measuring.Add(-1)
				done()
			}
		})
	}
	wg.Wait()
}

func TestGateOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate()
		ctx := context.Background()
		var order []string
		var mu sync.Mutex
		note := func(s string) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, s)
		}
		first, err := g.Work(ctx)
		if err != nil {
			t.Fatal(err)
		}
		second, err := g.Work(ctx) // two workers at once
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			done, _ := g.Measure(ctx)
			note("measured")
			done()
		}()
		synctest.Wait()
		go func() {
			done, _ := g.Work(ctx)
			note("worked")
			done()
		}()
		synctest.Wait()
		first()
		synctest.Wait()
		note("second still works")
		second()
		synctest.Wait()
		want := []string{"second still works", "measured", "worked"}
		for i := range want {
			if len(order) != len(want) || order[i] != want[i] {
				t.Fatalf("order %q: want %q", order, want)
			}
		}
	})
}

// A measurement that gives up must let the work go on that waited for it.
func TestGateCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate()
		working, err := g.Work(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var gaveUp error
		go func() { _, gaveUp = g.Measure(ctx) }()
		synctest.Wait()
		worked := false
		go func() {
			done, err := g.Work(context.Background())
			if err == nil {
				worked = true
				done()
			}
		}()
		synctest.Wait()
		if worked {
			t.Error("new work passed a waiting measurement")
		}
		cancel()
		synctest.Wait()
		if !errors.Is(gaveUp, context.Canceled) || !worked {
			t.Errorf("measurement ended with %v, work passed: %v: want a cancel and the work to go on", gaveUp, worked)
		}
		working()
	})
}

func TestNilGate(t *testing.T) {
	var g *Gate
	a, err := g.Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := g.Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a()
	b()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Work(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v: want a cancel", err)
	}
}

// Another process holds the lock; it is killed and the lock is free again.
func TestDeviceLockBetweenProcesses(t *testing.T) {
	if device := os.Getenv("RT3D_TEST_HOLD_LOCK"); device != "" {
		if _, err := newDeviceLock(device).acquire(context.Background()); err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("held\n")
		time.Sleep(time.Hour)
	}
	device := "test-" + t.TempDir()
	other := exec.Command(os.Args[0], "-test.run=^TestDeviceLockBetweenProcesses$")
	other.Env = append(os.Environ(), "RT3D_TEST_HOLD_LOCK="+device)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	lock := newDeviceLock(device)
	t.Cleanup(func() { os.Remove(lock.path) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := lock.acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v: want to wait in vain while another process holds the lock", err)
	}
	if free, err := newDeviceLock(device + "2").acquire(t.Context()); err != nil {
		t.Errorf("another device: %v", err)
	} else {
		free()
		os.Remove(newDeviceLock(device + "2").path)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // killed
	release, err := lock.acquire(t.Context())
	if err != nil {
		t.Fatalf("after the other process died: %v", err)
	}
	release()
}
