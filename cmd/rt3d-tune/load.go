package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/zoo"
)

// zooSeed is the seed of the random weights of zoo models, so that everyone has the same.
const zooSeed = 1

// loadModel reads MODEL: a file or zoo:NAME.
func loadModel(arg string) (*model.Graph, error) {
	name, isZoo := strings.CutPrefix(arg, "zoo:")
	if !isZoo {
		g, err := onnx.ReadFile(arg)
		return g, usage(err)
	}
	g, err := zoo.Build(name, zooSeed)
	if err != nil {
		return nil, usagef("model %s: %w", arg, err)
	}
	return g, nil
}

// loadInputs reads an .npy file of one or more inputs of the network, stacked along the first axis. A
// single input may leave the batch out. The clips.npy of a folder whose meta.json says what its values
// stand for holds inputs once they are scaled.
func loadInputs(path string, g *model.Graph) ([][]float32, error) {
	if dir := filepath.Dir(path); filepath.Base(path) == "clips.npy" {
		if _, err := os.Stat(filepath.Join(dir, "meta.json")); err == nil {
			return loadStored(dir, g)
		}
	}
	shape, data, err := npy.ReadFile(path)
	if err != nil {
		return nil, usage(err)
	}
	want := g.Input.Dims
	if len(shape) == len(want)-1 {
		shape = append([]int{1}, shape...)
	}
	fits := len(shape) == len(want) && shape[0] >= 1
	for i := 1; fits && i < len(want); i++ {
		fits = shape[i] == want[i]
	}
	if !fits {
		return nil, usagef("read %s: shape %v; model %s wants %s", path, shape, g.Name, stacked(want))
	}
	count := len(data) / shape[0]
	inputs := make([][]float32, shape[0])
	for i := range inputs {
		inputs[i] = data[i*count : (i+1)*count]
	}
	return inputs, nil
}

// loadStored reads the clips of a folder as `rt3d-tune data` and `rt3d_train pack` write it.
func loadStored(dir string, g *model.Graph) ([][]float32, error) {
	ds, err := accuracy.Open(accuracy.Config{Type: "npy", Path: dir})
	if err != nil {
		return nil, usagef("read %s: %w", dir, err)
	}
	want, err := g.InputShape()
	if err != nil {
		return nil, err
	}
	if ds.Shape() != want {
		return nil, usagef("read %s: clips of %s; model %s wants %s", dir, ds.Shape(), g.Name, want)
	}
	inputs := make([][]float32, ds.Len())
	for i := range inputs {
		if inputs[i], _, err = ds.Clip(i); err != nil {
			return nil, usagef("read %s: %w", dir, err)
		}
	}
	return inputs, nil
}

// checkOutput refuses a file to write in a folder that is not there, before any work is done for it.
func checkOutput(path string) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil {
		return usagef("write %s: folder %s: %w", path, dir, errors.Unwrap(err))
	} else if !info.IsDir() {
		return usagef("write %s: %s is not a folder", path, dir)
	}
	return nil
}

// stacked prints dimensions with n for the batch.
func stacked(dims []int) string {
	s := "[n"
	for _, d := range dims[1:] {
		s += fmt.Sprintf(" %d", d)
	}
	return s + "]"
}
