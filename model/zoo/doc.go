// Package zoo builds the published 3D convolutional networks that the project is measured on: C3D,
// R(2+1)D-18, R3D-18 and S3D with seeded random weights, small networks of the same structure for
// tests, and the trained networks that ship with the program.
//
// Layer names, shapes, multiply-accumulates and parameter counts equal those of the publications'
// code; BatchNormalization is folded into the convolutions, as an importer would. Random weights are
// scaled so that activations stay of order one through the whole depth, so that a wrong kernel shows.
// It refuses to pretend: a random network recognises nothing, and Info says which are trained.
package zoo
