// Package onnx reads ONNX files (opset 11 to 20) into a model.Graph and writes them.
//
// Reading folds and removes what only matters to training or to bookkeeping: BatchNormalization and
// constant factors go into the convolution before them, Dropout and Identity vanish, and operators that
// relabel dimensions survive only where the shape that kernels see changes. Transposed convolutions are
// split into the convolutions of their phases (model.Transposed), and joined again in writing. The true
// ONNX dimensions are followed through the whole graph, so that a relabelling is checked and not guessed.
// Whatever is not understood is refused with an *Error that names the file, the node and its operator;
// nothing is ever skipped. Weights may lie in other files of the model's folder, as PyTorch's newer exporter
// puts them. Reading refuses dynamic shapes, batches other than 1, and more than one input.
//
// A written file holds plain ONNX operators of opset 17, so that other tools run it, and the masks of
// pruned layers in the model's metadata (see MaskKey). Reading it back gives an equal graph, except that
// an Affine right after a convolution is folded and operators that change nothing (a Reshape to the same
// shape or before another one, a Pad by 0) are gone.
package onnx
