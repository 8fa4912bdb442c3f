package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// options are common to all comparisons.
type options struct {
	networks    []string
	threads     int // the most that a side has
	cores       []int
	rounds      int
	write, json string
	progress    io.Writer
}

func (o *options) register(c *cobra.Command, networks []string, rounds int) {
	o.threads = 1
	f := c.Flags()
	f.StringSliceVar(&o.networks, "network", networks, "networks of the zoo")
	f.IntSliceVar(&o.cores, "cores", nil, "cores to run on, the first for one thread (default: those that this process may use)")
	f.IntVar(&o.rounds, "rounds", rounds, "turns of each side")
	f.StringVar(&o.write, "write", "", "put the tables into this Markdown document, between its markers")
	f.StringVar(&o.json, "json", "", "write the figures of every round to this file")
}

// note shows progress.
func (o *options) note(format string, args ...any) {
	fmt.Fprintf(o.progress, format+"\n", args...)
}

// run does one comparison and prints what it found.
func (o *options) run(c *cobra.Command, compare func(context.Context, *workshop) ([]report, error)) (err error) {
	o.progress = c.ErrOrStderr()
	if o.rounds < 1 || o.threads < 1 {
		return fmt.Errorf("--rounds %d and %d threads: want 1 or more", o.rounds, o.threads)
	}
	if err := checkOutputs(o.write, o.json); err != nil {
		return err
	}
	allowed, err := allowedCores()
	if err != nil {
		return err
	}
	if len(o.cores) == 0 {
		o.cores = allowed
	}
	for _, core := range o.cores {
		if !slices.Contains(allowed, core) {
			return fmt.Errorf("--cores: core %d is not one of %v, which this process may use", core, allowed)
		}
	}
	if len(o.cores) < o.threads {
		return fmt.Errorf("%d threads: there are only the cores %v", o.threads, o.cores)
	}
	w, err := openWorkshop(c.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	reports, err := compare(c.Context(), w)
	if err != nil {
		return err
	}
	origin, err := o.origin(c, w)
	if err != nil {
		return err
	}
	for _, r := range reports {
		text := r.markdown(origin)
		fmt.Fprintf(c.OutOrStdout(), "## %s\n\n%s\n", r.section, text)
		if o.write != "" {
			err = errors.Join(err, writeSection(o.write, r.section, text)) // what was measured is printed in any case
		}
	}
	if o.json != "" {
		err = errors.Join(err, writeRaw(o.json, origin, reports))
	}
	return err
}

// checkOutputs refuses, before hours of work, a document that is not there and a folder of figures that is not.
func checkOutputs(document, figures string) error {
	if document != "" {
		if info, err := os.Stat(document); err != nil {
			return fmt.Errorf("--write %s: %w", document, errors.Unwrap(err))
		} else if !info.Mode().IsRegular() {
			return fmt.Errorf("--write %s: want a Markdown document", document)
		}
	}
	if figures == "" {
		return nil
	}
	folder := filepath.Dir(figures)
	if info, err := os.Stat(folder); err != nil {
		return fmt.Errorf("--json %s: folder %s: %w", figures, folder, errors.Unwrap(err))
	} else if !info.IsDir() {
		return fmt.Errorf("--json %s: %s is not a folder", figures, folder)
	}
	return nil
}

// origin says when, where and with what the tables were made, and the command that makes them again.
func (o *options) origin(c *cobra.Command, w *workshop) (string, error) {
	processor, err := processor()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %s, %s, %s, %d rounds: `%s`", time.Now().Format("2 January 2006"), processor, w.target.ISA, w.compiler,
		o.rounds, command(c.Name(), os.Args[2:])), nil
}

// command is how a comparison was called, without where its results went.
func command(name string, args []string) string {
	words := []string{"go run ./benchmarks", name}
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--write" || args[i] == "--json":
			i++
		case strings.HasPrefix(args[i], "--write=") || strings.HasPrefix(args[i], "--json="):
		case strings.ContainsAny(args[i], "*? "):
			words = append(words, "'"+args[i]+"'")
		default:
			words = append(words, args[i])
		}
	}
	return strings.Join(words, " ")
}

// allowedCores lists the cores that this process may run on.
func allowedCores() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("ask for the cores that may be used: %w", err)
	}
	var cores []int
	for i := 0; len(cores) < set.Count(); i++ {
		if set.IsSet(i) {
			cores = append(cores, i)
		}
	}
	return cores, nil
}

// processor names this machine's; models that sellers hide behind one name have family and model numbers.
func processor() (string, error) {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", fmt.Errorf("ask for the processor: %w", err)
	}
	facts := map[string]string{}
	for line := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(line, ":")
		facts[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	name := facts["model name"]
	for _, key := range []string{"cpu family", "model", "CPU implementer", "CPU part"} {
		if facts[key] != "" {
			name += fmt.Sprintf(", %s %s", key, facts[key])
		}
	}
	return strings.TrimPrefix(name, ", "), nil
}
