// Package kernels turns a program (a graph with a schedule for each convolution) into C for a target:
// check, plan, pack, emit. The C depends on the graph's structure and the schedules; weights and masks
// are data in a blob beside it, so that a new mask needs a new blob and no new compile.
//
// Its parts: spec (workload, schedule, layout, target), isa (one header of macros per vector
// extension), cwriter (C indentation), pack (weights and kept lists), conv (loop nests), network
// (memory plan, operators, whole programs), toolchain (compilers and their cache), runner (the C that
// is not generated), export (a network as a library for apps), inspect (inner loops instruction by
// instruction). It refuses to time anything or to know how a device is reached.
package kernels
