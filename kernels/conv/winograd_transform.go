package conv

import (
	"math"
	"slices"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Transform is the fast convolution F(m, 3) on one axis: m outputs of a kernel of 3 from m + 2 inputs x
// are Output · ((Weight · w) ∘ (Input · x)), ∘ being the product value by value. On several axes the
// matrices are applied one axis after another.
type Transform struct {
	Output [][]float64 // m × (m + 2)
	Weight [][]float64 // (m + 2) × 3, applied in float64 when weights are packed
	Input  [][]float64 // (m + 2) × (m + 2)
}

// The transforms of two and of four outputs. Points other than 0, 1 and -1 are chosen for their rounding:
// with ±3/4, ±3/2 the largest error of sums of a few hundred channels is a quarter of that with the usual
// ±1, ±2 (±√2, ±1/√2 are no better), and every factor is exact in float32.
var (
	transform2 = toomCook(2, 0, 1, -1)
	transform4 = toomCook(4, 0, 0.75, -0.75, 1.5, -1.5)
)

// toomCook is the transform that evaluates the polynomials behind inputs and kernel at m + 1 points and
// at infinity, and interpolates what their product says (Winograd, "Arithmetic complexity of
// computations", 1980; transposed as in Lavin and Gray 2016).
func toomCook(m int, points ...float64) Transform {
	var t Transform
	t.Output, t.Weight, t.Input = matrix(m, m+2), matrix(m+2, 3), matrix(m+2, m+2)
	for i, p := range points {
		scale, others := 1.0, []float64{1}
		for j, q := range points {
			if j != i {
				scale *= p - q
				others = timesRoot(others, q)
			}
		}
		copy(t.Input[i], others)
		for k, power := 0, 1.0; k < max(m, 3); k, power = k+1, power*p {
			if k < m {
				t.Output[k][i] = power
			}
			if k < 3 {
				t.Weight[i][k] = power / scale
			}
		}
	}
	all := []float64{1}
	for _, p := range points {
		all = timesRoot(all, p)
	}
	copy(t.Input[m+1], all)
	t.Output[m-1][m+1], t.Weight[m+1][2] = 1, 1
	return t
}

func matrix(rows, columns int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, columns)
	}
	return m
}

// timesRoot multiplies a polynomial, lowest power first, by x - root.
func timesRoot(polynomial []float64, root float64) []float64 {
	product := make([]float64, len(polynomial)+1)
	for i, c := range polynomial {
		product[i+1] += c
		product[i] -= root * c
	}
	return product
}

// transformOf is the transform of an axis with tiles of that many outputs; nil where an axis is not
// transformed.
func transformOf(outputs int) *Transform {
	switch outputs {
	case 2:
		return &transform2
	case 4:
		return &transform4
	}
	return nil
}

// Transforms are those of an algorithm's axes (depth, height, width); nil for a depth that is not
// transformed.
func Transforms(a spec.Algorithm) [3]*Transform {
	tile := a.Tile()
	return [3]*Transform{transformOf(tile[0]), transformOf(tile[1]), transformOf(tile[2])}
}

// term is a factor times a named value.
type term struct {
	factor float64
	name   string
}

// combine writes the statements that give each row of a matrix times the values in: out0, out1, …
// Columns that agree but for signs are added and subtracted once; so are the shared parts of pairs of
// rows that differ in the sign of one part, as the rows of points p and -p do.
func (e *emitter) combine(m [][]float64, in, out string) {
	rows := e.foldColumns(m, in)
	done := make([]bool, len(rows))
	for i, row := range rows {
		if done[i] {
			continue
		}
		if j, even, odd := partner(rows, i); j > 0 && !done[j] {
			done[j] = true
			factor := commonFactor(odd)
			for k := range odd {
				odd[k].factor /= factor
			}
			a, b := e.name(even, out+"e", i), e.name(odd, out+"o", i)
			e.w.Line("const rt3d_vec %s%d = %s;", out, i, sum([]term{{1, a}, {factor, b}}))
			e.w.Line("const rt3d_vec %s%d = %s;", out, j, sum([]term{{1, a}, {-factor, b}}))
			continue
		}
		e.w.Line("const rt3d_vec %s%d = %s;", out, i, sum(row))
	}
}

