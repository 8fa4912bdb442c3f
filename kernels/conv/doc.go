// Package conv writes the C of one convolution: loop nest, register tile, tails, epilogue. The same
// loops run dense and pruned layers, because both are a kept list (kernels/pack): per filter block and
// channel block, one int32 offset into the input for each kept (channel group, kernel position), and
// the weights in list order. The mask is data; a new one needs no new code.
//
//	direct     a register tile of TileWidth × TileRows positions by TileFilters filter vectors: filters
//	           are the vector operand, activations are broadcast
//	depthwise  the same tile with one vector of channels as the operand of both
//	matvec     a fully connected layer: one position, weights streamed once
//	winograd…  dense 3 × 3 (× 3) kernels in a transform domain: windows of the input are transformed, the
//	           register tiles of direct multiply at each point of the domain, and the products are
//	           transformed back; the list is whole, the scratch memory each thread's own
//
// Grouped convolutions need nothing of their own: the list of a filter block holds the channels of the
// groups that it touches.
//
// The package refuses to lay out memory (kernels/network), to pack weights (kernels/pack) and to choose
// schedules (kernels/spec, tuner).
package conv
