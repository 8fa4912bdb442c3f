// Package bench turns candidates into measurements: build on this host, push, run on the device, check
// the values, take samples, judge them. Builder (programs -> artifacts) and Evaluator (candidates ->
// results) are contracts; Session is the Evaluator that really measures. Its pipeline builds and pushes
// ahead while the device measures, and keeps one measurement at a time per device; where the device is
// this machine, Gate makes measuring and working take turns.
//
// Right before fast: a float64 reference (check.go) decides over each answer before any time counts, and
// nothing is believed that does not echo its nonce and hashes. Each sample gets a verdict from its
// evidence (verdict.go), each candidate exactly one outcome (outcome.go), each number its provenance.
//
// It owns the words "candidate" and "canary", warm-up, verdicts and checks. It knows nothing about
// search: which candidates, in which order and what they are good for is the tuner's business. It keeps
// no results: what is stored is the caller's business too.
package bench
