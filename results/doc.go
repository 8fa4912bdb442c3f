// Package results stores everything that was measured in one SQLite file: studies, trials, samples and
// the evidence beside them. A trial is committed in one transaction when it ends; kill -9 at any moment
// loses the trial in flight and nothing else.
//
// It owns the words "trial", "sample", "outcome", "verdict" and "point". It refuses to measure, to
// choose and to print.
package results
