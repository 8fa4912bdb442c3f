package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// The grammar, fields joined by '_', those in brackets left out at their default:
//
//	workload  c64_m128[_g2]_k3x3x3[_s1x2x2][_d1x1x2][_p1x1x1[+0x1x1]]_i16x56x56_fp32[_wfp16][_residual][_FUNCTION]
//	schedule  direct_6x1x2_filter_c0_g4_t1[_h64]    (slab order: slab8)
//
// FUNCTION is relu, leakyrelu:ALPHA, elu:ALPHA, sigmoid, tanh, clip:MIN:MAX, erf or gelu. Names are canonical:
// equal values have equal names, and parsing a name that Name did not write is an error.

// functions of an epilogue; the empty one is none.
var functions = []model.ActivationKind{"", model.Relu, model.LeakyRelu, model.Elu, model.Sigmoid, model.Tanh, model.Clip, model.Erf, model.Gelu}

// Name is the readable name of a workload.
func (w Workload) Name() string {
	f := []string{fmt.Sprintf("c%d", w.Channels), fmt.Sprintf("m%d", w.Filters)}
	if w.Groups != 1 {
		f = append(f, fmt.Sprintf("g%d", w.Groups))
	}
	f = append(f, "k"+triple(w.Kernel))
	if w.Stride != unit {
		f = append(f, "s"+triple(w.Stride))
	}
	if w.Dilation != unit {
		f = append(f, "d"+triple(w.Dilation))
	}
	if w.PadBegin != w.PadEnd {
		f = append(f, "p"+triple(w.PadBegin)+"+"+triple(w.PadEnd))
	} else if w.PadBegin != [3]int{} {
		f = append(f, "p"+triple(w.PadBegin))
	}
	f = append(f, "i"+triple(w.Input), string(w.DataType))
	if w.Weights != "" {
		f = append(f, "w"+string(w.Weights))
	}
	if w.Epilogue.Residual {
		f = append(f, "residual")
	}
	if a := w.Epilogue.Activation; a != (model.Activation{}) {
		f = append(f, activationName(a))
	}
	return strings.Join(f, "_")
}

// Hash identifies a workload: 16 hexadecimal digits of the SHA-256 of its name.
func (w Workload) Hash() string { return hash(w.Name()) }

// Name is the readable name of a schedule.
func (s Schedule) Name() string {
	order := string(s.Order)
	if s.Order.Slabs() || s.SlabRows != 0 {
		order += strconv.Itoa(s.SlabRows)
	}
	name := fmt.Sprintf("%s_%dx%dx%d_%s_c%d_g%d_t%d", s.Algorithm, s.TileWidth, s.TileRows, s.TileFilters, order, s.ChannelBlock, s.UnrollChannels, s.Threads)
	if s.Chain != 0 {
		name += fmt.Sprintf("_h%d", s.Chain)
	}
	if s.Prefetch != 0 {
		name += fmt.Sprintf("_p%d", s.Prefetch)
	}
	return name
}

// Hash identifies a schedule: 16 hexadecimal digits of the SHA-256 of its name.
func (s Schedule) Hash() string { return hash(s.Name()) }

func hash(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}

var unit = [3]int{1, 1, 1}

func triple(t [3]int) string { return fmt.Sprintf("%dx%dx%d", t[0], t[1], t[2]) }

