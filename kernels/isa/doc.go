// Package isa is the table of vector extensions: lanes, registers, compiler flags, and for each one a
// C header that gives the same small set of macros and inline functions over rt3d_vec. Generators
// write those names and no intrinsic. The header of Scalar is plain C and the definition of what each
// name means; a test holds every other header against it.
//
// A row of the table is a vector extension with a data type. rt3d_value is a stored activation or weight,
// rt3d_data a vector of them, on which the inner loop works; all else calculates in rt3d_vec, which has
// float32 lanes in every data type. In float32 the three are one.
//
// A new vector extension is a constant in spec, a row in table and a header that first may copy
// rt3d_scalar.h. The package refuses to choose a schedule or to find a compiler.
package isa
