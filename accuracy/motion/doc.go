// Package motion generates labelled clips in which only motion tells the classes apart: one channel,
// 8 frames of 32 × 32 pixels, made from a seed, a split and an index, the same bytes on every machine.
//
// A clip shows a textured blob on a torus (what leaves at one border enters at the opposite one) over
// clutter, with two distractors that wander, a camera that trembles and noise on every pixel. The blob
// has a place, an angle, a radius and a contrast. A class moves exactly one of them at a steady rate and
// leaves the others where they started; radius and contrast run over their range as a sawtooth. Each
// starts uniformly distributed over a closed cycle, and is therefore uniformly distributed, independently
// of the others, in every frame of every class: a single frame says nothing about the class. What
// says it is how the frames follow each other.
//
// All arithmetic is on integers, because Go may fuse floating-point operations on some processors.
// The package refuses to know what a data set is for: other kinds of data, and what becomes of the
// clips, belong to package accuracy.
package motion
