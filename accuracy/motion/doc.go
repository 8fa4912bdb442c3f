// Package motion generates labelled clips in which only motion tells the classes apart: one channel,
// 8 frames of 32 × 32 pixels, made from a seed, a split and an index, the same bytes on every machine.
//
// A clip shows a textured blob on a torus (what leaves at one border enters at the opposite one) over
// clutter, with two distractors that wander, a camera that trembles and noise on every pixel. The blob
// has a place, an angle, a radius and a contrast. A class moves exactly one of them at a steady rate and leaves
// the others where they started; radius and contrast run over their range as a sawtooth. As every
// one of them starts uniformly distributed over a closed cycle, it is uniformly distributed in each
// frame of each class: a single frame says nothing about the class, and neither do many frames seen
// one by one. What says it is the order of the frames.
//
// All arithmetic is on integers, because Go may fuse floating-point operations on some processors.
// The package refuses to know what a data set is for: splits, files and normalisation of other data
// belong to package accuracy.
package motion
