package export

import (
	"bytes"
	"embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/isa"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Library is a network to be written as C.
type Library struct {
	// Name of the library: the prefix of its symbols and the base name of its files. CheckName says what
	// is allowed.
	Name   string
	Target spec.Target
	// Program is the network, its schedules and the most threads; its own name is not used.
	Program kernels.Program
	// Origin says where the network comes from, for example "point demo/40"; Tool names the program that
	// writes it, with its version. Both end up in every file.
	Origin, Tool string
	// Normalisation that the network was trained with, per channel, of pixel values 0 … 1; nil when it is
	// not known.
	Normalisation *Normalisation
}

// Normalisation of pixels: (value − Mean) / Std, for values 0 … 1, one entry per channel.
type Normalisation struct{ Mean, Std []float64 }

// Tree is an exported library.
type Tree struct {
	// Files maps paths, slash-separated, to contents.
	Files map[string][]byte
	// Identity is the line that the library's identity function gives.
	Identity string
	// WeightsBytes of the file of weights, MemoryBytes of an instance beside them.
	WeightsBytes, MemoryBytes int64
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// CheckName refuses what cannot be the name of a library.
func CheckName(name string) error {
	if !nameForm.MatchString(name) || strings.HasPrefix(name, "rt3d_") {
		return fmt.Errorf("library name %q: want lower-case letters, digits and '_', starting with a letter, not with rt3d_", name)
	}
	return nil
}

// NameFor makes a library name of any text.
func NameFor(text string) string {
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(text), "_"), "_")
	if CheckName(name) != nil {
		name = "net_" + name
	}
	return strings.TrimRight(name, "_")
}

// Generate makes the files of a library. Equal libraries give equal bytes.
func Generate(l Library) (*Tree, error) {
	if err := CheckName(l.Name); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	l.Program.Name = l.Name
	tree, err := l.generate()
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", l.Name, err)
	}
	return tree, nil
}

func (l Library) generate() (*Tree, error) {
	// The library says by strides how a clip lies, whatever the order of axes in the model's file.
	l.Program.Graph = l.Program.Graph.ChannelsFirst()
	source, err := kernels.Generate(l.Target, []kernels.Program{l.Program})
	if err != nil {
		return nil, err
	}
	plan, err := kernels.PlanOf(l.Target, l.Program)
	if err != nil {
		return nil, err
	}
	weights, err := plan.Pack()
	if err != nil {
		return nil, err
	}
	info, err := isa.Of(l.Target.ISA, l.Target.DataType)
	if err != nil {
		return nil, err
	}
	f, err := l.facts(plan, info, weights)
	if err != nil {
		return nil, err
	}
	tree := &Tree{Files: map[string][]byte{l.Name + ".weights": weights}, Identity: f.Identity,
		WeightsBytes: f.WeightsBytes, MemoryBytes: f.MemoryBytes}
	put := func(path string, parts ...[]byte) {
		tree.Files[path] = append(f.banner(path), bytes.Join(parts, nil)...)
	}
	for _, name := range append([]string{f.programFile(), info.Header, isa.PeakFile}, sharedSources...) {
		put("src/"+name, source.Files[name])
	}
	for _, name := range sharedHeaders {
		put("src/"+name, []byte(fmt.Sprintf("#include %q\n", namesFile)), source.Files[name])
	}
	put("src/"+namesFile, l.names())
	put("src/"+f.Sources[0], l.rename("rt3d_net.c"))
	put("include/"+l.Name+".h", l.rename("rt3d_net.h"))
	put("example/example.c", l.rename("example.c"))
	for path, template := range map[string]string{
		"include/" + l.Name + "_facts.h": "facts.h.tmpl", "CMakeLists.txt": "CMakeLists.txt.tmpl", "README.md": "README.md.tmpl",
	} {
		text, err := f.fill(template)
		if err != nil {
			return nil, err
		}
		put(path, text)
	}
	return tree, nil
}

// Files of the runner that a library shares, and those that are written for it.
var (
	sharedSources = []string{"rt3d_memory.c", "rt3d_pool.c"}
	sharedHeaders = []string{"rt3d_memory.h", "rt3d_pool.h", "rt3d_program.h"}
)

const namesFile = "rt3d_names.h"

// sharedSymbols are what sharedSources and isa.PeakFile define for the linker.
var sharedSymbols = []string{"rt3d_fma_rounds", "rt3d_isa_missing", "rt3d_isa_name", "rt3d_memory", "rt3d_pool_balance",
	"rt3d_pool_divide", "rt3d_pool_free", "rt3d_pool_new", "rt3d_pool_run", "rt3d_pool_threads", "rt3d_read_file", "rt3d_release"}

// names renames what every exported library has, so that two of them can be linked into one program.
func (l Library) names() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "/* This library's own names for what other exported libraries have too. */\n#ifndef RT3D_NAMES_H\n#define RT3D_NAMES_H\n\n")
	for _, s := range sharedSymbols {
		fmt.Fprintf(&b, "#define %s %s_%s\n", s, l.Name, s)
	}
	b.WriteString("\n#endif\n")
	return b.Bytes()
}

//go:embed src template
var files embed.FS

// rename gives an interface file the library's name.
func (l Library) rename(file string) []byte {
	text, err := files.ReadFile("src/" + file)
	if err != nil {
		panic(err) // embedded at build time
	}
	text = bytes.ReplaceAll(text, []byte("rt3d_net"), []byte(l.Name))
	return bytes.ReplaceAll(text, []byte("RT3D_NET"), []byte(strings.ToUpper(l.Name)))
}
