// Package compare decides from paired measurements whether something has become slower: exact signed-rank
// tests, the estimate that goes with them, bootstrap intervals, correction over all comparisons, a rule
// with three answers, and change points in a history. All of it is pure functions of numbers; whatever is
// random takes a seed.
//
// It owns the words "pair", "tolerance" and "margin". It measures nothing, knows neither kernels nor
// devices, and deletes no pair.
package compare
