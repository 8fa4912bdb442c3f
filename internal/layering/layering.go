// Package layering holds the one test that keeps the arrows between packages pointing down: what may
// import what is a table in the test, as drawn in docs/how-it-works.md.
package layering
