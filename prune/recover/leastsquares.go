package recover

import (
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// multiply is a·b of a square matrix a, n × n, and b, n × m.
func multiply(a []float32, n int, b []float32, m int) []float32 {
	c := make([]float32, n*m)
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, blas32.General{Rows: n, Cols: n, Stride: n, Data: a},
		blas32.General{Rows: n, Cols: m, Stride: m, Data: b}, 0, blas32.General{Rows: n, Cols: m, Stride: m, Data: c})
	return c
}

// means of each of m columns.
func means(rows []float32, m int) []float64 {
	mean := make([]float64, m)
	n := float64(len(rows) / m)
	for i, v := range rows {
		mean[i%m] += float64(v) / n
	}
	return mean
}

// family are filters that keep the same columns: they share one factorisation.
type family struct {
	filters []int
	columns []int
}

// families puts filters together whose columns are kept alike, in the order of their first filters. A
// filter that keeps nothing belongs to none.
func families(filters, columns int, keeps func(f, column int) bool) []family {
	var all []family
	index := map[string]int{}
	key := make([]byte, columns)
	for f := range filters {
		var kept []int
		for c := range columns {
			key[c] = 0
			if keeps(f, c) {
				key[c] = 1
				kept = append(kept, c)
			}
		}
		if len(kept) == 0 {
			continue
		}
		at, known := index[string(key)]
		if !known {
			at = len(all)
			index[string(key)] = at
			all = append(all, family{columns: kept})
		}
		all[at].filters = append(all[at].filters, f)
	}
	return all
}

// ridge is the change of a family's weights that lowers the mean squared error most, held back by
// damping·scale times its square (ridge regression towards the weights as they are): [filter][column].
func (s *secondMoments) ridge(fam family, damping float64) [][]float64 {
	n, m := len(fam.columns), len(fam.filters)
	x := blas64.General{Rows: n, Cols: m, Stride: m, Data: make([]float64, n*m)}
	for i, a := range fam.columns {
		for k, f := range fam.filters {
			x.Data[i*m+k] = float64(s.cross[a*s.filters+f])
		}
	}
	u := s.factor(fam.columns, damping)
	blas64.Trsm(blas.Left, blas.Trans, 1, u, x)
	blas64.Trsm(blas.Left, blas.NoTrans, 1, u, x)
	delta := make([][]float64, m)
	for k := range delta {
		delta[k] = make([]float64, n)
		for i := range n {
			delta[k][i] = x.Data[i*m+k]
		}
	}
	return delta
}

// dampings that are tried, from the boldest on, and the index of the one that is tried first.
var dampings = []float64{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10}

const firstDamping = 3

// judges is how many families the damping is chosen on.
const judges = 3

// refine changes the weights of the families such that the error shrinks on the clips that fit was summed
// up on, by as much as proves right on the clips of held: the damping is the one that is best there, and a
// family that is no better there stays as it is. It gives the change, columns × filters, and by how much the
// mean squared error of held falls. Where clips are few, what was found on those of fit is then done again on
// all.
func refine(fit, held *secondMoments, all []family, few bool) (delta []float32, gain float64) {
	if len(all) == 0 || fit.scale() == 0 {
		return make([]float32, fit.columns*fit.filters), 0
	}
	return refineBy(chooseDamping(fit, held, all), fit, held, all, few)
}

// refineBy is refine with a given damping; 0: nothing changes.
func refineBy(damping float64, fit, held *secondMoments, all []family, few bool) (delta []float32, gain float64) {
	delta = make([]float32, fit.columns*fit.filters)
	if damping == 0 {
		return delta, 0
	}
	final := fit
	if few { // what has proved right is done with all there is
		final = fit.with(held)
	}
	gains := make([]float64, len(all))
	eachFamily(all, func(at int, fam family) {
		solution := fit.ridge(fam, damping)
		for k, f := range fam.filters {
			gains[at] -= held.change(f, fam.columns, solution[k])
		}
		if gains[at] <= 0 {
			gains[at] = 0
			return
		}
		if few {
			solution = final.ridge(fam, damping)
		}
		for k, f := range fam.filters {
			for i, column := range fam.columns {
				delta[column*fit.filters+f] = float32(solution[k][i])
			}
		}
	})
	for _, g := range gains {
		gain += g
	}
	return delta, gain
}

// chooseDamping tries dampings on some of the families, from the first one on towards where the error falls,
// until it rises; 0: none is better than no change.
func chooseDamping(fit, held *secondMoments, all []family) float64 {
	var some []family
	for i := range min(judges, len(all)) {
		some = append(some, all[i*len(all)/min(judges, len(all))])
	}
	change := func(damping float64) float64 {
		changes := make([]float64, len(some))
		eachFamily(some, func(i int, fam family) {
			solution := fit.ridge(fam, damping)
			for k, f := range fam.filters {
				changes[i] += held.change(f, fam.columns, solution[k])
			}
		})
		sum := 0.0
		for _, c := range changes {
			sum += c
		}
		return sum
	}
	best, least := firstDamping, change(dampings[firstDamping])
	for _, step := range []int{1, -1} {
		for at := best + step; at >= 0 && at < len(dampings); at += step {
			c := change(dampings[at])
			if c >= least {
				break
			}
			best, least = at, c
		}
		if best != firstDamping {
			break // the other way it rises
		}
	}
	if least >= 0 {
		return 0
	}
	return dampings[best]
}

// eachFamily runs work side by side, the largest first, so that no core ends alone.
func eachFamily(all []family, work func(at int, f family)) {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(all[b].columns) - len(all[a].columns) })
	sideBySide(len(order), func(i int) { work(order[i], all[order[i]]) })
}

// sideBySide runs work 0 … n−1 on all processors.
func sideBySide(n int, work func(i int)) {
	group := new(errgroup.Group)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() error {
			work(i)
			return nil
		})
	}
	_ = group.Wait() // nothing in it fails
}
