// Package reorder puts the filters of pruned layers in another order, so that groups with equal or similar masks
// lie in the same block of a kernel: a block runs the union of the masks of its groups, and unions of like masks
// are smaller. The order is undone in what reads the filters' outputs, so the network computes the same, at no cost
// when it runs. The package refuses to move what it cannot undo: the network's output, grouped convolutions.
package reorder
