package bench

import (
	"time"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// item is one candidate on its way through the pipeline.
type item struct {
	index     int
	candidate Candidate
	artifact  *Artifact
	expect    *Expectation
	// workload and mask describe the program in provenance.
	workload, mask string
	// twins are candidates with the same code, blob and effort: they get this one's result.
	twins []*item
	// earlier are the samples of measurements that had too few valid ones.
	earlier []results.Sample
	// redone: once more because of disturbances; heats counts those because of heat. kept: the device
	// dropped it and its evidence did not bear that out, so that it is timed to the end. crowded: others
	// interrupted most of its samples, which could be shorter.
	redone  bool
	crowded bool
	heats   int
	kept    bool
	// asked: the memory was asked for it.
	asked   bool
	build   time.Duration
	push    time.Duration
	measure time.Duration
	own     time.Duration
}

// batch is what is pushed and measured together: items with artifacts of one binary.
type batch struct {
	items  []*item
	pushed []string // names of files on the device to release
}

// twinKey tells items that would be timed twice for nothing.
type twinKey struct {
	program, blob string
	kind          results.Kind
	threads       int
	effort        Effort
	limit         time.Duration
	reference     Reference
	fresh         bool
}

func (i *item) key() twinKey {
	c := i.candidate
	return twinKey{i.artifact.Program, i.artifact.BlobHash, c.Kind, threadsOf(c), c.Effort, c.Limit, c.Reference, c.Fresh}
}

func threadsOf(c Candidate) int { return max(1, c.Program.Threads) }

// split cuts candidates into batches of at most n, and fewer where weights are large: blobs wait in
// memory, here and on the device.
func split(candidates []Candidate, n int) [][]*item {
	const mostWeights = 64 << 20 // 256 MiB of blobs
	var batches [][]*item
	var weights int
	for i, c := range candidates {
		w := 0
		if c.Program.Graph != nil {
			for _, node := range c.Program.Graph.Convs() {
				w += weightCount(node)
			}
		}
		last := len(batches) - 1
		if last < 0 || len(batches[last]) == n || weights+w > mostWeights {
			batches = append(batches, nil)
			last, weights = last+1, 0
		}
		weights += w
		batches[last] = append(batches[last], &item{index: i, candidate: c})
	}
	return batches
}
