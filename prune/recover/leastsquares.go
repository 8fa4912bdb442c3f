package recover

import (
	"math"
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

// trial is a fit and what it is held against: moments of other clips, about the means of those that it is
// made on.
type trial struct{ fit, held *secondMoments }

// trials are what weights of one block are chosen by, and what those that are chosen are fitted on.
type trials struct {
	all   []trial
	final *secondMoments
}

// newTrials makes trials of parts of the clips. Where clips are many, the first part is fitted on and the
// second held against it. Where they are few, none can be spared: each part is held against a fit on the
// others (cross-validation), and what has proved right is done with all there is.
func newTrials(parts []*secondMoments, few bool) trials {
	if !few {
		return trials{[]trial{{parts[0], parts[1].about(parts[0])}}, parts[0]}
	}
	t := trials{final: parts[0]}
	for i, held := range parts {
		var fit *secondMoments
		for j, part := range parts {
			switch {
			case j == i:
			case fit == nil:
				fit = part
			default:
				fit = fit.with(part)
			}
		}
		t.all = append(t.all, trial{fit, held.about(fit)})
		if i > 0 {
			t.final = t.final.with(held)
		}
	}
	return t
}

// refine changes the weights of the families such that the error shrinks, by as much as proves right in the
// trials: the damping is the one that is best there, and a family that is no better there stays as it is. It
// gives the change, columns × filters, and by how much the mean squared error of what is held falls.
func (t trials) refine(all []family) (delta []float32, gain float64) {
	if len(all) == 0 || t.final.scale() == 0 {
		return make([]float32, t.final.columns*t.final.filters), 0
	}
	return t.refineBy(t.chooseDamping(all), all)
}

// refineBy is refine with a given damping; 0: nothing changes.
func (t trials) refineBy(damping float64, all []family) (delta []float32, gain float64) {
	final := t.final
	delta = make([]float32, final.columns*final.filters)
	if damping == 0 {
		return delta, 0
	}
	gains := make([]float64, len(all))
	eachFamily(all, func(at int, fam family) {
		of, solution := t.gains(fam, damping)
		if sure(of) <= 0 {
			return
		}
		gains[at] = average(of)
		if len(t.all) > 1 {
			solution = final.ridge(fam, damping)
		}
		for k, f := range fam.filters {
			for i, column := range fam.columns {
				delta[column*final.filters+f] = float32(solution[k][i])
			}
		}
	})
	for _, g := range gains {
		gain += g
	}
	return delta, gain
}

// gains are by how much the mean squared error of what is held falls in each trial, and the last one's change
// of weights.
func (t trials) gains(fam family, damping float64) (gains []float64, solution [][]float64) {
	gains = make([]float64, len(t.all))
	for i, trial := range t.all {
		solution = trial.fit.ridge(fam, damping)
		for k, f := range fam.filters {
			gains[i] -= trial.held.change(f, fam.columns, solution[k])
		}
	}
	return gains, solution
}

// energy is the mean squared error, over all filters, that a change of all weights makes on what is held.
func (t trials) energy(change []float32) float64 {
	sum := 0.0
	for _, trial := range t.all {
		sum += trial.held.energy(change) / float64(len(t.all))
	}
	return sum
}

// chooseDamping tries dampings on some of the families, from the first one on towards where the gain grows,
// until it shrinks; 0: none is surely better than no change.
func (t trials) chooseDamping(all []family) float64 {
	var some []family
	for i := range min(judges, len(all)) {
		some = append(some, all[i*len(all)/min(judges, len(all))])
	}
	gain := func(damping float64) float64 {
		each := make([][]float64, len(some))
		eachFamily(some, func(i int, fam family) { each[i], _ = t.gains(fam, damping) })
		sum := make([]float64, len(t.all))
		for _, gains := range each {
			for i, g := range gains {
				sum[i] += g
			}
		}
		return sure(sum)
	}
	best, most := firstDamping, gain(dampings[firstDamping])
	for _, step := range []int{1, -1} {
		for at := best + step; at >= 0 && at < len(dampings); at += step {
			g := gain(dampings[at])
			if g <= most {
				break
			}
			best, most = at, g
		}
		if best != firstDamping {
			break // the other way it falls
		}
	}
	if most <= 0 {
		return 0
	}
	return dampings[best]
}

// sure is what gains come to at least, as far as they tell: their mean less its standard error. A gain that
// is there in one trial and not in the others counts for little (the rule of one standard error of Breiman et
// al., "Classification and Regression Trees", 1984). One trial says nothing about its error.
func sure(gains []float64) float64 {
	mean := average(gains)
	if len(gains) == 1 {
		return mean
	}
	squares := 0.0
	for _, g := range gains {
		squares += (g - mean) * (g - mean)
	}
	n := float64(len(gains))
	return mean - math.Sqrt(squares/(n-1)/n)
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
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
