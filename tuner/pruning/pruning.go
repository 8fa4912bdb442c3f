// Package pruning makes the tuner's choices real with package prune: masks by unit norm, and recovery
// from calibration clips. It refuses to choose.
package pruning

import (
	"context"
	"sync"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/prune"
	"github.com/rt3d-tune/rt3d-tune/prune/recover"
	"github.com/rt3d-tune/rt3d-tune/tuner"
)

// Pruner implements tuner.Pruner for one dense network.
type Pruner struct {
	// Mode says how accuracy is won back; recover.None needs neither clips nor executor.
	Mode recover.Mode
	// Clips are the calibration clips and Executor what runs the network on them.
	Clips    [][]float32
	Executor recover.Executor

	mu    sync.Mutex
	dense *model.Graph
	stats *recover.Statistics
}

// Apply implements tuner.Pruner. The statistics of the dense network are measured at the first call
// and kept for the graph they belong to.
func (p *Pruner) Apply(ctx context.Context, dense *model.Graph, choice []tuner.LayerChoice) (*model.Graph, error) {
	pruned, err := prune.Graph(dense, choices(choice))
	if err != nil || p.Mode == recover.None {
		return pruned, err
	}
	stats, err := p.statistics(ctx, dense)
	if err != nil {
		return nil, err
	}
	_, err = stats.Restore(ctx, pruned, p.Mode)
	return pruned, err
}

func (p *Pruner) statistics(ctx context.Context, dense *model.Graph) (*recover.Statistics, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dense != dense {
		stats, err := recover.Measure(ctx, p.Executor, dense, p.Clips, recover.Options{Apart: true})
		if err != nil {
			return nil, err
		}
		p.dense, p.stats = dense, stats
	}
	return p.stats, nil
}

func choices(list []tuner.LayerChoice) map[string]prune.Choice {
	m := make(map[string]prune.Choice, len(list))
	for _, c := range list {
		m[c.Layer] = prune.Choice{Scheme: c.Scheme, GM: c.GM, GN: c.GN, Rate: c.Rate}
	}
	return m
}
