package motion

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The clips are worth something only if nothing but motion tells the classes apart. These tests look
// for leaks in what a single frame shows, and each first shows that it would see one.

// significance is per comparison. With fewer than 2,000 comparisons a fair generator fails in one of
// 500 seeds, and the seed is fixed.
const significance = 1e-6

// TestStateIsUniformInEveryFrame holds the scene's variables against the uniform distribution, for each class
// and frame.
func TestStateIsUniformInEveryFrame(t *testing.T) {
	const clips = 400
	variables := map[string]func(s *scene) float64{
		"x":        func(s *scene) float64 { return float64((s.subject.x+s.camx)&(torus-1)) / torus },
		"y":        func(s *scene) float64 { return float64((s.subject.y+s.camy)&(torus-1)) / torus },
		"angle":    func(s *scene) float64 { return float64(s.subject.angle&(cycle-1)) / cycle },
		"radius":   func(s *scene) float64 { return float64(s.zoom&(cycle-1)) / cycle },
		"contrast": func(s *scene) float64 { return float64(s.fade&(cycle-1)) / cycle },
	}
	for label, c := range classes {
		values := map[string]*[Frames][]float64{}
		for name := range variables {
			values[name] = new([Frames][]float64)
		}
		for i := range clips {
			r := newSource(7, Train, i*len(classes)+label)
			s := newScene(r, c)
			for frame := range Frames {
				for name, value := range variables {
					values[name][frame] = append(values[name][frame], value(s))
				}
				s.step(r)
			}
		}
		for name, frames := range values {
			for frame, v := range frames {
				if p := againstUniform(v); p < significance {
					t.Errorf("class %s, frame %d: %s is not uniform (p = %.1g)", c.name, frame, name, p)
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	leak := make([]float64, clips)
	for i := range leak {
		leak[i] = 0.8 * r.Float64()
	}
	if p := againstUniform(leak); p >= significance {
		t.Errorf("a variable that leaves out a fifth of its range passes for uniform (p = %.1g)", p)
	}
}

// TestFrameStatisticsDoNotDependOnTheClass compares what can be measured in a frame between each class and
// the others.
func TestFrameStatisticsDoNotDependOnTheClass(t *testing.T) {
	const clips = 300
	g := Generator{Seed: 11, Split: Train}
	statistics := map[int][][][]float64{} // by frame, statistic, class
	clip := make([]byte, Bytes)
	frames := []int{0, Frames / 2, Frames - 1}
	for i := range clips * len(classes) {
		label := g.Clip(i, clip)
		for _, f := range frames {
			if statistics[f] == nil {
				statistics[f] = make([][][]float64, len(frameStatistics(clip[:Size*Size])))
			}
			for k, v := range frameStatistics(clip[f*Size*Size : (f+1)*Size*Size]) {
				if statistics[f][k] == nil {
					statistics[f][k] = make([][]float64, len(classes))
				}
				statistics[f][k][label] = append(statistics[f][k][label], v)
			}
		}
	}
	for _, f := range frames {
		for k, byClass := range statistics[f] {
			for label := range byClass {
				others := slices.Concat(slices.Concat(byClass[:label]...), slices.Concat(byClass[label+1:]...))
				if p := sameDistribution(byClass[label], others); p < significance {
					t.Errorf("frame %d: statistic %d tells class %s from the others (p = %.1g)", f, k, classes[label].name, p)
				}
			}
		}
	}
	// A leak: the same blobs, always at 60 % contrast or more.
	var bright []float64
	for i := range clips {
		r := newSource(12, Train, i)
		s := newScene(r, classes[0])
		s.fade = cycle*6/10 + r.below(cycle*4/10)
		var c canvas
		s.draw(&c)
		c.store(r, clip[:Size*Size])
		bright = append(bright, frameStatistics(clip[:Size*Size])[1])
	}
	if p := sameDistribution(bright, slices.Concat(statistics[0][1]...)); p >= significance {
		t.Errorf("brighter blobs pass for the same (p = %.1g)", p)
	}
}

// frameStatistics measures one frame: mean, spread, skew, range, the energy at coarse and fine scale
// and along rows and columns, and the place of the brightest spot.
func frameStatistics(frame []byte) []float64 {
	var mean, spread, skew, rough, horizontal, vertical float64
	lowest, highest := 255.0, 0.0
	for _, b := range frame {
		mean += float64(b) / float64(len(frame))
	}
	coarse := make([]float64, 64)
	for i, b := range frame {
		v := float64(b) - mean
		spread += v * v
		skew += v * v * v
		lowest, highest = min(lowest, float64(b)), max(highest, float64(b))
		coarse[i/Size/4*8+i%Size/4] += v
		h := float64(frame[i/Size*Size+(i+1)%Size]) - float64(b)
		u := float64(frame[(i+Size)%len(frame)]) - float64(b)
		horizontal += h * h
		vertical += u * u
		rough += h * u
	}
	coarseEnergy, spot := 0.0, 0
	for i, v := range coarse {
		coarseEnergy += v * v
		if v > coarse[spot] {
			spot = i
		}
	}
	return []float64{mean, spread, skew / math.Pow(spread, 1.5), lowest, highest, coarseEnergy, horizontal, vertical, rough,
		float64(spot % 8), float64(spot / 8)}
}

// againstUniform is the p-value of the Kolmogorov-Smirnov test of v against the uniform distribution on
// [0, 1).
func againstUniform(v []float64) float64 {
	slices.Sort(v)
	d, n := 0.0, float64(len(v))
	for i, x := range v {
		d = max(d, math.Abs(x-float64(i)/n), math.Abs(float64(i+1)/n-x))
	}
	return kolmogorov(d, n)
}

// sameDistribution is the p-value of the two-sample Kolmogorov-Smirnov test; ties make it conservative.
func sameDistribution(a, b []float64) float64 {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	d, i, j := 0.0, 0, 0
	for i < len(a) && j < len(b) {
		x := min(a[i], b[j])
		for i < len(a) && a[i] == x {
			i++
		}
		for j < len(b) && b[j] == x {
			j++
		}
		d = max(d, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return kolmogorov(d, float64(len(a)*len(b))/float64(len(a)+len(b)))
}

// kolmogorov is the asymptotic tail probability of a distance d at an effective sample size n, with Stephens'
// correction (Journal of the Royal Statistical Society B 32, 1970).
func kolmogorov(d, n float64) float64 {
	x := d * (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n))
	p := 0.0
	for k := 1.0; k <= 20; k++ {
		p += 2 * math.Pow(-1, k-1) * math.Exp(-2*k*k*x*x)
	}
	return max(0, min(1, p))
}

// TestOnlyMotionPredictsTheClass trains one kind of classifier, ridge regression, on two kinds of features: of
// single frames (random rectified projections of the pixels, coarse pixels and statistics), averaging its
// verdicts over the frames; and of pairs of consecutive frames. The first must stay at chance.
func TestOnlyMotionPredictsTheClass(t *testing.T) {
	if testing.Short() {
		t.Skip("trains two classifiers for some seconds")
	}
	const trained, tested = 5400, 1800
	chance := 1 / float64(len(classes))
	// Five standard errors of a guess.
	margin := 5 * math.Sqrt(chance*(1-chance)/tested)

	project := projections(150)
	alone := ridgeAccuracy(t, trained, tested, func(clip []byte) [][]float64 {
		var rows [][]float64
		for f := range Frames {
			rows = append(rows, project(clip[f*Size*Size:(f+1)*Size*Size]))
		}
		return rows
	})
	together := ridgeAccuracy(t, trained, tested, func(clip []byte) [][]float64 { return [][]float64{correlations(clip)} })
	t.Logf("chance %.3f, single frames %.3f, consecutive frames %.3f", chance, alone, together)
	if alone > chance+margin {
		t.Errorf("single frames predict %.3f of the classes: want chance, %.3f, within %.3f", alone, chance, margin)
	}
	if together < 0.4 {
		t.Errorf("consecutive frames predict %.3f of the classes: want at least 0.4, or the check above proves nothing", together)
	}
}

// projections makes a function from a frame to features.
func projections(count int) func(frame []byte) []float64 {
	r := rand.New(rand.NewPCG(5, 5))
	// A projection looks at a window of 9 × 9 pixels at a random place.
	const side = 9
	type window struct {
		x, y    int
		weights [side * side]float64
	}
	windows := make([]window, count)
	for i := range windows {
		windows[i].x, windows[i].y = r.IntN(Size), r.IntN(Size)
		for k := range windows[i].weights {
			windows[i].weights[k] = r.NormFloat64()
		}
	}
	return func(frame []byte) []float64 {
		features := frameStatistics(frame)[:9]
		for i, scale := range []float64{130, 5e5, 0.1, 50, 200, 1e5, 5e5, 5e5, 2e5} {
			features[i] /= scale
		}
		for _, w := range windows {
			sum := 0.0
			for k, weight := range w.weights {
				sum += weight * float64(Value(frame[(w.y+k/side)%Size*Size+(w.x+k%side)%Size]))
			}
			features = append(features, max(0, sum)/9)
		}
		return append(features, 1)
	}
}

// correlations multiplies each frame with the next one moved by up to 3 pixels either way, over the torus, and adds
// up over pixels and frames.
func correlations(clip []byte) []float64 {
	const reach = 3
	features := []float64{1}
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			sum := int32(0)
			for f := range Frames - 1 {
				now, next := clip[f*Size*Size:], clip[(f+1)*Size*Size:]
				for y := range Size {
					to := (y + dy) & (Size - 1) * Size
					for x := range Size {
						sum += (int32(now[y*Size+x]) - 128) * (int32(next[to+(x+dx)&(Size-1)]) - 128) >> 6
					}
				}
			}
			features = append(features, float64(sum)/20000)
		}
	}
	return features
}

// ridgeAccuracy fits features to one-hot labels, a row of features per view of a clip, and gives the share
// of other clips whose views, averaged, point to the right class.
func ridgeAccuracy(t *testing.T, trained, tested int, views func(clip []byte) [][]float64) float64 {
	t.Helper()
	clip := make([]byte, Bytes)
	g := Generator{Seed: 13, Split: Train}
	label := g.Clip(0, clip)
	width := len(views(clip)[0])
	gram, moments := mat.NewSymDense(width, nil), mat.NewDense(width, len(classes), nil)
	for i := range trained {
		label = g.Clip(i, clip)
		for _, row := range views(clip) {
			gram.SymRankOne(gram, 1, mat.NewVecDense(width, row))
			for k, v := range row {
				moments.Set(k, label, moments.At(k, label)+v)
			}
		}
	}
	for k := range width {
		gram.SetSym(k, k, gram.At(k, k)+1)
	}
	var factor mat.Cholesky
	if !factor.Factorize(gram) {
		t.Fatal("the features' Gram matrix is not positive definite")
	}
	var weights mat.Dense
	if err := factor.SolveTo(&weights, moments); err != nil {
		t.Fatal(err)
	}
	g.Split = Test
	right := 0
	for i := range tested {
		label = g.Clip(i, clip)
		scores := make([]float64, len(classes))
		for _, row := range views(clip) {
			for c := range scores {
				for k, v := range row {
					scores[c] += v * weights.At(k, c)
				}
			}
		}
		best := 0
		for c, s := range scores {
			if s > scores[best] {
				best = c
			}
		}
		if best == label {
			right++
		}
	}
	return float64(right) / float64(tested)
}
