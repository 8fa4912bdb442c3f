package model

import (
	"fmt"
	"strings"
)

// Scheme says which weights are removed together.
type Scheme string

// The schemes of structured pruning.
const (
	Dense   Scheme = "dense"   // nothing is removed
	Filter  Scheme = "filter"  // a unit is one filter
	Vanilla Scheme = "vanilla" // a unit is one whole group of gM filters × gN channels
	KGS     Scheme = "kgs"     // a unit is one kernel position of one group
)

// ParseScheme reads a scheme's name.
func ParseScheme(name string) (Scheme, error) {
	for _, s := range []Scheme{Dense, Filter, Vanilla, KGS} {
		if string(s) == strings.ToLower(name) {
			return s, nil
		}
	}
	return "", fmt.Errorf("scheme %q: want dense, filter, vanilla or kgs", name)
}

// Mask says which units of one layer are kept (design: kernel group structured sparsity, RT3D, AAAI
// 2021). The weights W[M][N][Kd][Kh][Kw] are cut into P = ceil(M/GM) × Q = ceil(N/GN) groups, N being
// the input channels of one convolution group. Kept has one entry per unit:
//
//	filter:  M            unit m               (GM = 1, GN = N)
//	vanilla: P × Q        unit p*Q+q
//	kgs:     P × Q × K    unit (p*Q+q)*K+k     (K = Kd·Kh·Kw, k = (d*Kh+h)*Kw+w)
type Mask struct {
	Scheme Scheme
	GM, GN int
	// Filters, Channels (of one convolution group), Positions: M, N, K of the layer.
	Filters, Channels, Positions int
	Kept                         []bool
}

// NewMask makes a mask that keeps everything. For filter, gm and gn are ignored.
func NewMask(s Scheme, gm, gn int, c *Conv) (*Mask, error) {
	m := &Mask{Scheme: s, GM: gm, GN: gn, Filters: c.Filters, Channels: c.Channels / c.Groups, Positions: c.Positions()}
	switch s {
	case Filter:
		m.GM, m.GN = 1, m.Channels
	case Vanilla, KGS:
		if gm < 1 || gn < 1 || gm > m.Filters || gn > m.Channels {
			return nil, fmt.Errorf("group size %dx%d: want 1 to %d filters by 1 to %d channels", gm, gn, m.Filters, m.Channels)
		}
	default:
		return nil, fmt.Errorf("scheme %q has no mask", s)
	}
	m.Kept = make([]bool, m.Units())
	for i := range m.Kept {
		m.Kept[i] = true
	}
	return m, nil
}

// P is the number of groups along the filters.
func (m *Mask) P() int { return (m.Filters + m.GM - 1) / m.GM }

// Q is the number of groups along the input channels.
func (m *Mask) Q() int { return (m.Channels + m.GN - 1) / m.GN }

// Units is the number of removable units.
func (m *Mask) Units() int {
	if m.Scheme == KGS {
		return m.P() * m.Q() * m.Positions
	}
	return m.P() * m.Q()
}

// Unit is the index of the unit that holds weight (filter f, channel n, position k).
func (m *Mask) Unit(f, n, k int) int {
	u := f/m.GM*m.Q() + n/m.GN
	if m.Scheme == KGS {
		u = u*m.Positions + k
	}
	return u
}

// Keeps tells whether weight (filter f, channel n of its convolution group, position k) is kept.
func (m *Mask) Keeps(f, n, k int) bool { return m.Kept[m.Unit(f, n, k)] }

// KeptWeights counts the weights that are kept; edges of partial groups count only what is there.
func (m *Mask) KeptWeights() int {
	kept := 0
	for f := 0; f < m.Filters; f++ {
		for n := 0; n < m.Channels; n++ {
			for k := 0; k < m.Positions; k++ {
				if m.Keeps(f, n, k) {
					kept++
				}
			}
		}
	}
	return kept
}

// Density is the share of the weights that is kept, 0 … 1; the rate is 1 − Density.
func (m *Mask) Density() float64 {
	return float64(m.KeptWeights()) / float64(m.Filters*m.Channels*m.Positions)
}

// Clone copies the mask.
func (m *Mask) Clone() *Mask {
	c := *m
	c.Kept = append([]bool(nil), m.Kept...)
	return &c
}
