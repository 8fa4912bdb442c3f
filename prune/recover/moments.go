package recover

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/rt3d-tune/rt3d-tune/prune/recover/gram"
)

// secondMoments are the second moments of a block's patches, and of these with the errors at its outputs,
// about their means (a bias takes care of those), divided by the number of patches.
type secondMoments struct {
	columns, filters int
	count            int       // of patches
	gram             []float32 // columns × columns
	cross            []float32 // columns × filters: patches by errors
	sum              []float64 // of the patches, by column
}

// newSecondMoments sums up patches.
func newSecondMoments(p *gram.Patches, filters int) *secondMoments {
	s := &secondMoments{columns: p.Columns(), filters: filters, count: p.Count(), gram: p.Gram(), sum: p.Sum()}
	n := float64(p.Count())
	for i, a := range s.sum {
		row := s.gram[i*s.columns : (i+1)*s.columns]
		for j, b := range s.sum {
			row[j] = float32((float64(row[j]) - a*b/n) / n)
		}
	}
	return s
}

// observe sums up the same patches with errors, [patches][filters].
func (s *secondMoments) observe(p *gram.Patches, errors []float32) {
	n := float64(p.Count())
	s.cross = p.Cross(errors, s.filters)
	mean := means(errors, s.filters)
	for i, a := range s.sum {
		row := s.cross[i*s.filters : (i+1)*s.filters]
		for f, b := range mean {
			row[f] = float32((float64(row[f]) - a*b) / n)
		}
	}
}

// with are the moments of the patches of both, each about its own mean.
func (s *secondMoments) with(o *secondMoments) *secondMoments {
	sum := &secondMoments{columns: s.columns, filters: s.filters, count: s.count + o.count}
	mean := func(a, b []float32) []float32 {
		m := make([]float32, len(a))
		share := float32(s.count) / float32(sum.count)
		for i := range m {
			m[i] = share*a[i] + (1-share)*b[i]
		}
		return m
	}
	sum.gram, sum.cross = mean(s.gram, o.gram), mean(s.cross, o.cross)
	return sum
}

// imply sets the errors to those that a change of all weights makes, columns × filters.
func (s *secondMoments) imply(change []float32) {
	s.cross = multiply(s.gram, s.columns, change, s.filters)
}

// energy is the mean squared error, over all filters, that a change of all weights makes.
func (s *secondMoments) energy(change []float32) float64 {
	sum := 0.0
	for i, v := range multiply(s.gram, s.columns, change, s.filters) {
		sum += float64(v) * float64(change[i])
	}
	return sum
}

// scale is the mean of the Gram matrix's diagonal: the unit of damping.
func (s *secondMoments) scale() float64 {
	sum := 0.0
	for i := range s.columns {
		sum += float64(s.gram[i*s.columns+i])
	}
	return math.Max(sum/float64(s.columns), 0) // centring rounds
}

// change is how much the mean squared error of filter f grows when its weights of the given columns
// change by delta; negative is better.
func (s *secondMoments) change(f int, columns []int, delta []float64) float64 {
	sum := 0.0
	for i, a := range columns {
		row, x := s.gram[a*s.columns:(a+1)*s.columns], 0.0
		for j, b := range columns {
			x += float64(row[b]) * delta[j]
		}
		sum += delta[i] * (x - 2*float64(s.cross[a*s.filters+f]))
	}
	return sum
}

// tiny keeps inputs that are always zero from making a singular matrix.
const tiny = 1e-12

// factor is the Cholesky factor of the Gram matrix of some columns with damping·scale added to its
// diagonal. Rounding may leave a matrix of few clips below zero: the damping then grows until it is not.
func (s *secondMoments) factor(columns []int, damping float64) blas64.Triangular {
	n := len(columns)
	for lift := math.Max(damping*s.scale(), tiny); ; lift *= 10 {
		h := blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: make([]float64, n*n)}
		for i, a := range columns {
			row := s.gram[a*s.columns : (a+1)*s.columns]
			for j := i; j < n; j++ {
				h.Data[i*n+j] = float64(row[columns[j]])
			}
			h.Data[i*n+i] += lift
		}
		if t, ok := lapack64.Potrf(h); ok {
			return t
		}
	}
}

// inverse of the Gram matrix of some columns, damped: both halves, row-major.
func (s *secondMoments) inverse(columns []int, damping float64) []float64 {
	for ; ; damping *= 10 { // until the factor has no zero on its diagonal
		h, ok := lapack64.Potri(s.factor(columns, damping))
		if !ok {
			continue
		}
		for i := range h.N {
			for j := range i {
				h.Data[i*h.Stride+j] = h.Data[j*h.Stride+i]
			}
		}
		return h.Data
	}
}
