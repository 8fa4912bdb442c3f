package main

import (
	"context"
	"errors"
	"runtime"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/dial"
)

// readModel reads a file or a network of the zoo.
func readModel(name string) (*model.Graph, error) {
	if name, ok := strings.CutPrefix(name, "zoo:"); ok {
		return zoo.Build(name, seed)
	}
	return onnx.ReadFile(name)
}

// openHost runs compiled networks on this machine.
func openHost(ctx context.Context) (accuracy.Compiled, func() error, error) {
	config := remote.Config{Name: "local", Transport: "local"}
	target, err := chooseTarget()
	if err != nil {
		return accuracy.Compiled{}, nil, err
	}
	t, err := dial.Open(ctx, config)
	if err != nil {
		return accuracy.Compiled{}, nil, err
	}
	s, err := bench.Open(ctx, t, config, target, bench.Options{Exclusive: true})
	if err != nil {
		return accuracy.Compiled{}, nil, errors.Join(err, t.Close())
	}
	end := func() error { return errors.Join(s.Close(context.WithoutCancel(ctx)), t.Close()) }
	return accuracy.Compiled{Session: s, Workers: runtime.NumCPU()}, end, nil
}
