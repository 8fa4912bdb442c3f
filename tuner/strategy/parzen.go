package strategy

import (
	"math"
	"math/rand/v2"
	"sort"
)

// axis is one coordinate as the Parzen estimator sees it: levels 0 … n−1 of a discrete parameter, or
// the unit interval of a real one.
type axis struct {
	low, high float64 // of the density: half a level beyond the first and last level
	step      float64 // 1 for levels, 0 for reals
	choices   int     // categorical: number of choices, else 0
}

// parzen is a density over one coordinate: a mixture of one kernel per observation and one prior.
//
// Numeric: normal kernels truncated to [low, high]; the width of each is the larger distance to its
// neighbours, clipped; the prior is a normal as wide as the axis (Bergstra et al. 2011, section 4, with
// the clipping of hyperopt and Optuna). Levels have the mass of the interval around them.
// Categorical: each kernel puts most of its mass on the observed choice and shares the prior's weight
// among all.
type parzen struct {
	axis
	weights   []float64 // of the kernels, summing to 1
	logWeight []float64
	mu, sigma []float64           // numeric
	logMass   []float64           // numeric: logarithm of each kernel's mass inside [low, high]
	table     [][]float64         // categorical: probability of each choice by kernel
	known     map[float64]float64 // densities of levels and choices, computed once
}

// oldWeights ramps down what lies further back than the latest observations (Optuna's default: full
// weight for 25).
func oldWeights(n int) []float64 {
	const full = 25
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
		if ramp := n - full; i < ramp {
			w[i] = 1 / float64(n)
			if ramp > 1 {
				w[i] += (1 - 1/float64(n)) * float64(i) / float64(ramp-1)
			}
		}
	}
	return w
}

// newParzen fits the density to observations in the order in which they were made.
func newParzen(a axis, observations []float64) *parzen {
	p := &parzen{axis: a, known: map[float64]float64{}}
	p.weights = append(oldWeights(len(observations)), 1) // the prior is last
	if a.choices > 0 {
		p.fitChoices(observations)
	} else {
		p.fitNormals(observations)
	}
	total := 0.0
	for _, w := range p.weights {
		total += w
	}
	for i := range p.weights {
		p.weights[i] /= total
		p.logWeight = append(p.logWeight, math.Log(p.weights[i]))
	}
	return p
}

func (p *parzen) fitChoices(observations []float64) {
	prior := 1 / float64(len(observations)+1)
	for _, x := range append(observations[:len(observations):len(observations)], -1) {
		row := make([]float64, p.choices)
		sum := 0.0
		for c := range row {
			row[c] = prior
			if c == int(x) {
				row[c]++
			}
			sum += row[c]
		}
		for c := range row {
			row[c] /= sum
		}
		p.table = append(p.table, row)
	}
}

func (p *parzen) fitNormals(observations []float64) {
	span := p.high - p.low
	p.mu = append(append([]float64(nil), observations...), (p.low+p.high)/2)
	n := len(p.mu)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return p.mu[order[i]] < p.mu[order[j]] })
	p.sigma = make([]float64, n)
	for k, i := range order {
		left, right := 0.0, 0.0
		if k > 0 {
			left = p.mu[i] - p.mu[order[k-1]]
		} else {
			left = p.mu[i] - p.low
		}
		if k < n-1 {
			right = p.mu[order[k+1]] - p.mu[i]
		} else {
			right = p.high - p.mu[i]
		}
		// The distance to the border counts only for a kernel without neighbours.
		switch {
		case n > 1 && k == 0:
			left = 0
		case n > 1 && k == n-1:
			right = 0
		}
		p.sigma[i] = math.Min(math.Max(math.Max(left, right), span/math.Min(100, float64(1+n))), span)
	}
	p.sigma[n-1] = span // the prior
	p.logMass = make([]float64, n)
	for i := range p.mu {
		p.logMass[i] = logNormalMass((p.low-p.mu[i])/p.sigma[i], (p.high-p.mu[i])/p.sigma[i])
	}
}

// sample draws a coordinate: a level's number, or a position of the unit interval.
func (p *parzen) sample(r *rand.Rand) float64 {
	k := pick(r, p.weights)
	if p.choices > 0 {
		return float64(pick(r, p.table[k]))
	}
	// Inverse distribution function between the truncation points.
	a, b := normalCDF((p.low-p.mu[k])/p.sigma[k]), normalCDF((p.high-p.mu[k])/p.sigma[k])
	x := p.mu[k] + p.sigma[k]*math.Sqrt2*math.Erfinv(2*(a+r.Float64()*(b-a))-1)
	x = math.Min(math.Max(x, p.low), p.high)
	if p.step > 0 {
		x = math.Min(math.Max(math.Round(x), math.Ceil(p.low)), math.Floor(p.high))
	}
	return x
}

// logDensity is the logarithm of the density (or of the level's probability) at x: the log-sum-exp of
// the kernels.
func (p *parzen) logDensity(x float64) float64 {
	if d, ok := p.known[x]; ok {
		return d
	}
	d := p.mixture(x)
	if p.step > 0 || p.choices > 0 {
		p.known[x] = d
	}
	return d
}

func (p *parzen) mixture(x float64) float64 {
	terms := make([]float64, len(p.weights))
	for k := range terms {
		terms[k] = p.logWeight[k]
		switch {
		case p.choices > 0:
			terms[k] += math.Log(p.table[k][int(x)])
		case p.step > 0:
			half := p.step / 2
			terms[k] += logNormalMass((x-half-p.mu[k])/p.sigma[k], (x+half-p.mu[k])/p.sigma[k]) - p.logMass[k]
		default:
			z := (x - p.mu[k]) / p.sigma[k]
			terms[k] += -z*z/2 - math.Log(p.sigma[k]*math.Sqrt(2*math.Pi)) - p.logMass[k]
		}
	}
	return logSumExp(terms)
}

func logSumExp(terms []float64) float64 {
	largest := math.Inf(-1)
	for _, t := range terms {
		largest = math.Max(largest, t)
	}
	if math.IsInf(largest, -1) {
		return largest
	}
	sum := 0.0
	for _, t := range terms {
		sum += math.Exp(t - largest)
	}
	return largest + math.Log(sum)
}

func normalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// logNormalMass is the logarithm of the standard normal's mass between a and b, a < b, accurate in
// both tails.
func logNormalMass(a, b float64) float64 {
	if a > 0 {
		a, b = -b, -a // the left tail is where Erfc keeps its digits
	}
	mass := normalCDF(b) - normalCDF(a)
	if mass > 0 {
		return math.Log(mass)
	}
	// Beyond the range of Erfc: the density at b times the width that counts there (Mills' ratio).
	return -b*b/2 - math.Log(math.Sqrt(2*math.Pi)*math.Max(-b, 1))
}

// pick draws an index with probability in proportion to its weight.
func pick(r *rand.Rand, weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	u := r.Float64() * total
	for i, w := range weights {
		if u < w {
			return i
		}
		u -= w
	}
	return len(weights) - 1
}
