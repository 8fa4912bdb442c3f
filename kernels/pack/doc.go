// Package pack turns the weights, bias and mask of a layer into the section of the weight blob that the
// layer's kernel runs (kernels/conv), and back. A section is
//
//	header     rt3d_section of rt3d_common.h: magic, version, counts, places
//	bias       one float per filter, zero-padded to whole vectors
//	blocks     per (filter block, channel block) int32: first entry, first weight vector, where each
//	           segment of its list begins, and the end of the last one
//	offsets    int32 per entry of the kept list, in values from the first channel and kernel position
//	           of the window
//	weights    per entry UnrollChannels × TileFilters vectors of filters, in the data type
//
// each part aligned to 64 bytes, little-endian. An entry is kept when the mask keeps any weight in it:
// a mask of any group size runs on a kernel of any block, at the cost of the union, which Stats shows.
// Entries of a block are sorted by kernel depth, then kernel row (within a class of kernel columns where
// rows are short): the segments of conv.Clip, of which a tile runs those that do not fall on padding. A
// later kernel can leave out those of a frame that has not changed.
//
// A Winograd kernel has a section of another form (rt3d_winograd_section): header, biases, and the weights
// transformed in float64, in the order in which the kernel reads them.
//
// The package refuses to know what a whole blob looks like (kernels/network).
package pack
