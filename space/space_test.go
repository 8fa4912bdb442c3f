package space

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func mixed(t testing.TB, constraints ...Constraint) *Space {
	t.Helper()
	s, err := New([]Parameter{
		Int("tile", 1, 6),
		Steps("rows", 2, 9, 3),
		Ints("unroll", 1, 2, 4, 16),
		Float("share", -1, 3),
		LogFloat("rate", 1e-4, 10),
		Category("order", "filter", "tile", "slab"),
		Rank("rank", "low", "medium", "high"),
	}, constraints...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func discrete(t testing.TB, constraints ...Constraint) *Space {
	t.Helper()
	s, err := New([]Parameter{Int("a", 0, 3), Ints("b", 1, 2, 4), Category("c", "x", "y")}, constraints...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewRefuses(t *testing.T) {
	cases := map[string][]Parameter{
		"low <= high":          {Int("x", 3, 2)},
		"positive step":        {Steps("x", 1, 2, 0)},
		"no numbers":           {Numbers("x")},
		"increasing numbers":   {Numbers("x", 1, 1)},
		"finite, increasing":   {Numbers("x", 1, math.NaN())},
		"finite bounds":        {Float("x", 0, math.Inf(1))},
		"want finite bounds":   {Float("x", math.NaN(), 1)},
		"positive bounds":      {LogFloat("x", 0, 1)},
		"no choices":           {Category("x")},
		"is listed twice":      {Category("x", "a", "a")},
		"is given twice":       {Int("x", 0, 1), Int("x", 0, 1)},
		"has no name":          {Int("", 0, 1)},
		"unknown kind":         {{Name: "x", Kind: "colour"}},
		"is wider than 2^52":   {Int("x", 0, 1<<60)},
		"by 0: want low <= hi": {{Name: "x", Kind: Integer, Low: 0, High: 1}},
	}
	for want, ps := range cases {
		if _, err := New(ps); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%v): error %v, want it to contain %q", ps, err, want)
		}
	}
	if _, err := New([]Parameter{Int("x", 0, 1)}, Constraint{Name: "no predicate"}); err == nil {
		t.Error("New accepted a constraint without a predicate")
	}
}

func TestEnumerationIsCompleteAndFeasible(t *testing.T) {
	s := discrete(t)
	if n, ok := s.Size(); !ok || n != 24 {
		t.Fatalf("Size() = %d, %v, want 24", n, ok)
	}
	seen := map[string]bool{}
	for p := range s.All() {
		if !s.Contains(p) {
			t.Fatalf("All yielded %v, which is outside", p)
		}
		seen[p.Key()] = true
	}
	if len(seen) != 24 {
		t.Errorf("All yielded %d distinct points, want 24", len(seen))
	}
	odd := Constraint{"a is odd or c is x", func(v Values) bool { return v.Int("a")%2 == 1 || v.Text("c") == "x" }}
	n := 0
	for p := range discrete(t, odd).All() {
		v := s.Values(p)
		if v.Int("a")%2 == 0 && v.Text("c") == "y" {
			t.Errorf("All yielded the forbidden %s", v)
		}
		n++
	}
	if n != 18 {
		t.Errorf("All yielded %d feasible points, want 18", n)
	}
	for p := range mixed(t).All() {
		t.Fatalf("All yielded %v from a space with reals", p)
	}
}

func TestNeighboursDifferInOneParameterAndAreSymmetric(t *testing.T) {
	small := Constraint{"a times b is at most 8", func(v Values) bool { return v.Int("a")*v.Int("b") <= 8 }}
	s := discrete(t, small)
	for p := range s.All() {
		for q := range s.Neighbours(p) {
			if !s.Feasible(q) || !s.Contains(q) {
				t.Fatalf("neighbour %s of %s breaks %q", s.Values(q), s.Values(p), s.Violated(q))
			}
			different := 0
			for i := range p {
				if p[i] != q[i] {
					different++
				}
			}
			if different != 1 {
				t.Errorf("neighbour %v of %v differs in %d parameters", q, p, different)
			}
			back := false
			for r := range s.Neighbours(q) {
				back = back || r.Key() == p.Key()
			}
			if !back {
				t.Errorf("%v is a neighbour of %v, not the other way round", q, p)
			}
		}
	}
	m := mixed(t)
	p, err := m.Draw(rand.New(rand.NewPCG(1, 2)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for q := range m.Neighbours(p) {
		if !m.Contains(q) {
			t.Errorf("neighbour %v of %v is outside", q, p)
		}
	}
}

// Every level must be drawn equally often, the upper bound of an integer range included.
func TestDrawReachesEveryLevelEvenly(t *testing.T) {
	s := mixed(t)
	r := rand.New(rand.NewPCG(3, 4))
	counts := make([]map[any]int, s.Dimensions())
	const n = 12000
	for range n {
		p, err := s.Draw(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p {
			if counts[i] == nil {
				counts[i] = map[any]int{}
			}
			counts[i][s.Parameter(i).value(p[i])]++
		}
	}
	for i, c := range counts {
		q := s.Parameter(i)
		if q.Kind == Real {
			continue
		}
		if len(c) != q.Levels() {
			t.Errorf("%s: drew %d of %d levels: %v", q.Name, len(c), q.Levels(), c)
		}
		for v, k := range c {
			want := n / q.Levels()
			if math.Abs(float64(k-want)) > 6*math.Sqrt(float64(want)) {
				t.Errorf("%s: drew %v %d times, want about %d", q.Name, v, k, want)
			}
		}
	}
}

func TestDrawFindsTheLastPoint(t *testing.T) {
	ps := make([]Parameter, 4)
	for i, name := range []string{"a", "b", "c", "d"} {
		ps[i] = Int(name, 0, 15)
	}
	needle := Constraint{"needle", func(v Values) bool {
		return v.Int("a") == 7 && v.Int("b") == 11 && v.Int("c") == 0 && v.Int("d") == 15
	}}
	s, err := New(ps, needle)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Draw(rand.New(rand.NewPCG(1, 1)), nil)
	if err != nil || p.Key() != "7,11,0,15" {
		t.Errorf("Draw = %v, %v, want the one feasible point", p, err)
	}
	if _, err := s.Draw(rand.New(rand.NewPCG(1, 1)), func(Point) bool { return false }); !errors.Is(err, ErrNoFeasible) {
		t.Errorf("Draw of nothing: %v, want ErrNoFeasible", err)
	}
}

func TestPointOfRefuses(t *testing.T) {
	s := mixed(t)
	good := map[string]any{"tile": 6, "rows": 8, "unroll": 16.0, "share": 3.0, "rate": 10.0, "order": "slab", "rank": "high"}
	if p, err := s.PointOf(good); err != nil || !s.Contains(p) {
		t.Fatalf("PointOf(upper bounds) = %v, %v", p, err)
	}
	for name, bad := range map[string]any{"tile": 7, "rows": 9, "unroll": 3, "share": 3.1, "rate": "x", "order": "diagonal", "rank": "top"} {
		values := map[string]any{}
		for k, v := range good {
			values[k] = v
		}
		values[name] = bad
		if _, err := s.PointOf(values); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("PointOf(%s=%v): error %v, want one that names the parameter", name, bad, err)
		}
		delete(values, name)
		if _, err := s.PointOf(values); err == nil || !strings.Contains(err.Error(), "missing") {
			t.Errorf("PointOf without %s: error %v", name, err)
		}
	}
	good["colour"] = 1
	if _, err := s.PointOf(good); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("PointOf with a stranger: error %v", err)
	}
}

func FuzzUnitRoundTrip(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Add(uint64(0), uint64(0))
	s := mixed(f)
	f.Fuzz(func(t *testing.T, a, b uint64) {
		p, err := s.Draw(rand.New(rand.NewPCG(a, b)), nil)
		if err != nil {
			t.Fatal(err)
		}
		u := s.Unit(p)
		for _, x := range u {
			if !(x >= 0 && x <= 1) {
				t.Fatalf("Unit(%v) = %v", p, u)
			}
		}
		q := s.FromUnit(u)
		for i := range p {
			exact := s.Parameter(i).Kind != Real
			if exact && p[i] != q[i] || math.Abs(p[i]-q[i]) > 1e-9*(1+math.Abs(p[i])) {
				t.Fatalf("FromUnit(Unit(%v)) = %v", p, q)
			}
		}
		text, err := s.MarshalPoint(p)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(text) {
			t.Fatalf("MarshalPoint wrote %s", text)
		}
		back, err := s.UnmarshalPoint(text)
		if err != nil || !slices.Equal(back, p) {
			t.Fatalf("UnmarshalPoint(%s) = %v, %v, want %v", text, back, err, p)
		}
	})
}

// Whatever numbers come out of an optimiser, the decoded point lies in the space.
func FuzzFromUnitStaysInside(f *testing.F) {
	f.Add(0.0, 1.0, math.NaN())
	f.Add(-5.0, math.Inf(1), math.Nextafter(1, 0))
	s := mixed(f)
	f.Fuzz(func(t *testing.T, a, b, c float64) {
		if p := s.FromUnit([]float64{a, b, c, a, b, c, a}); !s.Contains(p) {
			t.Fatalf("FromUnit(%g, %g, %g) = %v, outside", a, b, c, p)
		}
	})
}
