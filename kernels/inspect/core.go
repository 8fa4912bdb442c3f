package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
)

// Core is a scheduling model of llvm-mca and the cores that it stands for.
type Core struct {
	// Model is llvm-mca's name of the core.
	Model string
	Arch  spec.Arch
	// Stands for these cores, named as a device's probe names them.
	Stands []string
	// Limit of vector multiply-adds a cycle where the model allows too many; 0: the model's.
	Limit float64
}

// cores of phones and boards. Where LLVM has no model of a core, that of its nearest relative stands in.
var cores = []Core{
	{"neoverse-n1", spec.ARM64, []string{"Cortex-A76", "Neoverse-N1"}, 0},
	{"neoverse-n2", spec.ARM64, []string{"Cortex-A77", "Cortex-A78", "Cortex-A78C", "Cortex-A710", "Cortex-A715", "Cortex-A720", "Neoverse-N2"}, 0},
	{"neoverse-v1", spec.ARM64, []string{"Cortex-X1", "Cortex-X1C", "Neoverse-V1"}, 0},
	{"neoverse-v2", spec.ARM64, []string{"Cortex-X2", "Cortex-X3", "Cortex-X4", "Cortex-X925", "Neoverse-V2"}, 0},
	// Two pipes of 64 bits make one of 128; the model takes each for a whole one.
	{"cortex-a55", spec.ARM64, []string{"Cortex-A55"}, 1},
}

// host is the model of this machine's own cores.
const host = "native"

// Cores lists the models of an architecture; on this machine's own, the machine's.
func Cores(arch spec.Arch) []Core {
	var list []Core
	for _, c := range cores {
		if c.Arch == arch {
			list = append(list, c)
		}
	}
	if arch == spec.Arch(runtime.GOARCH) {
		list = append(list, Core{Model: host, Arch: arch})
	}
	return list
}

// CoreOf finds the model that stands for a core by its name (remote.Facts).
func CoreOf(name string) (Core, bool) {
	for _, c := range cores {
		for _, s := range c.Stands {
			if s == name {
				return c, true
			}
		}
	}
	return Core{}, false
}

// ErrNoAnalyser says that llvm-mca is not installed.
var ErrNoAnalyser = errors.New("find llvm-mca: not installed (apt-get install llvm-19)")

// Analyser asks llvm-mca.
type Analyser struct{ program string }

// FindAnalyser finds llvm-mca by a look-up such as exec.LookPath, or gives ErrNoAnalyser.
func FindAnalyser(look func(name string) (string, error)) (Analyser, error) {
	for _, name := range []string{"llvm-mca-19", "llvm-mca"} {
		if path, err := look(name); err == nil {
			return Analyser{path}, nil
		}
	}
	return Analyser{}, ErrNoAnalyser
}

// Shares is how much of a core's limit of multiply-adds each loop reaches, 0 … 1. The limit is what the
// model gives for independent multiply-adds of the same kind and nothing else.
func (a Analyser) Shares(ctx context.Context, loops []Loop, c Core) ([]float64, error) {
	if len(loops) == 0 {
		return nil, nil
	}
	var regions [][]string
	for _, l := range loops {
		regions = append(regions, l.Text, chains(l))
	}
	// The difference of many rounds and half as many is what a round takes once the loop runs.
	const rounds = 40
	many, err := a.totals(ctx, regions, c, rounds)
	if err != nil {
		return nil, err
	}
	half, err := a.totals(ctx, regions, c, rounds/2)
	if err != nil {
		return nil, err
	}
	shares := make([]float64, len(loops))
	for i, l := range loops {
		rate := func(region, fmas int) float64 {
			return float64(fmas) * (rounds / 2) / float64(many[region]-half[region])
		}
		limit := rate(2*i+1, len(regions[2*i+1]))
		if c.Limit > 0 {
			limit = c.Limit
		}
		shares[i] = min(1, rate(2*i, l.FMAs)/limit)
	}
	return shares, nil
}

// chains is a loop of nothing but independent multiply-adds of the kind that a loop has.
func chains(l Loop) []string {
	var kind string
	for _, instruction := range l.Text {
		if multiplyAdd.MatchString(instruction) {
			kind = instruction
			break
		}
	}
	name, operands, _ := strings.Cut(kind, " ")
	var text []string
	if name == "fmla" { // fmla v0.4s, v1.4s, v2.s[0]
		const registers = 24
		parts := strings.Split(operands, ", ") // the lane operand of halves lies in the first 16 registers
		_, shape, _ := strings.Cut(parts[0], ".")
		for i := 1; i <= registers; i++ {
			text = append(text, fmt.Sprintf("fmla v%d.%s, v%d.%s, v0.%s", i, shape, registers+1, shape, parts[2][strings.Index(parts[2], ".")+1:]))
		}
		return text
	}
	register, registers := "ymm", 12
	if strings.Contains(operands, "zmm") {
		register, registers = "zmm", 24
	}
	for i := range registers {
		text = append(text, fmt.Sprintf("%s %%%s%d, %%%s%d, %%%s%d", name, register, registers, register, registers+1, register, i))
	}
	return text
}

var mcaTriples = map[spec.Arch]string{spec.ARM64: "aarch64-linux-gnu", spec.AMD64: "x86_64-linux-gnu"}

// totals gives the cycles of a number of rounds of each region.
func (a Analyser) totals(ctx context.Context, regions [][]string, c Core, rounds int) ([]int, error) {
	var text strings.Builder
	for i, r := range regions {
		fmt.Fprintf(&text, "# LLVM-MCA-BEGIN %d\n%s\n# LLVM-MCA-END %d\n", i, strings.Join(r, "\n"), i)
	}
	cmd := exec.CommandContext(ctx, a.program, "-mtriple="+mcaTriples[c.Arch], "-mcpu="+c.Model, "-json", "-instruction-info=false",
		"-resource-pressure=false", fmt.Sprintf("-iterations=%d", rounds))
	if c.Arch == spec.ARM64 {
		cmd.Args = append(cmd.Args, "-mattr=+fullfp16")
	}
	cmd.Stdin = strings.NewReader(text.String())
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %.500s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("ask llvm-mca about %s: %w", c.Model, err)
	}
	var answer struct {
		CodeRegions []struct {
			Name        string
			SummaryView struct{ TotalCycles int }
		}
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("read the answer of llvm-mca about %s: %w", c.Model, err)
	}
	cycles := make([]int, len(regions))
	for _, r := range answer.CodeRegions {
		if i, err := strconv.Atoi(r.Name); err == nil && i >= 0 && i < len(cycles) {
			cycles[i] = r.SummaryView.TotalCycles
		}
	}
	for i, n := range cycles {
		if n < 1 {
			return nil, fmt.Errorf("read the answer of llvm-mca about %s: no cycles for loop %d of %d", c.Model, i/2+1, len(regions)/2)
		}
	}
	return cycles, nil
}
