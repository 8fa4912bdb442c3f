// Package model holds a 3D convolutional network as every other package sees it: a graph of typed
// operators over batch-1 activations of shape channels × depth × height × width, with weights inside
// the operators and, where a layer is pruned, the mask of what is kept.
//
// It owns the words "model", "scheme", "rate" and "mask". It knows no other package of this project:
// model/onnx reads and writes ONNX, model/zoo builds the published networks, model/reference executes
// a graph exactly in float64. It refuses to decide what to prune, how a kernel runs, or how long
// anything takes.
package model
