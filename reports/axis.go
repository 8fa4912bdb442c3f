package reports

import (
	"fmt"
	"math"
)

// axis maps values to places on a picture.
type axis struct {
	low, high float64 // values
	from, to  float64 // places, in pixels
}

// newAxis covers the values from low to high with a margin of a share of their span.
func newAxis(low, high, margin, from, to float64) axis {
	span := high - low
	if span <= 0 {
		span = math.Max(math.Abs(high)*0.1, 1e-3)
	}
	return axis{low - margin*span, high + margin*span, from, to}
}

func (a axis) place(v float64) float64 {
	return a.from + (v-a.low)/(a.high-a.low)*(a.to-a.from)
}

func (a axis) holds(v float64) bool { return a.low <= v && v <= a.high }

// ticks are the multiples of 1, 2 or 5 times a power of ten on the axis, about n of them, and the
// digits after the point that tell them apart.
func (a axis) ticks(n int) (values []float64, digits int) {
	rough := (a.high - a.low) / float64(n)
	power := math.Floor(math.Log10(rough))
	step := math.Pow(10, power)
	for _, factor := range []float64{1, 2, 5, 10} {
		if factor*math.Pow(10, power) >= rough {
			step = factor * math.Pow(10, power)
			break
		}
	}
	for i := math.Ceil(a.low / step); i*step <= a.high; i++ {
		values = append(values, i*step)
	}
	return values, max(0, -int(math.Floor(math.Log10(step)+1e-9)))
}

// fixed writes a tick; minus zero is zero.
func fixed(v float64, digits int) string {
	text := fmt.Sprintf("%.*f", digits, v)
	if v == 0 || text == "-0" {
		return fmt.Sprintf("%.*f", digits, 0.0)
	}
	return text
}
