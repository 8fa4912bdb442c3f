// Package accuracy says how good a network is: data sets of labelled clips, and evaluators that run an
// emitted network on them.
//
// A data set is opened by Open from a configuration: generated motion clips (package motion), folders of
// frames, videos, or NumPy arrays. Where clips have labels the objective is accuracy; where they
// have none it is fidelity to the dense network, and is called so. The package refuses to guess:
// clips of unequal size, labels out of range and files that do not decode are errors, never skipped.
package accuracy
