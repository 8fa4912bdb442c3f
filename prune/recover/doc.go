// Package recover wins back accuracy that pruning cost, without training, from a few calibration clips. It
// never gives a removed weight a value again; obs alone chooses anew which are removed, as many of each
// layer.
//
// Bias and BatchNorm work on networks whose BatchNorm is folded into the convolutions, as exporters write
// them: what BatchNorm fixes is the mean and deviation of each channel behind it, so each filter behind
// the first pruned convolution is rescaled and shifted until its output again has the mean and deviation
// that the dense network shows on the same clips. Where the running statistics of the original BatchNorm
// described these clips, this equals re-estimating them (re-estimation as in "Data-Free Quantization",
// Nagel et al., ICCV 2019, and the calibration of pruned networks in "EagleEye", Li et al., ECCV 2020).
//
// Reconstruct solves, layer after layer, a least squares problem: the weights that were kept become those
// that make of what the pruned network's layer reads what the dense network's layer gives (layer-wise
// reconstruction as in "Channel Pruning for Accelerating Very Deep Neural Networks", He et al., ICCV 2017).
// Filters that keep the same weights share one factorisation of the Gram matrix of what those weights
// multiply. The solution is held back towards the weights as they were, rescaled, by as much as clips that it
// was not fitted on say, down to not at all. Where clips are few, parts of them take turns in being held back
// (cross-validation), and what is not surely a gain, by one standard error, is not done.
//
// OBS chooses the units to keep by what it costs to reconstruct the layer without them, re-scored as they
// go: Optimal Brain Surgeon (Hassibi and Stork, NIPS 1992) as "Optimal Brain Compression" (Frantar and
// Alistarh, NeurIPS 2022) and SparseGPT (ICML 2023) made it affordable, here for the groups of a structured
// scheme: the inverse of the Gram matrix is downdated by gN rows and columns for each unit that goes.
//
// Memory is bounded for any width. Only channels of one block, of at most 1728 columns, are fitted
// together, on what the blocks before it have left of the error; only 432 columns interact in the choice
// of units. Large maps are looked at in boxes, many clips in parts.
package recover
