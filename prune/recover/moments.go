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
	wrong            []float64 // mean error, by filter
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
	s.wrong = means(errors, s.filters)
	for i, a := range s.sum {
		row := s.cross[i*s.filters : (i+1)*s.filters]
		for f, b := range s.wrong {
			row[f] = float32((float64(row[f]) - a*b) / n)
		}
	}
}

// with are the moments of the patches of both, about their common means (Chan, Golub and LeVeque, 1979). Of
// errors it knows where both do.
func (s *secondMoments) with(o *secondMoments) *secondMoments {
	all := &secondMoments{columns: s.columns, filters: s.filters, count: s.count + o.count}
	all.sum = make([]float64, s.columns)
	share := float64(s.count) / float64(all.count)
	for i := range all.sum {
		all.sum[i] = s.sum[i] + o.sum[i]
	}
	apart := s.apartFrom(o)
	all.gram = mix(s.gram, o.gram, share)
	addProducts(all.gram, share*(1-share), apart, apart)
	if s.cross != nil && o.cross != nil {
		all.wrong = make([]float64, s.filters)
		wrong := make([]float64, s.filters)
		for f := range wrong {
			all.wrong[f] = share*s.wrong[f] + (1-share)*o.wrong[f]
			wrong[f] = s.wrong[f] - o.wrong[f]
		}
		all.cross = mix(s.cross, o.cross, share)
		addProducts(all.cross, share*(1-share), apart, wrong)
	}
	return all
}

// about are the moments of s about the means of o: what a fit that was made with those means sees of s.
func (s *secondMoments) about(o *secondMoments) *secondMoments {
	moved := *s
	apart := s.apartFrom(o)
	moved.gram = append([]float32(nil), s.gram...)
	addProducts(moved.gram, 1, apart, apart)
	if s.cross != nil && o.cross != nil {
		wrong := make([]float64, s.filters)
		for f := range wrong {
			wrong[f] = s.wrong[f] - o.wrong[f]
		}
		moved.cross = append([]float32(nil), s.cross...)
		addProducts(moved.cross, 1, apart, wrong)
	}
	return &moved
}

// apartFrom is how far the columns' means are from those of o.
func (s *secondMoments) apartFrom(o *secondMoments) []float64 {
	apart := make([]float64, s.columns)
	for i := range apart {
		apart[i] = s.sum[i]/float64(s.count) - o.sum[i]/float64(o.count)
	}
	return apart
}

// mix is a share of a, and b for the rest.
func mix(a, b []float32, share float64) []float32 {
	m := make([]float32, len(a))
	for i := range m {
		m[i] = float32(share*float64(a[i]) + (1-share)*float64(b[i]))
	}
	return m
}

// addProducts adds to a matrix the products of all rows' and all columns' values.
func addProducts(to []float32, factor float64, rows, columns []float64) {
	for i, r := range rows {
		line := to[i*len(columns) : (i+1)*len(columns)]
		for j, c := range columns {
			line[j] += float32(factor * r * c)
		}
	}
}

// imply sets the errors to those that a change of all weights makes, columns × filters.
func (s *secondMoments) imply(change []float32) {
	s.cross = multiply(s.gram, s.columns, change, s.filters)
	s.wrong = make([]float64, s.filters)
	for i, v := range change {
		s.wrong[i%s.filters] += s.sum[i/s.filters] / float64(s.count) * float64(v)
	}
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
