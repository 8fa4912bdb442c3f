// Package inspect checks compiled kernels instruction by instruction: it compiles generated C to
// assembly, finds the innermost loop of each register tile, counts the multiply-adds and what the loop
// spills to the stack, and asks llvm-mca how much of a core's limit of multiply-adds the loop reaches
// when all its data is in the first-level cache.
//
// What llvm-mca says is a model of a core, not a time: it may order candidates before anything is
// measured (a prior), and it is never stored as a result. The package refuses to time anything.
package inspect
