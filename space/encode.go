package space

import "math"

// Unit encodes a point in the unit cube: level i of n lies at (i+½)/n, a real value at its share of
// the interval (of its logarithm where Log is set).
func (s *Space) Unit(p Point) []float64 {
	u := make([]float64, len(p))
	for i, q := range s.parameters {
		u[i] = q.unit(p[i])
	}
	return u
}

func (p Parameter) unit(x float64) float64 {
	if n := p.Levels(); n > 0 {
		return (x + 0.5) / float64(n)
	}
	if p.Min == p.Max {
		return 0.5
	}
	if p.Log {
		return clamp((math.Log(x)-math.Log(p.Min))/(math.Log(p.Max)-math.Log(p.Min)), 0, 1)
	}
	return (x - p.Min) / (p.Max - p.Min)
}

// FromUnit decodes a position of the unit cube; coordinates outside are clamped. Every level of a
// discrete parameter, the last one included, owns an equal share. FromUnit(Unit(p)) is p for discrete
// parameters and p within rounding for real ones.
func (s *Space) FromUnit(u []float64) Point {
	p := make(Point, len(s.parameters))
	for i, q := range s.parameters {
		p[i] = q.fromUnit(u[i])
	}
	return p
}

func (p Parameter) fromUnit(u float64) float64 {
	u = clamp(u, 0, 1)
	if n := p.Levels(); n > 0 {
		return math.Min(math.Floor(u*float64(n)), float64(n-1))
	}
	if p.Log {
		return clamp(math.Exp(math.Log(p.Min)+u*(math.Log(p.Max)-math.Log(p.Min))), p.Min, p.Max)
	}
	return clamp(p.Min+u*(p.Max-p.Min), p.Min, p.Max)
}

// clamp also maps NaN to low, so that a coordinate that was never computed cannot leave the space.
func clamp(x, low, high float64) float64 {
	if !(x >= low) {
		return low
	}
	return math.Min(x, high)
}
