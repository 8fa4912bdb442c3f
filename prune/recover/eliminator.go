package recover

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// eliminator removes the units of one chain, cheapest first. Removing unit U costs, summed over its rows w
// of weights, w_U (A_UU)⁻¹ w_Uᵀ, where A is the inverse of the Gram matrix of the columns left, and changes
// w by −w_U (A_UU)⁻¹ A_U· and A by −A_·U (A_UU)⁻¹ A_U·.
type eliminator struct {
	size, left int         // columns at first, and the leading ones that are left
	a          []float64   // size × size; both halves of the leading part are kept
	rows       [][]float64 // of weights
	units      []place
}

// place of a unit among the columns left.
type place struct{ id, from, n int }

func newEliminator(inverse []float64, rows [][]float64, units []unit) *eliminator {
	e := &eliminator{a: append([]float64(nil), inverse...), rows: rows}
	for id, u := range units {
		e.units = append(e.units, place{id, e.left, len(u.columns)})
		e.left += len(u.columns)
	}
	e.size = e.left
	return e
}

// run removes all units and says in which order and at what cost.
func (e *eliminator) run() []elimination {
	order := make([]elimination, 0, len(e.units))
	for len(e.units) > 0 {
		best, least := 0, math.Inf(1)
		for i, u := range e.units {
			if cost := e.cost(u) / float64(u.n); cost < least {
				best, least = i, cost
			}
		}
		u := e.units[best]
		order = append(order, elimination{u.id, u.n, least * float64(u.n)})
		e.remove(best)
	}
	return order
}

// factor of A_UU.
func (e *eliminator) factor(u place) blas64.Triangular {
	for lift := 1.0; ; lift = 1 + 10*math.Max(lift-1, 1e-9) { // only rounding keeps it from being positive definite
		h := blas64.Symmetric{Uplo: blas.Upper, N: u.n, Stride: u.n, Data: make([]float64, u.n*u.n)}
		for i := range u.n {
			copy(h.Data[i*u.n+i:(i+1)*u.n], e.a[(u.from+i)*e.size+u.from+i:])
			h.Data[i*u.n+i] = math.Max(h.Data[i*u.n+i], 0)*lift + tiny
		}
		if t, ok := lapack64.Potrf(h); ok {
			return t
		}
	}
}

func (e *eliminator) cost(u place) float64 {
	if u.n == 1 { // of a chain's many units, without a matrix
		sum := 0.0
		for _, w := range e.rows {
			sum += w[u.from] * w[u.from]
		}
		return sum / (math.Max(e.a[u.from*e.size+u.from], 0) + tiny)
	}
	t := e.factor(u)
	sum := 0.0
	x := make([]float64, u.n)
	for _, w := range e.rows {
		copy(x, w[u.from:u.from+u.n])
		blas64.Trsv(blas.Trans, t, vector(x)) // w_U U⁻¹, whose square is the cost
		for _, v := range x {
			sum += v * v
		}
	}
	return sum
}

// remove takes unit i out and lets the others make up for it.
func (e *eliminator) remove(i int) {
	u, n := e.units[i], e.left
	t := e.factor(u)
	b := blas64.General{Rows: u.n, Cols: n, Stride: n, Data: make([]float64, u.n*n)}
	for k := range u.n {
		copy(b.Data[k*n:(k+1)*n], e.a[(u.from+k)*e.size:])
	}
	old := append([]float64(nil), b.Data...)
	blas64.Trsm(blas.Left, blas.Trans, 1, t, b)
	blas64.Trsm(blas.Left, blas.NoTrans, 1, t, b) // (A_UU)⁻¹ A_U·
	for _, w := range e.rows {
		part := append([]float64(nil), w[u.from:u.from+u.n]...)
		for k, v := range part {
			blas64.Axpy(-v, vector(b.Data[k*n:(k+1)*n]), vector(w[:n]))
		}
	}
	for r := range n {
		row := vector(e.a[r*e.size : r*e.size+n])
		for k := range u.n {
			blas64.Axpy(-old[k*n+r], vector(b.Data[k*n:(k+1)*n]), row)
		}
	}
	e.close(u)
	e.units = append(e.units[:i], e.units[i+1:]...)
	for k := range e.units {
		if e.units[k].from > u.from {
			e.units[k].from -= u.n
		}
	}
}

// close moves what is behind a unit into its place.
func (e *eliminator) close(u place) {
	n := e.left - u.n
	for r := range e.left {
		row := e.a[r*e.size : r*e.size+e.left]
		copy(row[u.from:], row[u.from+u.n:])
	}
	for r := u.from; r < n; r++ {
		copy(e.a[r*e.size:r*e.size+n], e.a[(r+u.n)*e.size:])
	}
	for _, w := range e.rows {
		copy(w[u.from:n], w[u.from+u.n:e.left])
	}
	e.left = n
}

func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
