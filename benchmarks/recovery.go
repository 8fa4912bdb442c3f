package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/prune"
	"github.com/rt3d-tune/rt3d-tune/prune/recover"
)

// recoveryOptions say what is pruned, recovered and evaluated.
type recoveryOptions struct {
	model, scheme        string
	gm, gn               int
	cuts                 []float64
	modes                []string
	keep                 []string
	clips, seeds         int
	source               clipSource
	write, section, json string
}

// recoveryFigures are what a comparison has found so far. Kept in a file, they let it go on where it was
// interrupted.
type recoveryFigures struct {
	// Settings that they hold for.
	Settings string  `json:"settings"`
	Dense    float64 `json:"dense"`
	// Quality by cut, mode and set of calibration clips.
	Quality map[string]float64 `json:"quality"`
}

func figureKey(cut float64, mode string, set int) string {
	return fmt.Sprintf("%gx/%s/%d", cut, mode, set)
}

// settings are what a figure depends on beside its key.
func (o recoveryOptions) settings(modelHash string) string {
	return fmt.Sprintf("%s %s %dx%d keep %v, %d clips, %+v", modelHash, o.scheme, o.gm, o.gn, o.keep, o.clips, o.source)
}

// read takes figures of the same settings from the file of an earlier run, if there is one.
func (f *recoveryFigures) read(path string) error {
	content, err := os.ReadFile(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var before recoveryFigures
	if err == nil {
		err = json.Unmarshal(content, &before)
	}
	if err != nil {
		return fmt.Errorf("read figures of an earlier run: %w", err)
	}
	if before.Settings == f.Settings {
		*f = before
	}
	return nil
}

// save writes the figures to a file.
func (f *recoveryFigures) save(path string) error {
	if path == "" {
		return nil
	}
	content, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.WriteFile(path, content, 0o644)
}

func newRecovery() *cobra.Command {
	var o recoveryOptions
	c := &cobra.Command{
		Use:   "recovery",
		Short: "Compare what recovery without training wins back",
		Long: `Prunes a network at one rate in every convolution but the first, so that its MACs fall by each factor, and
recovers it in each mode with several sets of calibration clips. Without --test the clips are generated
ones of motion, as zoo:motion-c3d reads them; what calibration sees is never evaluated on.`,
		Example: `  go run ./benchmarks recovery --write docs/accuracy.md
  go run ./benchmarks recovery --model net.onnx --calib train.npy --test test.npy --labels labels.npy --measure auc`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runRecovery(c, o) },
	}
	f := c.Flags()
	f.StringVar(&o.model, "model", "zoo:motion-c3d", "an ONNX file or zoo:NAME")
	f.StringVar(&o.scheme, "scheme", "kgs", "filter, vanilla or kgs")
	f.IntVar(&o.gm, "gm", 4, "filters of a group")
	f.IntVar(&o.gn, "gn", 4, "input channels of a group")
	f.Float64SliceVar(&o.cuts, "cut", []float64{1.5, 2, 3}, "factors by which the MACs fall")
	f.StringSliceVar(&o.modes, "mode", []string{"none", "batchnorm", "reconstruct", "obs"}, "recoveries")
	f.StringSliceVar(&o.keep, "keep", nil, "layers that stay dense, beside the first")
	f.IntVar(&o.clips, "clips", 512, "calibration clips")
	f.IntVar(&o.seeds, "seeds", 3, "sets of calibration clips")
	f.StringVar(&o.source.calib, "calib", "", "calibration inputs, .npy; each set is another part of them")
	f.StringVar(&o.source.test, "test", "", "inputs to evaluate on, .npy")
	f.StringVar(&o.source.labels, "labels", "", "their labels, .npy; none: fidelity to the dense network")
	f.StringVar(&o.source.measure, "measure", "accuracy", "with labels: accuracy, or auc of two classes")
	f.StringSliceVar(&o.source.metric, "metric", nil,
		"judge by a program, as a study's data.metric.command does: python3,dice.py,{outputs},truth.npy,{clips}")
	f.IntVar(&o.source.count, "count", 2000, "generated clips to evaluate on")
	f.StringVar(&o.write, "write", "", "put the table into this Markdown document, between its markers")
	f.StringVar(&o.section, "section", "recovery", "the section's name in the document")
	f.StringVar(&o.json, "json", "", "keep the figures of every set in this file; a run that finds some there goes on with the others")
	return c
}

func runRecovery(c *cobra.Command, o recoveryOptions) (err error) {
	ctx := c.Context()
	if _, err := model.ParseScheme(o.scheme); err != nil {
		return err
	}
	if o.clips < 1 || o.seeds < 1 {
		return fmt.Errorf("--clips %d --seeds %d: want 1 or more", o.clips, o.seeds)
	}
	for _, cut := range o.cuts {
		if !(cut > 1) {
			return fmt.Errorf("--cut %g: want more than 1", cut)
		}
	}
	if err := checkOutputs(o.write, o.json); err != nil {
		return err
	}
	g, err := readModel(o.model)
	if err != nil {
		return err
	}
	host, closeHost, err := openHost(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeHost()) }()
	judge, err := o.source.open(ctx, host, g)
	if err != nil {
		return err
	}
	hash := sha256.New()
	if err := onnx.Write(hash, g); err != nil {
		return err
	}
	figures := &recoveryFigures{Settings: o.settings(fmt.Sprintf("%x", hash.Sum(nil))), Quality: map[string]float64{}}
	if err := figures.read(o.json); err != nil {
		return err
	}
	if figures.Dense, err = judge.measure(ctx, g); err != nil {
		return err
	}
	for set := 1; set <= o.seeds; set++ {
		if err := o.compare(c, host, g, judge, figures, set); err != nil {
			return err
		}
	}
	return o.print(c, g, judge, figures)
}

