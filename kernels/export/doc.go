// Package export writes a network as a C library that an app links: the generated program and its
// weights, the thread pool, a public header with an opaque handle, a CMakeLists.txt that also takes the
// toolchain file of the Android NDK, an example and a README.
//
// The C of the interface is real files (src/) that build alone; they say rt3d_net where the exported
// library says its own name, so that several libraries live in one program. It refuses to choose
// schedules, to prune and to compile.
package export
