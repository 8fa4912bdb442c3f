// Package toolchain turns generated C into static binaries: it finds the compilers that can build for a
// target, identifies each of them by its own words, and builds with a cache.
//
// gcc, clang, the Android NDK and zig stand behind one type and one test suite. The compiler's identity
// and all flags are part of every cache key, so that a changed flag or an upgraded compiler never
// returns an old object. Environment variables and PATH are read in the finder (find.go) and nowhere
// else.
//
// It refuses to install anything, to guess a compiler that it has not seen link a program, and to
// decide which programs are worth building.
package toolchain
