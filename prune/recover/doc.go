// Package recover wins back accuracy that pruning cost, without training, from a few calibration clips:
// bias correction and BatchNorm re-estimation, layer after layer on the pruned network's own
// activations. It refuses to change which weights are kept.
//
// BatchNorm re-estimation works on networks whose BatchNorm is folded into the convolutions, as
// exporters write them: what BatchNorm fixes is the mean and deviation of each channel behind it, so
// each filter of a pruned convolution is rescaled and shifted until its output again has the mean and
// deviation that the dense network shows on the same clips. Where the running statistics of the
// original BatchNorm described these clips, this equals re-estimating them (re-estimation as in
// "Data-Free Quantization", Nagel et al., ICCV 2019, and the calibration of pruned networks in
// "EagleEye", Li et al., ECCV 2020).
package recover