// compare measures all modes at all cuts with one set of calibration clips.
func (o recoveryOptions) compare(c *cobra.Command, host executor, g *model.Graph, judge *judge, figures *recoveryFigures, set int) error {
	ctx := c.Context()
	var stats *recover.Statistics
	for _, cut := range o.cuts {
		choices, err := uniformCut(g, prune.Choice{Scheme: model.Scheme(o.scheme), GM: o.gm, GN: o.gn}, cut, o.keep)
		if err != nil {
			return err
		}
		for _, name := range o.modes {
			mode, err := recover.ParseMode(name)
			if err != nil {
				return err
			}
			key := figureKey(cut, name, set)
			if _, known := figures.Quality[key]; known || mode == recover.None && set > 1 { // which reads no clips
				continue
			}
			if stats == nil {
				clips, err := o.source.calibration(o.clips, set)
				if err != nil {
					return err
				}
				if stats, err = recover.Measure(ctx, host, g, clips, recover.Options{}); err != nil {
					return err
				}
			}
			pruned, err := prune.Graph(g, choices)
			if err != nil {
				return err
			}
			began := time.Now()
			if _, err := stats.Restore(ctx, pruned, mode); err != nil {
				return err
			}
			seconds := time.Since(began).Seconds()
			quality, err := judge.measure(ctx, pruned)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.ErrOrStderr(), "%s at %gx, set %d: %s, recovered in %.1f s\n", name, cut, set, judge.text(quality), seconds)
			figures.Quality[key] = quality
			if err := figures.save(o.json); err != nil {
				return err
			}
		}
	}
	return nil
}

// uniformCut is one rate for all layers but the first, the fully connected and those to keep, at which the MACs
// fall by a factor.
func uniformCut(g *model.Graph, choice prune.Choice, cut float64, keep []string) (map[string]prune.Choice, error) {
	layers, err := model.Summary(g)
	if err != nil {
		return nil, err
	}
	skip := map[string]bool{g.Convs()[0].Name: true}
	for _, name := range keep {
		skip[name] = true
	}
	total, prunable := 0.0, 0.0
	choice.Rate = .5
	choices := prune.Uniform(g, choice, skip)
	for _, l := range layers {
		total += float64(l.MACs)
		if _, ok := choices[l.Name]; ok {
			prunable += float64(l.MACs)
		}
	}
	choice.Rate = (1 - 1/cut) * total / prunable
	if choice.Rate >= 1 {
		return nil, fmt.Errorf("cut of %g: the layers that may be pruned have %.0f %% of the MACs", cut, 100*prunable/total)
	}
	return prune.Uniform(g, choice, skip), nil
}

// print shows the table, and puts it where it is wanted.
func (o recoveryOptions) print(c *cobra.Command, g *model.Graph, judge *judge, figures *recoveryFigures) error {
	t := table{header: []string{"MACs cut", "recovery", judge.heading, "lost", "deviation"}, left: []int{1}}
	for _, cut := range o.cuts {
		for _, mode := range o.modes {
			var values []float64
			for set := 1; set <= o.seeds; set++ {
				if v, ok := figures.Quality[figureKey(cut, mode, set)]; ok {
					values = append(values, v)
				}
			}
			mean, deviation := meanDeviation(values)
			spread := ""
			if len(values) > 1 {
				spread = judge.text(deviation)
			}
			t.add(false, fmt.Sprintf("%g x", cut), mode, judge.text(mean), judge.text(figures.Dense-mean), spread)
		}
	}
	processor, err := processor()
	if err != nil {
		return err
	}
	group := fmt.Sprintf("%s %d x %d", o.scheme, o.gm, o.gn)
	if o.scheme == string(model.Filter) {
		group = o.scheme
	}
	text := fmt.Sprintf("%s, %s: `%s`. Network %s, %s; dense %s on %d clips; means and deviations over %d sets of %d calibration clips.\n\n%s",
		time.Now().Format("2 January 2006"), processor, command(c.Name(), withoutFolders(os.Args[2:])), g.Name, group, judge.text(figures.Dense), judge.clips, o.seeds, o.clips, t.markdown())
	if o.write != "" {
		if err := writeSection(o.write, o.section, text); err != nil {
			return err
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "## %s\n\n%s\n", o.section, text)
	return nil
}

// withoutFolders leaves of files their names: where they lay says nothing.
func withoutFolders(args []string) []string {
	list := make([]string, len(args))
	for i, a := range args {
		if list[i] = a; strings.ContainsRune(a, filepath.Separator) {
			list[i] = filepath.Base(a)
		}
	}
	return list
}

func meanDeviation(values []float64) (mean, deviation float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / max(n-1, 1))
}

// executor is what judges and recoveries need of the host.
type executor interface {
	Execute(ctx context.Context, g *model.Graph, inputs [][]float32) ([][]float32, error)
	accuracy.Network
}
