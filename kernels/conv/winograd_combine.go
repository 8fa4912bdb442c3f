package conv

import "slices"

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
