// Package pareto compares points by several named, directed objectives: dominance, the archive of
// points that nothing else beats, non-dominated ranks, crowding, and the dominated hypervolume.
//
// It owns the word "front". It refuses to weigh one objective against another, and it knows nothing of
// what the objectives mean: NaN is an error, never a bad value.
package pareto
