package main

import (
	"errors"
	"fmt"
	"math"
)

// tolerance is how far apart outputs of two engines may lie, as a share of the largest value.
const tolerance = 1e-4

// agree executes all sides once and compares their outputs with the first one's.
func agree(sides []*side, dir string) error {
	var first []float32
	for i, s := range sides {
		values, err := s.output(dir)
		if err != nil {
			return err
		}
		if i == 0 {
			first = values
			continue
		}
		if err := near(first, values); err != nil {
			return fmt.Errorf("compare outputs of %s and %s: %w", sides[0].name, s.name, err)
		}
	}
	return nil
}

// near tells whether no value of b lies farther from that of a than the tolerance.
func near(a, b []float32) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d and %d values", len(a), len(b))
	}
	var most, scale float64
	for i := range a {
		most = max(most, math.Abs(float64(a[i])-float64(b[i]))) // max passes NaN on
		scale = max(scale, math.Abs(float64(a[i])))
	}
	switch apart := most / scale; {
	case scale == 0:
		return errors.New("nothing but zeros")
	case !(apart <= tolerance):
		return fmt.Errorf("%.1e of the largest value apart, want at most %.0e", apart, tolerance)
	}
	return nil
}