// activationName prints only the parameters that the function has.
func activationName(a model.Activation) string {
	name := strings.ToLower(string(a.Function))
	number := func(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
	switch a.Function {
	case model.LeakyRelu, model.Elu:
		return name + ":" + number(a.Alpha)
	case model.Clip:
		return name + ":" + number(a.Min) + ":" + number(a.Max)
	}
	return name
}

// ParseWorkload reads the name of a workload.
func ParseWorkload(name string) (Workload, error) {
	p := parser{fields: strings.Split(name, "_")}
	w := Workload{Groups: 1, Stride: unit, Dilation: unit}
	w.Channels = p.integer("c")
	w.Filters = p.integer("m")
	if p.at("g") {
		w.Groups = p.integer("g")
	}
	w.Kernel = p.triple("k")
	if p.at("s") {
		w.Stride = p.triple("s")
	}
	if p.at("d") {
		w.Dilation = p.triple("d")
	}
	if p.at("p") {
		begin, end, both := strings.Cut(p.take()[1:], "+")
		w.PadBegin = p.parseTriple(begin)
		w.PadEnd = w.PadBegin
		if both {
			w.PadEnd = p.parseTriple(end)
		}
	}
	w.Input = p.triple("i")
	if w.DataType = DataType(p.take()); !slices.Contains(DataTypes, w.DataType) {
		p.fail("data type %q: want one of %q", w.DataType, DataTypes)
	}
	if p.at("w") {
		if w.Weights = DataType(p.take()[1:]); !slices.Contains(DataTypes, w.Weights) {
			p.fail("weights of data type %q: want one of %q", w.Weights, DataTypes)
		}
	}
	if p.at("residual") {
		p.take()
		w.Epilogue.Residual = true
	}
	if len(p.fields) > 0 {
		w.Epilogue.Activation = p.activation(p.take())
	}
	return w, p.finish("workload", name, w.Name)
}

// ParseSchedule reads the name of a schedule.
func ParseSchedule(name string) (Schedule, error) {
	p := parser{fields: strings.Split(name, "_")}
	var s Schedule
	if s.Algorithm = Algorithm(p.take()); !slices.Contains(Algorithms, s.Algorithm) {
		p.fail("algorithm %q: want one of %q", s.Algorithm, Algorithms)
	}
	t := p.triple("")
	s.TileWidth, s.TileRows, s.TileFilters = t[0], t[1], t[2]
	order := p.take()
	known := slices.IndexFunc(LoopOrders, func(o LoopOrder) bool {
		return o == LoopOrder(order) || o.Slabs() && strings.HasPrefix(order, string(o))
	})
	if known < 0 {
		p.fail("order %q: want one of %q", order, LoopOrders)
	} else if s.Order = LoopOrders[known]; s.Order.Slabs() {
		s.SlabRows = p.parseInteger(order[len(s.Order):])
	}
	s.ChannelBlock = p.integer("c")
	s.UnrollChannels = p.integer("g")
	s.Threads = p.integer("t")
	if p.at("h") {
		s.Chain = p.integer("h")
	}
	if p.at("p") {
		s.Prefetch = p.integer("p")
	}
	return s, p.finish("schedule", name, s.Name)
}

// parser takes fields from the front and keeps the first error.
type parser struct {
	fields []string
	err    error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *parser) at(prefix string) bool {
	return len(p.fields) > 0 && strings.HasPrefix(p.fields[0], prefix)
}

func (p *parser) take() string {
	if len(p.fields) == 0 {
		p.fail("ends too early")
		return ""
	}
	f := p.fields[0]
	p.fields = p.fields[1:]
	return f
}

func (p *parser) prefixed(prefix string) string {
	f := p.take()
	rest, ok := strings.CutPrefix(f, prefix)
	if !ok {
		p.fail("field %q: want one that starts with %q", f, prefix)
	}
	return rest
}

func (p *parser) integer(prefix string) int { return p.parseInteger(p.prefixed(prefix)) }

func (p *parser) parseInteger(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		p.fail("%q is not an integer", text)
	}
	return n
}

func (p *parser) triple(prefix string) [3]int { return p.parseTriple(p.prefixed(prefix)) }

func (p *parser) parseTriple(text string) [3]int {
	var t [3]int
	parts := strings.Split(text, "x")
	if len(parts) != len(t) {
		p.fail("%q: want three integers joined by x", text)
		return t
	}
	for i, part := range parts {
		t[i] = p.parseInteger(part)
	}
	return t
}

func (p *parser) activation(text string) model.Activation {
	parts := strings.Split(text, ":")
	var a model.Activation
	for _, f := range functions[1:] {
		if strings.ToLower(string(f)) == parts[0] {
			a.Function = f
		}
	}
	var parameters []*float32
	switch a.Function {
	case "":
		p.fail("function %q: want one of %q, in lower case", parts[0], functions[1:])
	case model.LeakyRelu, model.Elu:
		parameters = []*float32{&a.Alpha}
	case model.Clip:
		parameters = []*float32{&a.Min, &a.Max}
	}
	if len(parts)-1 != len(parameters) {
		p.fail("function %q: want %d parameter(s)", text, len(parameters))
		return a
	}
	for i, parameter := range parameters {
		v, err := strconv.ParseFloat(parts[i+1], 32)
		if err != nil {
			p.fail("function %q: %q is not a number", text, parts[i+1])
		}
		*parameter = float32(v)
	}
	return a
}

// finish also refuses names that are not canonical, so that a value has one name.
func (p *parser) finish(what, name string, again func() string) error {
	if p.err == nil && len(p.fields) > 0 {
		p.fail("field %q is not expected", p.fields[0])
	}
	if p.err == nil && again() != name {
		p.fail("not in canonical form: want %q", again())
	}
	if p.err != nil {
		return fmt.Errorf("parse %s %q: %w", what, name, p.err)
	}
	return nil
}
