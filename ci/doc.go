// Package ci compares two builds on one device and says whether the candidate is a regression against
// the baseline. A build is the layers and networks that a configuration asks for, compiled, with the right
// answers and the accuracy of each (build.go); it can be saved and compared another day. Pairs are timed
// one build after the other in random order (collect.go), package compare decides, and the result is what
// package results stores and package reports shows.
//
// It owns the words "build", "baseline" and "candidate build". It does not know where a build comes from
// (a file, a database, another commit) nor what an exit status is.
package ci
