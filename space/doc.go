// Package space describes what can be chosen: named parameters (integer ranges, ordered numbers and
// words, reals, categories), the constraints between them, and the ways to walk through what is left: enumerate,
// draw, step to a neighbour, and encode a point in the unit cube and back.
//
// A Point is an opaque position; names and values appear only at the border (Values, JSON), so that
// strategies never see what a parameter means. The package imports nothing of this project and refuses
// to know what is searched for or why.
package space
