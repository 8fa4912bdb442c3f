package space

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Point is a position in a space: one coordinate per parameter, the level's number (0, 1, 2 ...) for a
// discrete parameter and the value itself for a real one.
type Point []float64

// Clone copies the point.
func (p Point) Clone() Point { return append(Point(nil), p...) }

// Key identifies a point within its space.
func (p Point) Key() string {
	var b strings.Builder
	for i, x := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(format(x))
	}
	return b.String()
}

// Values gives a point its names and meanings.
type Values struct {
	space *Space
	point Point
}

// Values reads a point of s.
func (s *Space) Values(p Point) Values { return Values{s, p} }

// Has tells whether there is a parameter of that name.
func (v Values) Has(name string) bool { _, ok := v.space.index[name]; return ok }

// Get gives a value: int, float64 or string by the parameter's kind. An unknown name is a programming
// error and panics.
func (v Values) Get(name string) any {
	i, ok := v.space.index[name]
	if !ok {
		panic(fmt.Sprintf("space: no parameter %q", name))
	}
	return v.space.parameters[i].value(v.point[i])
}

// Int gives the value of an integer parameter or of an ordered one whose numbers are integers.
func (v Values) Int(name string) int {
	switch x := v.Get(name).(type) {
	case int:
		return x
	case float64:
		if x == float64(int(x)) {
			return int(x)
		}
	}
	panic(fmt.Sprintf("space: parameter %q does not hold integers", name))
}

// Float gives the value of a numeric parameter.
func (v Values) Float(name string) float64 {
	switch x := v.Get(name).(type) {
	case int:
		return float64(x)
	case float64:
		return x
	}
	panic(fmt.Sprintf("space: parameter %q does not hold numbers", name))
}

// Text gives the value of a categorical or ranked parameter.
func (v Values) Text(name string) string {
	s, ok := v.Get(name).(string)
	if !ok {
		panic(fmt.Sprintf("space: parameter %q does not hold words", name))
	}
	return s
}

// Map gives all values by name.
func (v Values) Map() map[string]any {
	m := make(map[string]any, len(v.point))
	for i, p := range v.space.parameters {
		m[p.Name] = p.value(v.point[i])
	}
	return m
}

// String prints name=value pairs in the order of the parameters.
func (v Values) String() string {
	var b strings.Builder
	for i, p := range v.space.parameters {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s=%v", p.Name, p.value(v.point[i]))
	}
	return b.String()
}

// PointOf finds the point with the given values: int, float64, json.Number or string. Every parameter
// must be given, and nothing else.
func (s *Space) PointOf(values map[string]any) (Point, error) {
	p := make(Point, len(s.parameters))
	for i, q := range s.parameters {
		v, ok := values[q.Name]
		if !ok {
			return nil, fmt.Errorf("read point: parameter %q is missing", q.Name)
		}
		x, err := q.coordinate(v)
		if err != nil {
			return nil, fmt.Errorf("read point: %w", err)
		}
		p[i] = x
	}
	for name := range values {
		if _, ok := s.index[name]; !ok {
			return nil, fmt.Errorf("read point: no parameter %q", name)
		}
	}
	return p, nil
}

// MarshalPoint writes a point as a JSON object of its values, in the order of the parameters.
func (s *Space) MarshalPoint(p Point) ([]byte, error) {
	if !s.Contains(p) {
		return nil, fmt.Errorf("write point %v: not in the space", []float64(p))
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, q := range s.parameters {
		name, err := json.Marshal(q.Name)
		if err != nil {
			return nil, fmt.Errorf("write point: parameter %q: %w", q.Name, err)
		}
		value, err := json.Marshal(q.value(p[i]))
		if err != nil {
			return nil, fmt.Errorf("write point: parameter %q: %w", q.Name, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalPoint reads what MarshalPoint wrote.
func (s *Space) UnmarshalPoint(text []byte) (Point, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var values map[string]any
	if err := d.Decode(&values); err != nil {
		return nil, fmt.Errorf("read point: %w", err)
	}
	return s.PointOf(values)
}
