package tuner

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// Group is one way to remove weights: a scheme and its group size (GM filters × GN input channels).
// For the filter scheme GM and GN are 0: they follow from the layer.
type Group struct {
	Scheme model.Scheme `json:"scheme"`
	GM     int          `json:"gm"`
	GN     int          `json:"gn"`
}

// LayerChoice says how one layer is pruned. Layers that no choice names stay dense, and so does a
// layer with rate 0.
type LayerChoice struct {
	// Layer is the name of the convolution's node.
	Layer string `json:"layer"`
	Group
	// Rate is the share of the layer's weights that is removed, 0 … 1.
	Rate float64 `json:"rate"`
}

// ErrRefused says that a choice cannot be made real, whatever the circumstances.
var ErrRefused = errors.New("choice refused")

// Pruner makes choices real.
type Pruner interface {
	// Apply gives the chosen layers masks and zeroed weights and recovers what can be recovered (bias
	// correction, BatchNorm re-estimation ...): a network that could ship. It leaves dense untouched and
	// is deterministic: the same graph and choice give the same result. An error that wraps ErrRefused is
	// about the choice, which is then infeasible; any other ends the search.
	Apply(ctx context.Context, dense *model.Graph, choice []LayerChoice) (*model.Graph, error)
}

// Refiner trains pruned networks on, and so wins back accuracy that pruning in one shot loses.
type Refiner interface {
	// Refine gives the same network with other kept weights and biases: removed weights stay zero, masks and
	// layers stay as they are. It need not be deterministic. An error ends the search, which can be resumed.
	Refine(ctx context.Context, dense, pruned *model.Graph) (*model.Graph, error)
}

// Accuracy measures how good a network's answers are; larger is better.
type Accuracy interface {
	// Name of the objective: "accuracy" (share of right answers, 0 … 1) or "fidelity" (1 − relative L2
	// distance to the dense network's output).
	Name() string
	// Clips is the number of clips that a full measurement uses.
	Clips() int
	// Measure evaluates g on the first `clips` clips of a fixed shuffled order, on all of them for
	// clips <= 0 or more than there are. The same clips serve every network, so that differences are
	// paired. Schedules by layer may be used to run the very program that is timed; nil means the
	// default schedules. An error that wraps a *remote.DeviceError or ctx's error is not the network's
	// fault.
	Measure(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, clips int) (float64, error)
}

// Options say how to search. The zero value of each field has a documented default, filled in by
// Run; only Groups must be given by whoever knows the target's vector length.
type Options struct {
	// Seed of every random decision: the same seed and the same measured values give the same
	// proposals.
	Seed uint64
	// Trials bounds the number of trials in the study, all phases and earlier invocations counted; 0
	// means no bound. The dense network, refined networks and the playoff are never left out for it.
	Trials int
	// Wall bounds the wall time of this invocation (not of the study: a resumed search gets it anew), the
	// refiner's time not counted; 0 means no bound. When both are 0, Trials is 400.
	Wall time.Duration
	// Shares of the budget by phase; the zero value means DefaultShares, or ShareOfTrials when only trials
	// are bounded. What a phase leaves unused goes to the phases after it.
	Shares Shares

	// Groups are the ways to prune that the search may choose from. Those that do not fit a layer are
	// left out for this layer.
	Groups []Group
	// Densities at which kernels are timed, 1 first; between them the latency table interpolates.
	// Default 1, 0.5, 0.25, 0.125.
	Densities []float64
	// Rates that a layer may be pruned by, besides 0. Default 0.25 to 0.875 by eighths and 0.9375.
	Rates []float64
	// Keep names layers that always stay dense.
	Keep []string
	// Threads of every program; default 1.
	Threads int

	// Kernels names the strategy of level 1 (random, sobol, tpe, exhaustive); default tpe.
	Kernels string
	// Models names the strategy of level 2: predicted (NSGA-II over the predictors; the default), or
	// nsga2, random, sobol, tpe, without predictors.
	Models string
	// SensitivityClips is the number of clips behind one sensitivity; default a quarter of all clips,
	// at least 200.
	SensitivityClips int
	// Loss of accuracy (or fidelity) against the dense network that is acceptable, as a share: the
	// fastest network within it is picked. Default 0.02.
	Loss float64
	// Contenders in the playoff at most (default 12; fewer when 2 GiB do not hold their weights) and rounds (default 6; fewer, but at least 3, when
	// time is short).
	Contenders, Rounds int
	// Refined is the number of networks that the refiner gets, if there is one (default 3). RefinedLoss is
	// the most that they may have lost before, as a share (default 0.2): what lost more is rarely won back.
	Refined     int
	RefinedLoss float64
	// Reorder puts the filters of pruned networks in an order in which like masks meet (package prune/reorder),
	// where kernels then run less; the networks of the front keep it layer by layer where that measures faster.
	Reorder bool
	// Efforts of measuring; zero values have defaults.
	KernelEffort, ModelEffort bench.Effort

	// Progress is called after every trial and at the start of each phase; nil means nobody looks.
	Progress func(Progress)
	// Log gets one line per trial from which the trial can be run again; nil means slog.Default.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Phase names a part of the search, as it is stored with every trial.
type Phase string

// The phases, in order.
const (
	TablePhase       Phase = "table"       // level 1: kernels
	SensitivityPhase Phase = "sensitivity" // one layer pruned at a time
	SearchPhase      Phase = "search"      // level 2: whole networks
	RefinePhase      Phase = "refine"      // some of them, trained on
	ReorderPhase     Phase = "reorder"     // the front's layers, in the order of the dense network too
	PlayoffPhase     Phase = "playoff"     // the front, timed again, interleaved
)

// Shares of the budget; they are used in proportion to their sum.
type Shares struct{ Table, Sensitivity, Search, Reorder, Playoff float64 }

// DefaultShares suit a network whose accuracy takes seconds to measure.
var DefaultShares = Shares{Table: 0.35, Sensitivity: 0.15, Search: 0.40, Reorder: 0.05, Playoff: 0.10}

// ShareOfTrials suits a budget of trials alone: a kernel costs far less than a network.
var ShareOfTrials = Shares{Table: 0.5, Sensitivity: 0.2, Search: 0.25, Reorder: 0.1, Playoff: 0.05}

// Progress is one event of a running search.
type Progress struct {
	Phase Phase
	// Done and Total count trials of this phase in this invocation; Total is an estimate and 0 when
	// there is nothing to estimate from.
	Done, Total int
	// Best describes the best so far in the words of the phase: for example the fastest measured
	// point, or the predicted sum of the table.
	Best string
	// Trial describes the trial that just ended; empty at the start of a phase.
	Trial string
	// Elapsed since the start of this invocation, and an estimate of the time left in it; Left is
	// negative when it is not known.
	Elapsed, Left time.Duration
}

// base is the phase without the number of a repeated playoff: "playoff-2" is a playoff.
func (p Phase) base() Phase {
	if strings.HasPrefix(string(p), string(PlayoffPhase)) {
		return PlayoffPhase
	}
	return p
}
