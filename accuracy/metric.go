package accuracy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/internal/command"
	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// The places in a metric's command that are filled in with files, all of NumPy's .npy.
const (
	// Outputs are the network's outputs, float32, one row for each clip: a file, or as many arguments as
	// the network has outputs.
	Outputs = "{outputs}"
	// Labels are the clips' labels, int64; −1 where a clip has none.
	Labels = "{labels}"
	// Clips are the clips' numbers in the data set, int64, in the order of the rows.
	Clips = "{clips}"
)

// Metric is a program that says how good a network's outputs are: it prints one number, of which larger is
// better, as the last line of its standard output.
type Metric struct {
	// Command is the program with its arguments, one of which is Outputs.
	Command []string `yaml:"command"`
	// Timeout bounds one run; 0: a minute.
	Timeout time.Duration `yaml:"timeout"`
	// Dir is where it runs.
	Dir string `yaml:"-"`
}

// Check says what is wrong with the command.
func (m *Metric) Check() error {
	switch {
	case len(m.Command) == 0:
		return errors.New("names no program")
	case !slices.Contains(m.Command, Outputs):
		return fmt.Errorf("want an argument %s where the program reads the network's outputs", Outputs)
	}
	return nil
}

// MetricEvaluator measures what a program says of a network's outputs, always on the same clips. It is safe
// for one caller at a time.
type MetricEvaluator struct {
	*Evaluator
	metric Metric
}

// NewMetric measures a metric. Clips may have labels.
func NewMetric(ds Dataset, network Network, metric Metric, o Options) (*MetricEvaluator, error) {
	if err := metric.Check(); err != nil {
		return nil, fmt.Errorf("metric's command: %w", err)
	}
	e, err := NewEvaluator(ds, network, o)
	if err != nil {
		return nil, err
	}
	return &MetricEvaluator{e, metric}, nil
}

// Name of the objective: metric.
func (*MetricEvaluator) Name() string { return "metric" }

// Measure runs g on the first clips of the fixed order, on all of them for clips <= 0, and has the program
// judge the outputs.
func (e *MetricEvaluator) Measure(ctx context.Context, g *model.Graph, schedules map[string]spec.Schedule, clips int) (float64, error) {
	if clips <= 0 || clips > e.clips.Len() {
		clips = e.clips.Len()
	}
	var outputs [][]float32
	err := e.each(ctx, g, schedules, clips, func(_ int, output []float32) error {
		outputs = append(outputs, output)
		return nil
	})
	if err == nil {
		var value float64
		if value, err = e.judge(ctx, g, outputs); err == nil {
			return value, nil
		}
	}
	return 0, fmt.Errorf("measure metric of %s: %w", g.Name, err)
}

// judge has the program judge outputs of the first clips.
func (e *MetricEvaluator) judge(ctx context.Context, g *model.Graph, outputs [][]float32) (float64, error) {
	dir, err := os.MkdirTemp("", "rt3d-metric-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	files, err := writeOutputs(dir, g, outputs)
	if err != nil {
		return 0, err
	}
	labels, clips := filepath.Join(dir, "labels.npy"), filepath.Join(dir, "clips.npy")
	n := len(outputs)
	if err := errors.Join(npy.WriteFile(labels, []int{n}, integers(e.clips.labels[:n])),
		npy.WriteFile(clips, []int{n}, integers(e.clips.order[:n]))); err != nil {
		return 0, err
	}
	var args []string
	for _, a := range e.metric.Command {
		if a == Outputs {
			args = append(args, files...)
			continue
		}
		args = append(args, strings.NewReplacer(Labels, labels, Clips, clips).Replace(a))
	}
	timeout := e.metric.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	var out bytes.Buffer
	c := command.Command{Args: args, Dir: e.metric.Dir, Timeout: timeout, Setting: "data.metric.timeout", Stdout: &out}
	if err := c.Run(ctx); err != nil {
		return 0, fmt.Errorf("command %s: %w", strings.Join(args, " "), err)
	}
	value, err := lastNumber(out.String())
	if err != nil {
		return 0, fmt.Errorf("command %s: %w", strings.Join(args, " "), err)
	}
	return value, nil
}

// writeOutputs writes a file for each output of the graph: [clips, dimensions of the output without batch].
func writeOutputs(dir string, g *model.Graph, outputs [][]float32) ([]string, error) {
	parts := g.Outputs
	if parts == nil {
		parts = []model.Value{g.Output}
	}
	var files []string
	from := 0
	for i, part := range parts {
		shape := append([]int{len(outputs)}, part.Dims[1:]...)
		count := 1
		for _, d := range part.Dims[1:] {
			count *= d
		}
		data := make([]float32, 0, len(outputs)*count)
		for _, out := range outputs {
			data = append(data, out[from:from+count]...)
		}
		from += count
		files = append(files, filepath.Join(dir, fmt.Sprintf("output%d.npy", i)))
		if err := npy.WriteFile(files[i], shape, data); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func integers(list []int) []int64 {
	out := make([]int64, len(list))
	for i, v := range list {
		out[i] = int64(v)
	}
	return out
}

// lastNumber reads the last line that is not empty.
func lastNumber(text string) (float64, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	value, err := strconv.ParseFloat(last, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, fmt.Errorf("printed %q last; want a finite number, of which larger is better", last)
	}
	return value, nil
}