// foldColumns turns a matrix into sums of terms, and writes sum and difference of the columns that go
// together in every row.
func (e *emitter) foldColumns(m [][]float64, in string) [][]term {
	rows := make([][]term, len(m))
	folded := make([]bool, len(m[0]))
	for i := range m[0] {
		if folded[i] {
			continue
		}
		j := twin(m, i)
		if j < 0 || folded[j] {
			for r := range m {
				if m[r][i] != 0 {
					rows[r] = append(rows[r], term{m[r][i], value(in, i)})
				}
			}
			continue
		}
		folded[j] = true
		e.w.Line("const rt3d_vec %ss%d = rt3d_add(%s, %s);", in, i, value(in, i), value(in, j))
		e.w.Line("const rt3d_vec %sd%d = rt3d_sub(%s, %s);", in, i, value(in, i), value(in, j))
		for r := range m {
			switch m[r][j] {
			case 0:
			case m[r][i]:
				rows[r] = append(rows[r], term{m[r][i], value(in+"s", i)})
			default:
				rows[r] = append(rows[r], term{m[r][i], value(in+"d", i)})
			}
		}
	}
	return rows
}

// twin finds a later column that equals column i but for signs, with both signs among the rows.
func twin(m [][]float64, i int) int {
	for j := i + 1; j < len(m[0]); j++ {
		equal, opposite, other := 0, 0, false
		for _, row := range m {
			switch {
			case row[i] == 0 && row[j] == 0:
			case row[i] == row[j]:
				equal++
			case row[i] == -row[j]:
				opposite++
			default:
				other = true
			}
		}
		if !other && equal > 0 && opposite > 0 {
			return j
		}
	}
	return -1
}

// partner finds a later row with the same values in row i's part even and the negative ones in its part
// odd, both of them not empty; 0 when there is none.
func partner(rows [][]term, i int) (j int, even, odd []term) {
	for j := i + 1; j < len(rows); j++ {
		if len(rows[j]) != len(rows[i]) {
			continue
		}
		var even, odd []term
		for k, t := range rows[i] {
			switch o := rows[j][k]; {
			case o == t:
				even = append(even, t)
			case o.name == t.name && o.factor == -t.factor:
				odd = append(odd, t)
			}
		}
		if len(even)+len(odd) == len(rows[i]) && len(even) > 0 && len(odd) > 0 {
			return j, even, odd
		}
	}
	return 0, nil, nil
}

// commonFactor is a factor to take out of a sum such that a term is left without any and the others
// stay exact in float32; 1 when there is none.
func commonFactor(terms []term) float64 {
	for _, t := range terms {
		if !slices.ContainsFunc(terms, func(o term) bool { q := o.factor / t.factor; return float64(float32(q)) != q }) {
			return t.factor
		}
	}
	return 1
}

// name gives a sum a name, unless it is a value that has one.
func (e *emitter) name(terms []term, prefix string, i int) string {
	if len(terms) == 1 && terms[0].factor == 1 {
		return terms[0].name
	}
	name := value(prefix, i)
	e.w.Line("const rt3d_vec %s = %s;", name, sum(terms))
	return name
}

// sum is the C expression of a sum of terms. It starts with one that needs no product.
func sum(terms []term) string {
	first := 0
	for k, t := range terms {
		if t.factor == 1 {
			first = k
			break
		}
	}
	text := terms[first].name
	if f := terms[first].factor; f != 1 {
		text = "rt3d_mul(rt3d_set1(" + float(float32(f)) + "), " + text + ")"
	}
	for k, t := range terms {
		switch {
		case k == first:
		case t.factor == 1:
			text = "rt3d_add(" + text + ", " + t.name + ")"
		case t.factor == -1:
			text = "rt3d_sub(" + text + ", " + t.name + ")"
		default:
			text = "rt3d_fma(rt3d_set1(" + float(float32(t.factor)) + "), " + t.name + ", " + text + ")"
		}
	}
	return text
}

// Amplification is how many times larger than that of a direct convolution with sums as long the rounding
// error of an algorithm's products is in an output, for inputs and weights that are independent of each
// other: on each axis, the product at point i has the deviation of |Input row i| · |Weight row i| and comes
// back times Output, while a direct output has that of its 3 products.
func Amplification(a spec.Algorithm) float64 {
	variance := 1.0
	for _, t := range Transforms(a) {
		if t == nil {
			continue
		}
		worst := 0.0
		for _, row := range t.Output {
			sum := 0.0
			for i, v := range row {
				sum += v * v * squares(t.Input[i]) * squares(t.Weight[i]) / 3
			}
			worst = max(worst, sum)
		}
		variance *= worst
	}
	return math.Sqrt(variance)
}

func squares(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v * v
	}
	return sum
}
