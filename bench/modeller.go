package bench

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/remote/sim"
)

// modeller is the Builder for simulated phones. It generates the C of every program, so that what cannot
// be compiled for a real device is refused for a simulated one too, but compiles none: what it makes
// says how much work a program is and what it answers (remote/sim).
type modeller struct {
	target     spec.Target
	cacheDir   string
	seed       uint64 // of the inputs of checks
	references referenceStore
}

func (m *modeller) Compiler() string { return "none (SIMULATED)" }

func (m *modeller) Flags() string { return "" }

func (m *modeller) Build(ctx context.Context, programs []kernels.Program) []Built {
	built := make([]Built, len(programs))
	var names []string
	for i, p := range programs {
		if ctx.Err() != nil {
			built[i] = failed(ctx.Err())
			continue
		}
		a, err := m.model(p)
		if err != nil {
			built[i] = failed(err)
			continue
		}
		built[i].Artifact = a
		if !slices.Contains(names, a.Program) {
			names = append(names, a.Program)
		}
	}
	if len(names) == 0 {
		return built
	}
	binary, err := m.binary(names)
	for i := range built {
		switch {
		case built[i].Artifact == nil:
		case err != nil:
			built[i] = failed(err)
		default:
			built[i].Artifact.Binary = binary
		}
	}
	return built
}

// model makes the artifact of one program, but for the binary that it is in.
func (m *modeller) model(p kernels.Program) (*Artifact, error) {
	began := time.Now()
	p.Name = anonymous
	source, err := kernels.Generate(m.target, []kernels.Program{p})
	if err != nil {
		return nil, err
	}
	work, err := workOf(m.target, p)
	if err != nil {
		return nil, err
	}
	right, err := expect(p, m.target.DataType, m.seed, m.references)
	if err != nil {
		return nil, err
	}
	answer := sim.Program{Work: work, Seed: right.Seed, Positions: right.Positions}
	for _, v := range right.Values {
		answer.Values = append(answer.Values, float32(v))
	}
	blob, err := answer.Encode()
	if err != nil {
		return nil, fmt.Errorf("model program %s: %w", p.Graph.Name, err)
	}
	hash := sourceHash(source)
	return &Artifact{Program: "p" + hash[:20], Blob: blob, SourceHash: hash, BlobHash: sha256Hex(blob), Duration: time.Since(began)}, nil
}

// binary writes the file that stands for a compiled binary.
func (m *modeller) binary(names []string) (toolchain.Binary, error) {
	content, err := sim.EncodeBinary(string(m.target.ISA), names)
	if err != nil {
		return toolchain.Binary{}, fmt.Errorf("model a binary: %w", err)
	}
	hash := sha256Hex(content)
	path := filepath.Join(m.cacheDir, "simulated", hash)
	if _, err := os.Stat(path); err != nil {
		if err := (referenceStore{filepath.Dir(path)}).keep(path, content); err != nil {
			return toolchain.Binary{}, err
		}
	}
	return toolchain.Binary{Path: path, SHA256: hash, Programs: names}, nil
}

// workOf says what a program's steps cost: the multiply-adds that its kernels execute, and the bytes of
// weights and activations.
func workOf(t spec.Target, p kernels.Program) ([]sim.Work, error) {
	summary, err := kernels.Describe(t, p)
	if err != nil {
		return nil, err
	}
	shapes, err := p.Graph.Shapes()
	if err != nil {
		return nil, err
	}
	var work []sim.Work
	for _, step := range summary.Steps {
		w := sim.Work{MACs: step.ExecutedMACs, Bytes: step.SectionBytes, Efficiency: 1}
		if n := p.Graph.Node(step.Nodes[len(step.Nodes)-1]); n != nil {
			w.Bytes += 4 * int64(shapes[n.Output].Count())
		}
		if step.Schedule != "" {
			s, err := spec.ParseSchedule(step.Schedule)
			if err != nil {
				return nil, fmt.Errorf("model step %s: %w", step.Name, err)
			}
			w.Efficiency = efficiency(step.Workload, s)
		}
		work = append(work, w)
	}
	return work, nil
}

// efficiency is a made-up share of a core's multiply-adds. It has what makes real schedules differ - few
// accumulators wait for each other, short entries of the kept list load too many offsets - and a part
// that nothing predicts, so that a search has something to find.
func efficiency(workload string, s spec.Schedule) float64 {
	accumulators := float64(s.TileWidth * s.TileRows * s.TileFilters)
	unroll := float64(max(1, s.UnrollChannels))
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s", workload, s.Name())
	chance := float64(h.Sum64()>>11) / (1 << 53)
	return 0.95 * accumulators / (accumulators + 3) * unroll / (unroll + 0.4) * (0.88 + 0.12*chance)
}
