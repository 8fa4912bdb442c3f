// Package prune decides which units of a layer to remove and zeroes them: schemes (filter, vanilla,
// kgs), unit scores, masks at a rate, and the rate profiles of the literature by name. prune/recover
// wins back accuracy without training.
//
// It owns the word "recovery". It refuses to choose rates (the tuner's business) and to train.
package prune
