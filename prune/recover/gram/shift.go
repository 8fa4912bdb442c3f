package gram

// shift is one distance between two kernel positions along one axis, in input steps, with the pairs of
// kernel positions that lie so far apart.
type shift struct {
	distance int
	pairs    [][2]int
	atoms    []atom
}

// atom is a set of places in the input, relative to where the window of the first output of a box
// starts, at which the same pairs of a shift meet.
type atom struct {
	places []int
	pairs  [][2]int
}

// shifts of a kernel of size k along one axis over a box of n outputs.
func shifts(k, stride, dilation, n int) []shift {
	var all []shift
	for steps := 1 - k; steps < k; steps++ {
		s := shift{distance: steps * dilation}
		for a := max(0, -steps); a < k && a+steps < k; a++ {
			s.pairs = append(s.pairs, [2]int{a, a + steps})
		}
		s.atoms = split(s.pairs, stride, dilation, n)
		all = append(all, s)
	}
	return all
}

// split puts together the places that the same pairs see: pair (a, b) sees place p·stride + a·dilation
// for each output p of the box, and the other end a distance away.
func split(pairs [][2]int, stride, dilation, n int) []atom {
	last := 0
	for _, p := range pairs {
		last = max(last, (n-1)*stride+p[0]*dilation)
	}
	index := map[string]int{}
	var atoms []atom
	for place := 0; place <= last; place++ {
		var here [][2]int
		signature := make([]byte, len(pairs))
		for i, p := range pairs {
			first := place - p[0]*dilation
			if first >= 0 && first%stride == 0 && first/stride < n {
				here = append(here, p)
				signature[i] = 1
			}
		}
		if here == nil {
			continue
		}
		at, known := index[string(signature)]
		if !known {
			at = len(atoms)
			index[string(signature)] = at
			atoms = append(atoms, atom{pairs: here})
		}
		atoms[at].places = append(atoms[at].places, place)
	}
	return atoms
}
