package space

import (
	"fmt"
	"math"
	"strconv"
)

// Kind says what values a parameter takes.
type Kind string

// The kinds.
const (
	Integer     Kind = "integer"     // Low, Low+Step ... High
	Ordered     Kind = "ordered"     // listed numbers, increasing
	Real        Kind = "real"        // Min … Max, both included
	Ranked      Kind = "ranked"      // listed words in an order, for example low, medium, high
	Categorical Kind = "categorical" // listed words without an order
)

// Parameter is one named variable. Make it with Int, Steps, Numbers,
// Ints, Float, LogFloat, Rank or Category.
type Parameter struct {
	Name string
	Kind Kind
	// Integer.
	Low, High, Step int
	// Ordered: strictly increasing.
	Numbers []float64
	// Real: Log searches evenly in the logarithm.
	Min, Max float64
	Log      bool
	// Categorical and Ranked: distinct.
	Choices []string
}

// Int is an integer range that includes both bounds.
func Int(name string, low, high int) Parameter {
	return Parameter{Name: name, Kind: Integer, Low: low, High: high, Step: 1}
}

// Steps is an integer range low, low+step ... that includes high where it is hit.
func Steps(name string, low, high, step int) Parameter {
	return Parameter{Name: name, Kind: Integer, Low: low, High: high, Step: step}
}

// Numbers is a choice among increasing numbers, for example 1, 2, 4, 8.
func Numbers(name string, numbers ...float64) Parameter {
	return Parameter{Name: name, Kind: Ordered, Numbers: numbers}
}

// Ints is Numbers for integers.
func Ints(name string, numbers ...int) Parameter {
	p := Parameter{Name: name, Kind: Ordered}
	for _, n := range numbers {
		p.Numbers = append(p.Numbers, float64(n))
	}
	return p
}

// Float is a real interval.
func Float(name string, low, high float64) Parameter {
	return Parameter{Name: name, Kind: Real, Min: low, Max: high}
}

// LogFloat is a positive real interval, searched evenly in the logarithm.
func LogFloat(name string, low, high float64) Parameter {
	return Parameter{Name: name, Kind: Real, Min: low, Max: high, Log: true}
}

// Category is a choice among words.
func Category(name string, choices ...string) Parameter {
	return Parameter{Name: name, Kind: Categorical, Choices: choices}
}

// Rank is a choice among words that have an order.
func Rank(name string, choices ...string) Parameter {
	return Parameter{Name: name, Kind: Ranked, Choices: choices}
}

// Levels is the number of values of a discrete parameter, and 0 for a real one.
func (p Parameter) Levels() int {
	switch p.Kind {
	case Integer:
		return (p.High-p.Low)/p.Step + 1
	case Ordered:
		return len(p.Numbers)
	case Categorical, Ranked:
		return len(p.Choices)
	}
	return 0
}

// Numeric tells whether the order of the values means something.
func (p Parameter) Numeric() bool { return p.Kind != Categorical }

func (p Parameter) check() error {
	switch p.Kind {
	case Integer:
		if p.Step < 1 || p.High < p.Low {
			return fmt.Errorf("parameter %q: range %d to %d by %d: want low <= high and a positive step", p.Name, p.Low, p.High, p.Step)
		}
		if d := p.High - p.Low; d < 0 || d > 1<<52 {
			return fmt.Errorf("parameter %q: range %d to %d is wider than 2^52", p.Name, p.Low, p.High)
		}
	case Ordered:
		if len(p.Numbers) == 0 {
			return fmt.Errorf("parameter %q: no numbers", p.Name)
		}
		for i, n := range p.Numbers {
			if math.IsNaN(n) || math.IsInf(n, 0) || i > 0 && n <= p.Numbers[i-1] {
				return fmt.Errorf("parameter %q: number %g at place %d: want finite, increasing numbers", p.Name, n, i)
			}
		}
	case Real:
		if !(p.Min <= p.Max) || math.IsInf(p.Min, 0) || math.IsInf(p.Max, 0) || math.IsInf(p.Max-p.Min, 0) {
			return fmt.Errorf("parameter %q: interval %g to %g: want finite bounds, low <= high", p.Name, p.Min, p.Max)
		}
		if p.Log && p.Min <= 0 {
			return fmt.Errorf("parameter %q: lower bound %g: a logarithmic interval wants positive bounds", p.Name, p.Min)
		}
	case Categorical, Ranked:
		if len(p.Choices) == 0 {
			return fmt.Errorf("parameter %q: no choices", p.Name)
		}
		seen := map[string]bool{}
		for _, c := range p.Choices {
			if seen[c] {
				return fmt.Errorf("parameter %q: choice %q is listed twice", p.Name, c)
			}
			seen[c] = true
		}
	default:
		return fmt.Errorf("parameter %q: unknown kind %q", p.Name, p.Kind)
	}
	return nil
}

// value gives the meaning of a coordinate: int, float64 or string.
func (p Parameter) value(x float64) any {
	switch p.Kind {
	case Integer:
		return p.Low + int(x)*p.Step
	case Ordered:
		return p.Numbers[int(x)]
	case Categorical, Ranked:
		return p.Choices[int(x)]
	}
	return x
}

// coordinate is the inverse of value; numbers of any type that JSON may yield are accepted.
func (p Parameter) coordinate(v any) (float64, error) {
	if p.Kind == Categorical || p.Kind == Ranked {
		s, ok := v.(string)
		for i, c := range p.Choices {
			if ok && c == s {
				return float64(i), nil
			}
		}
		return 0, fmt.Errorf("parameter %q: value %v: want one of %q", p.Name, v, p.Choices)
	}
	var x float64
	switch n := v.(type) {
	case int:
		x = float64(n)
	case int64:
		x = float64(n)
	case float64:
		x = n
	case interface{ Float64() (float64, error) }: // json.Number
		f, err := n.Float64()
		if err != nil {
			return 0, fmt.Errorf("parameter %q: value %v: %w", p.Name, v, err)
		}
		x = f
	default:
		return 0, fmt.Errorf("parameter %q: value %v: want a number", p.Name, v)
	}
	switch p.Kind {
	case Integer:
		i := (x - float64(p.Low)) / float64(p.Step)
		if x >= float64(p.Low) && x <= float64(p.High) && i == math.Trunc(i) {
			return i, nil
		}
		return 0, fmt.Errorf("parameter %q: value %v: want %d to %d by %d", p.Name, v, p.Low, p.High, p.Step)
	case Ordered:
		for i, n := range p.Numbers {
			if n == x {
				return float64(i), nil
			}
		}
		return 0, fmt.Errorf("parameter %q: value %v: want one of %v", p.Name, v, p.Numbers)
	}
	if x >= p.Min && x <= p.Max {
		return x, nil
	}
	return 0, fmt.Errorf("parameter %q: value %v: want %g to %g", p.Name, v, p.Min, p.Max)
}

func format(x float64) string {
	if i := int64(x); float64(i) == x { // levels are, and points are compared often
		return strconv.FormatInt(i, 10)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
