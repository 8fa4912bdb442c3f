// Package tuner is the search: one study loop that decides what to measure next, records every trial
// before anything learns from it, and can be killed at any moment and resumed.
//
// It works on two levels. Level 1 finds the fastest schedule of each distinct convolution at a few
// densities and yields a latency table; the accuracy that the network loses when a single layer is
// pruned yields the sensitivities. Level 2 chooses per layer how to prune, guided by predictors made
// of both, and makes every proposal real: pruned, evaluated on data, compiled and timed end to end.
// Only measured points enter the front. A playoff times the front again, interleaved.
//
// It owns the words "study", "front" and "playoff". It refuses to know how kernels are written, how a
// device is reached or how weights are scored: those come in as an evaluator, a pruner and an accuracy.
package tuner
