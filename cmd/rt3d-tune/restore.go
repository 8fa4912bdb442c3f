package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune/recover"
)

// cachedNetworks is the most that recovered networks may take of the disk.
const cachedNetworks = 1 << 30

// restore wins accuracy back on compiled kernels of this machine, or takes what it did before from the
// cache.
func restore(c *cobra.Command, dense, pruned *model.Graph, clips [][]float32, mode recover.Mode, memory int64) (g *model.Graph, err error) {
	dir, err := toolchain.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	cache := recover.Cache{Dir: filepath.Join(dir, "recovered"), Most: cachedNetworks}
	shown := &fitProgress{w: c.ErrOrStderr(), columns: terminalColumns(c.ErrOrStderr()), began: time.Now()}
	options := recover.Options{Memory: memory, Progress: shown.show}
	key, err := cache.Key(dense, pruned, clips, mode, options)
	if err != nil {
		return nil, err
	}
	g, outcome, ok, err := cache.Load(key)
	if ok || err != nil {
		if ok {
			fmt.Fprintf(c.ErrOrStderr(), "recover: %s, from the cache\n", inWords(outcome))
		}
		return g, err
	}
	host, err := openHost(c.Context())
	if err != nil {
		return nil, err
	}
	defer closing(host, &err)
	stats, err := recover.Measure(c.Context(), host, dense, clips, options)
	if err != nil {
		return nil, err
	}
	if n := stats.Clips(); n < len(clips) {
		fmt.Fprintf(c.ErrOrStderr(), "recover: %d of %d calibration inputs are used; more --memory would hold more\n", n, len(clips))
	}
	outcome, err = stats.Restore(c.Context(), pruned, mode)
	shown.end()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c.ErrOrStderr(), "recover: %s\n", inWords(outcome))
	return pruned, cache.Save(key, pruned, outcome)
}

// inWords says what a recovery came to.
func inWords(o recover.Outcome) string {
	if o.BatchNorm == 0 {
		return string(o.Kept)
	}
	s := fmt.Sprintf("%s; on inputs held back the outputs are %.3f from the dense network's (relative L2), %.3f with batchnorm alone", o.Kept, o.Reconstructed, o.BatchNorm)
	if o.Kept == recover.BatchNorm {
		s += ", which is kept"
	}
	return s
}

// fitProgress shows how far a reconstruction is on one line of a terminal; elsewhere nothing.
type fitProgress struct {
	w       io.Writer
	columns int
	began   time.Time
	shown   bool
}

func (f *fitProgress) show(p recover.Progress) {
	if f.columns == 0 {
		return
	}
	line := fmt.Sprintf("recover: %s, %.0f %%", p.Layer, 100*p.Done/p.Total)
	if p.Done > 0 {
		left := time.Duration(float64(time.Since(f.began)) * (p.Total - p.Done) / p.Done)
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	fmt.Fprintf(f.w, "\r%-*.*s", f.columns-1, f.columns-1, line)
	f.shown = true
}

// end clears the line.
func (f *fitProgress) end() {
	if f.shown {
		fmt.Fprintf(f.w, "\r%-*s\r", f.columns-1, "")
	}
}
