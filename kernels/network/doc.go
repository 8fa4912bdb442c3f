// Package network turns a whole graph into one C program and one blob of weights. Its steps, in
// order: lower (which nodes run together), arrange (where each activation lives, with which layout
// and halo), assign (offsets in one arena), emit (one C file) and pack (the blob).
//
// The C depends on the graph's structure, the schedules and the vector extension alone; weights,
// biases and masks are in the blob, whose identity says which program it belongs to. Convolution
// kernels are package conv's; the other operators are here. It refuses to choose schedules by
// measurement, to compile and to time.
package network
