package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/network"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// facts are what the templates say.
type facts struct {
	Name, Macro, Network, Identity string
	Arch                           spec.Arch
	ISA                            spec.ISA
	// ABI is Android's name of the architecture; Processors a CMake pattern of the processors that the
	// code is for, empty for any.
	ABI, Processors           string
	Input, Output             model.Shape
	Outputs                   []part // of a network with several
	RowStride, FrameStride    int    // of interleaved pixels
	Pixels                    bool   // the normalisation is known
	Mean, Scale               string // initialisers in C
	Threads                   int
	WeightsBytes, MemoryBytes int64
	WeightsSHA256             string // hexadecimal
	// Sources of the library; VectorSources need VectorFlags beside Flags, and those of the compiler.
	Sources, VectorSources                   []string
	Flags, VectorFlags, GNUFlags, ClangFlags []string

	origin string // for banners
}

// part is one of several outputs: where its values begin among those that a run gives, and their shape.
type part struct {
	Name  string
	At    int
	Shape model.Shape
}

// VectorOptions are the flags of VectorSources in the words of CMake.
func (f *facts) VectorOptions() []string {
	options := slices.Clone(f.VectorFlags)
	for _, flag := range f.GNUFlags {
		options = append(options, "$<$<C_COMPILER_ID:GNU>:"+flag+">")
	}
	for _, flag := range f.ClangFlags {
		options = append(options, "$<$<C_COMPILER_ID:Clang>:"+flag+">")
	}
	return options
}

// architectures as CMake and Android name them.
var architectures = map[spec.Arch]struct{ processors, abi string }{
	spec.ARM64: {"aarch64|arm64|ARM64", "arm64-v8a"},
	spec.AMD64: {"x86_64|AMD64|amd64", "x86_64"},
}

func (l Library) facts(plan *network.Plan, info isa.Info, weights []byte) (*facts, error) {
	shapes, err := l.Program.Graph.Shapes()
	if err != nil {
		return nil, err
	}
	identity, err := plan.Identity()
	if err != nil {
		return nil, err
	}
	in, out := shapes[l.Program.Graph.Input.Name], shapes[l.Program.Graph.Output.Name]
	arch := architectures[l.Target.Arch]
	f := &facts{
		Name: l.Name, Macro: strings.ToUpper(l.Name), Network: plain(l.Program.Graph.Name),
		Arch: l.Target.Arch, ISA: info.Name, ABI: arch.abi, Input: in, Output: out,
		RowStride: in.W * in.C, FrameStride: in.H * in.W * in.C,
		Threads: l.Program.Threads, WeightsBytes: int64(len(weights)), MemoryBytes: plan.ArenaBytes() + 4*int64(in.Count()),
		Flags: toolchain.BaseFlags(), VectorFlags: info.Flags,
		GNUFlags: toolchain.OrderFlags(toolchain.GCC, info), ClangFlags: toolchain.OrderFlags(toolchain.Clang, info),
	}
	sum := sha256.Sum256(weights)
	f.WeightsSHA256 = hex.EncodeToString(sum[:])
	if info.Arch != "" {
		f.Processors = arch.processors
	}
	at := 0
	for _, v := range l.Program.Graph.Outputs {
		f.Outputs = append(f.Outputs, part{plain(v.Name), at, shapes[v.Name]})
		at += shapes[v.Name].Count()
	}
	f.Sources = append([]string{l.Name + ".c", f.programFile(), isa.PeakFile}, sharedSources...)
	f.VectorSources = f.Sources[1:3]
	f.Pixels = l.Normalisation != nil
	if f.Mean, f.Scale, err = pixels(l.Normalisation, in.C); err != nil {
		return nil, err
	}
	f.origin = fmt.Sprintf("%s, %s, %s", f.Network, plain(l.Origin), l.Target)
	f.Identity = fmt.Sprintf("%s, program %s, %s", f.origin, hex.EncodeToString(identity[:8]), plain(l.Tool))
	f.origin += ", by " + plain(l.Tool)
	return f, nil
}

// programFile is the base name under which kernels.Generate files a program.
func (f *facts) programFile() string { return "program_" + f.Name + ".c" }

// pixels turns a normalisation of values 0 … 1 into C arrays for values 0 … 255.
func pixels(n *Normalisation, channels int) (mean, scale string, err error) {
	if n == nil {
		n = &Normalisation{Mean: make([]float64, channels), Std: make([]float64, channels)}
		for i := range n.Std {
			n.Std[i] = 1
		}
	}
	if len(n.Mean) != channels || len(n.Std) != channels {
		return "", "", fmt.Errorf("normalisation has %d means and %d deviations: want one of each for %d channels", len(n.Mean), len(n.Std), channels)
	}
	means, scales := make([]string, channels), make([]string, channels)
	for i := range means {
		means[i], scales[i] = literal(255*n.Mean[i]), literal(1/(255*n.Std[i]))
	}
	return "{" + strings.Join(means, ", ") + "}", "{" + strings.Join(scales, ", ") + "}", nil
}

func literal(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 32)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s + "f"
}

// plain makes text from a file or a user safe in C comments and strings, in CMake and in Markdown.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune("*\"\\$;|<>`?", r) {
			return '_'
		}
		return r
	}, text)
}

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"join": strings.Join,
	"mebi": func(bytes int64) string { return fmt.Sprintf("%.1f", float64(bytes)/(1<<20)) },
}).ParseFS(files, "template/*.tmpl"))

func (f *facts) fill(name string) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, f); err != nil {
		return nil, fmt.Errorf("fill %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// banner is the comment on top of a file: who wrote it, and that it may be used.
func (f *facts) banner(file string) []byte {
	lines := []string{f.origin, "SPDX-License-Identifier: Apache-2.0", "Generated code: use it freely in your own programs."}
	switch path.Ext(file) {
	case ".c", ".h":
		return []byte("/* " + strings.Join(lines, "\n * ") + " */\n\n")
	case ".txt":
		return []byte("# " + strings.Join(lines, "\n# ") + "\n\n")
	}
	return nil // the README says so itself
}
