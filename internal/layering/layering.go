// Package layering holds the tests that read the source as a reviewer would: arrows between packages
// point down (what may import what is a table in the test, as drawn in docs/how-it-works.md), entry points
// are narrow, the environment is read in few places, intrinsics stay in their headers, and strategies know
// nothing but points and results.
package layering
