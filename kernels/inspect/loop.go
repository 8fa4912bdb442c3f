package inspect

import (
	"regexp"
	"slices"
	"strings"
)

// Loop is the innermost loop of a function that has the most multiply-adds.
type Loop struct {
	Function string
	// Text is its instructions, one a line, without labels and directives; the last one is the branch
	// back.
	Text []string
	// FMAs are vector multiply-adds.
	FMAs int
	// StackAccesses are instructions that read or write the stack: spills and reloads.
	StackAccesses int
}

var (
	label = regexp.MustCompile(`^([.\w$]+):`)
	// branch matches jumps to a label, on AArch64 and x86-64.
	branch = regexp.MustCompile(`^(?:b(?:\.?[a-z]{2})?|cbn?z|tbn?z|j\w+)\s+(?:.*,\s*)?(\.[\w$]+)$`)
	// multiplyAdd matches whole vectors, not scalars.
	multiplyAdd = regexp.MustCompile(`^(?:fmla\s+v\d+\.\d+[sh]|vfn?m(?:add|sub)\d+ps)`)
	// stack matches memory operands that count from the stack or frame pointer.
	stack = regexp.MustCompile(`\[(?:sp|x29)\b|\(%r[sb]p\)`)
)

// Loops finds, for each function of an assembly text (GNU syntax, as gcc and clang write it) that
// multiplies vectors in a loop, the innermost loop that does so most.
func Loops(assembly string) []Loop {
	var loops []Loop
	for _, f := range functions(assembly) {
		best := Loop{Function: f.name}
		for _, l := range f.innermost() {
			if l.FMAs > best.FMAs {
				l.Function = f.name
				best = l
			}
		}
		if best.FMAs > 0 {
			loops = append(loops, best)
		}
	}
	return loops
}

// function is the code of one function: instructions, and the labels in front of them.
type function struct {
	name   string
	code   []string
	labels map[string]int
}

func functions(assembly string) []function {
	var all []function
	types := map[string]bool{}
	for line := range strings.Lines(assembly) {
		if i := strings.Index(line, "//"); i >= 0 {
			line = line[:i]
		}
		text := strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(text, ".type"); ok {
			name, kind, _ := strings.Cut(strings.TrimSpace(rest), ",")
			types[name] = strings.Contains(kind, "function")
			continue
		}
		if m := label.FindStringSubmatch(text); m != nil {
			if types[m[1]] {
				all = append(all, function{name: m[1], labels: map[string]int{}})
			} else if len(all) > 0 {
				f := &all[len(all)-1]
				f.labels[m[1]] = len(f.code)
			}
			continue
		}
		if text == "" || text[0] == '.' || text[0] == '#' || len(all) == 0 {
			continue
		}
		f := &all[len(all)-1]
		f.code = append(f.code, strings.Join(strings.Fields(text), " "))
	}
	return all
}

// innermost lists the loops that hold no other loop: the code from a label to a branch back to it.
func (f function) innermost() []Loop {
	type span struct{ from, to int }
	var spans []span
	for i, instruction := range f.code {
		m := branch.FindStringSubmatch(instruction)
		if m == nil {
			continue
		}
		if from, ok := f.labels[m[1]]; ok && from <= i {
			spans = append(spans, span{from, i})
		}
	}
	var loops []Loop
	for _, s := range spans {
		inner := slices.ContainsFunc(spans, func(o span) bool {
			return o != s && o.from >= s.from && o.to <= s.to
		})
		if !inner {
			loops = append(loops, count(f.code[s.from:s.to+1]))
		}
	}
	return loops
}

func count(text []string) Loop {
	l := Loop{Text: text}
	for _, instruction := range text {
		if multiplyAdd.MatchString(instruction) {
			l.FMAs++
		}
		if stack.MatchString(instruction) {
			l.StackAccesses++
		}
	}
	return l
}
