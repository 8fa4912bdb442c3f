// Command benchmarks compares rt3d-tune's kernels and networks with the engines that a user would pick
// instead, on this machine: same weights, same input, same threads and cores. Outputs are compared
// before anything is timed, then the engines take turns in random order, and the ratios come from
// times that lie side by side.
//
// Every engine is a child process that is loaded once and executes on request (engines/serve.h). It
// refuses to compare answers that differ, and to judge: it prints times, ratios and shares of the peak
// that the same run measured.
package main
