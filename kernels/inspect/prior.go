package inspect

import (
	"context"
	"fmt"

	"github.com/rt3d-tune/rt3d-tune/kernels/conv"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
)

// Prior says what to expect of schedules before anything is measured: the share of a core's limit of
// multiply-adds that the loop of the register tile reaches in a model of the core. It knows nothing of
// caches and memory, so it may say what to try first and never what is fastest. It is for one goroutine.
type Prior struct {
	Toolchain toolchain.Toolchain
	Analyser  Analyser
	Core      Core

	known map[priorKey]float64
}

// priorKey is what the loop of a register tile depends on; strides and padding only move constants.
type priorKey struct {
	algorithm             spec.Algorithm
	width, rows, filters  int
	unroll, chain, window int
	prefetches            bool
}

func keyOf(w spec.Workload, s spec.Schedule) priorKey {
	return priorKey{s.Algorithm, s.TileWidth, s.TileRows, s.TileFilters, s.UnrollChannels, s.Chain, w.Kernel[2], s.Prefetch > 0}
}

// Shares of the schedules of a workload, in order, 0 … 1.
func (p *Prior) Shares(ctx context.Context, w spec.Workload, schedules []spec.Schedule) ([]float64, error) {
	info, err := isa.Of(p.Toolchain.Target.ISA, p.Toolchain.Target.DataType)
	if err != nil {
		return nil, fmt.Errorf("expect times of %s: %w", w.Name(), err)
	}
	if p.known == nil {
		p.known = map[priorKey]float64{}
	}
	var unknown []conv.Kernel
	var keys []priorKey
	for _, s := range schedules {
		key := keyOf(w, s)
		if _, ok := p.known[key]; !ok {
			p.known[key] = 0 // until it is asked for below; a tile that is asked for twice is compiled once
			keys = append(keys, key)
			unknown = append(unknown, conv.Plain(w, s, info.Vector()))
		}
	}
	if len(unknown) > 0 {
		if err := p.learn(ctx, keys, unknown); err != nil {
			for _, key := range keys {
				delete(p.known, key)
			}
			return nil, fmt.Errorf("expect times of %s: %w", w.Name(), err)
		}
	}
	shares := make([]float64, len(schedules))
	for i, s := range schedules {
		shares[i] = p.known[keyOf(w, s)]
	}
	return shares, nil
}

func (p *Prior) learn(ctx context.Context, keys []priorKey, kernels []conv.Kernel) error {
	found, err := Kernels(ctx, p.Toolchain, kernels)
	if err != nil {
		return err
	}
	shares, err := p.Analyser.Shares(ctx, Busiest(found), p.Core)
	if err != nil {
		return err
	}
	for i, key := range keys {
		p.known[key] = shares[i]
	}
	return nil
}

// Busiest gives, for each kernel, the loop with the most multiply-adds: that of the full tile.
func Busiest(kernels [][]Loop) []Loop {
	busiest := make([]Loop, len(kernels))
	for i, loops := range kernels {
		for _, l := range loops {
			if l.FMAs > busiest[i].FMAs {
				busiest[i] = l
			}
		}
	}
	return busiest
}
