package configs

import (
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Config is one study as a user describes it. docs/configuration.md explains every key.
type Config struct {
	Study       string        `yaml:"study"`
	Model       string        `yaml:"model"` // file.onnx or zoo:NAME
	Device      remote.Config `yaml:"device"`
	Target      Target        `yaml:"target"`
	Data        *Data         `yaml:"data"`
	Calibration Calibration   `yaml:"calibration"`
	Prune       Prune         `yaml:"prune"`
	Search      Search        `yaml:"search"`
	Refine      *Refine       `yaml:"refine"`
	Measure     Measure       `yaml:"measure"`
	CI          CI            `yaml:"ci"`

	// Path of the file and the text as it was read.
	Path string `yaml:"-"`
	Text []byte `yaml:"-"`

	root ast.Node
}

// Target says what code is compiled for. Empty fields are found out: the architecture and vector
// extension from the device, the compiler from what is installed here.
type Target struct {
	ISA      string `yaml:"isa"`
	DType    string `yaml:"dtype"` // of weights and activations: fp32 or fp16
	Compiler string `yaml:"compiler"`
	Threads  int    `yaml:"threads"`
	// LinearWeights is how the weights of fully connected layers are stored: fp32 or fp16.
	LinearWeights string `yaml:"linear_weights"`
}

// Data is what accuracy is measured on. Without it the objective is fidelity on generated inputs.
type Data struct {
	accuracy.Config `yaml:",inline"`
	// On says where the evaluated network runs: host (default) or device.
	On string `yaml:"on"`
	// Metric takes the place of accuracy or fidelity.
	Metric *accuracy.Metric `yaml:"metric"`
}

// OnDevice tells that accuracy is measured on the device: because the study says so, or because no host
// can be relied on to have the data type.
func (c *Config) OnDevice() bool {
	return c.Data != nil && c.Data.On == "device" || c.Target.DType != "fp32"
}

// Calibration is what statistics for the recovery are taken from.
type Calibration struct {
	// Clips is how many; they come from the training part of the data, or from File.
	Clips int    `yaml:"clips"`
	File  string `yaml:"file"`
}

// Prune says what may be removed.
type Prune struct {
	Schemes []string  `yaml:"schemes"`
	Groups  [][2]int  `yaml:"groups"` // gM, gN
	Rates   []float64 `yaml:"rates"`
	Recover string    `yaml:"recover"` // none, bias, batchnorm, reconstruct or obs
	Keep    []string  `yaml:"keep"`    // layers that stay dense (patterns)
}

// Refine names a command that trains pruned networks on; without it all are pruned in one shot.
type Refine struct {
	// Command is a program and its arguments; {model}, {dense} and {output} stand for files (package
	// tuner/refining). It runs in the folder of the configuration.
	Command []string `yaml:"command"`
	// Networks is how many the search sends, Loss the most that one of them may have lost, as a share.
	Networks int     `yaml:"networks"`
	Loss     float64 `yaml:"loss"`
	// Timeout bounds one run of the command.
	Timeout time.Duration `yaml:"timeout"`
}

// Search says how far and by which means the search goes.
type Search struct {
	Seed   uint64        `yaml:"seed"`
	Trials int           `yaml:"trials"`
	Wall   time.Duration `yaml:"wall"`
	// Loss of accuracy (or fidelity) that the picked point may have, as a share.
	Loss float64 `yaml:"loss"`
	// Reorder is auto (default: filters lie in an order in which like masks meet, where that measures faster) or off.
	Reorder string   `yaml:"reorder"`
	Kernels Strategy `yaml:"kernels"`
	Models  Strategy `yaml:"models"`
	Playoff Playoff  `yaml:"playoff"`
}

// Strategy names an optimiser for one level and the share of the budget it gets.
type Strategy struct {
	Strategy string  `yaml:"strategy"`
	Share    float64 `yaml:"share"`
	// Densities at which kernels are timed (level 1 only).
	Densities []float64 `yaml:"densities"`
	// SensitivityClips is how many clips a layer's sensitivity is measured on (level 2 only).
	SensitivityClips int `yaml:"sensitivity_clips"`
}

// Playoff says how many rounds the best candidates are timed again.
type Playoff struct {
	Rounds int `yaml:"rounds"`
}

// Measure says how a time is taken.
type Measure struct {
	MinSamples int           `yaml:"min_samples"`
	MaxSamples int           `yaml:"max_samples"`
	MinBatch   time.Duration `yaml:"min_batch"`
	MaxTime    time.Duration `yaml:"max_time"`
	// Suppress names findings that must not stop the study; each is stamped on every number.
	Suppress []string `yaml:"suppress"`
}

// CI says what `rt3d-tune ci` compares and how surely.
type CI struct {
	// Rates at which the network is pruned as a whole, with the first of prune.schemes and prune.groups;
	// the dense network is always compared, and layers at all of these densities.
	Rates []float64 `yaml:"rates"`
	// Layers that are compared by themselves (patterns).
	Layers []string `yaml:"layers"`
	Pairs  Pairs    `yaml:"pairs"`
	// Tolerance is the relative difference of times that does not matter, Margin the one that must not be
	// missed, Alpha the probability of any false alarm in one comparison of two builds.
	Tolerance float64 `yaml:"tolerance"`
	Margin    float64 `yaml:"margin"`
	Alpha     float64 `yaml:"alpha"`
}

// Pairs bound how often both builds are timed.
type Pairs struct {
	First int `yaml:"first"`
	Most  int `yaml:"most"`
}
