// Package gram sums up what a convolution multiplies: the Gram matrix of its input patches and their
// products with an error at its outputs, which is all that least squares on its weights needs. It
// refuses to solve anything.
//
// A patch is what one output is computed from: the values of all input channels at all kernel
// positions. Its columns are ordered by kernel position, then channel (column k·N + n), so that the
// columns of a kgs unit lie together. Patches are never unfolded: the Gram matrix of a convolution
// depends on the distance of two kernel positions and on little else, so products are summed once per
// distance and set of output positions and added wherever they belong. A 3x3x3 kernel needs 5 to 30
// times fewer multiplications than its unfolded patches. Zero padding costs nothing.
package gram
