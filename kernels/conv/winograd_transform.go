package conv

import (
	"math"

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
// with ±3/4, ±3/2 the largest error of random sums over 768 channels is a third of that with the usual
// ±1, ±2 (with ±√2, ±1/√2 a tenth less still), and every factor is exact in float32.
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
