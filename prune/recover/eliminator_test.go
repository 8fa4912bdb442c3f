package recover

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// What an elimination says it costs is what least squares on the columns that are left comes to.
func TestEliminationCostsAreThoseOfLeastSquares(t *testing.T) {
	const n, rows, unitSize = 12, 3, 2
	r := rand.New(rand.NewPCG(1, 2))
	z := mat.NewDense(100, n, nil)
	for i := range 100 {
		for j := range n {
			z.Set(i, j, r.NormFloat64())
			if j > 0 {
				z.Set(i, j, z.At(i, j)+.7*z.At(i, j-1))
			}
		}
	}
	var h mat.SymDense
	h.SymOuterK(1, z.T())
	var cholesky mat.Cholesky
	if !cholesky.Factorize(&h) {
		t.Fatal("singular")
	}
	var inverse mat.SymDense
	if err := cholesky.InverseTo(&inverse); err != nil {
		t.Fatal(err)
	}
	flat := make([]float64, n*n)
	for i := range n {
		for j := range n {
			flat[i*n+j] = inverse.At(i, j)
		}
	}
	w, weights := mat.NewDense(rows, n, nil), make([][]float64, rows)
	for i := range rows {
		for j := range n {
			w.Set(i, j, r.NormFloat64())
		}
		weights[i] = append([]float64(nil), w.RawRowView(i)...)
	}
	var units []unit
	for i := 0; i < n; i += unitSize {
		units = append(units, unit{columns: []int{i, i + 1}})
	}
	order := newEliminator(flat, weights, units).run()
	if len(order) != len(units) {
		t.Fatalf("%d units removed, want %d", len(order), len(units))
	}
	var target mat.Dense
	target.Mul(z, w.T())
	gone := map[int]bool{}
	total := 0.0
	for _, e := range order {
		// No other unit would have been cheaper.
		least := math.Inf(1)
		for i := range units {
			if !gone[i] {
				gone[i] = true
				least = math.Min(least, errorWithout(t, z, &target, gone, unitSize))
				delete(gone, i)
			}
		}
		gone[e.unit] = true
		total += e.cost
		if want := errorWithout(t, z, &target, gone, unitSize); math.Abs(total-want) > 1e-6*math.Max(1, want) || want > least*(1+1e-9) {
			t.Errorf("without units %v: error %.6f by the costs, %.6f by least squares, %.6f at best", gone, total, want, least)
		}
	}
}

// errorWithout is the squared error of least squares without some units.
func errorWithout(t *testing.T, z, target *mat.Dense, gone map[int]bool, size int) float64 {
	t.Helper()
	samples, n := z.Dims()
	var columns []int
	for j := range n {
		if !gone[j/size] {
			columns = append(columns, j)
		}
	}
	_, m := target.Dims()
	left := mat.DenseCopyOf(target)
	if len(columns) > 0 {
		a := mat.NewDense(samples, len(columns), nil)
		for i, j := range columns {
			a.SetCol(i, mat.Col(nil, j, z))
		}
		var x, y mat.Dense
		if err := x.Solve(a, target); err != nil {
			t.Fatal(err)
		}
		y.Mul(a, &x)
		left.Sub(target, &y)
	}
	sum := 0.0
	for i := range samples {
		for j := range m {
			sum += left.At(i, j) * left.At(i, j)
		}
	}
	return sum
}
