package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// examination is what `devices doctor --json` prints.
type examination struct {
	Device    string `json:"device"`
	Transport string `json:"transport"`
	Simulated bool   `json:"simulated,omitempty"`
	// Findings stop a search unless they are suppressed; hints do not.
	Findings []remote.Finding `json:"findings"`
	Hints    []remote.Hint    `json:"hints"`
	// Trial is what timing a kernel came to; nil when nothing could be timed, and NoTrial says why.
	Trial   *timingTrial `json:"trial,omitempty"`
	NoTrial string       `json:"no_trial,omitempty"`
}

func newDevicesDoctor() *cobra.Command {
	var (
		device deviceFlags
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "doctor [NAME]",
		Short: "Say what will make timings bad on a device, and what to do about each",
		Long: `Looks at the device, then times a small kernel on it a few times, and says in words what disturbs it. Findings
stop a search until they are put right or suppressed (measure.suppress); hints and what the trial shows do not.
NAME is as for --device.`,
		Example: `  rt3d-tune devices doctor
  rt3d-tune devices doctor adb
  rt3d-tune devices doctor --config configs/c3d-phone.yaml --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if len(args) == 1 {
				if c.Flags().Changed("device") || c.Flags().Changed("config") {
					return usagef("devices doctor %s: give the device once: by name, --device or --config", args[0])
				}
				device.device = args[0]
			}
			e, err := examine(c.Context(), &device)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), e)
			}
			return writeExamination(c.OutOrStdout(), e)
		},
	}
	device.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// examine probes a device and times a kernel on it where that can be done.
func examine(ctx context.Context, device *deviceFlags) (e *examination, err error) {
	config, options, err := device.resolve()
	if err != nil {
		return nil, err
	}
	m, err := connect(ctx, config)
	if err != nil {
		return nil, err
	}
	defer closing(m, &err)
	m.facts.Suppress(options.suppress)
	e = &examination{Device: config.Name, Transport: m.transport.Name(), Simulated: config.Transport == "sim",
		Findings: slices.Clone(m.facts.Findings), Hints: m.facts.Hints()}
	if len(config.Runner) > 0 {
		e.NoTrial = fmt.Sprintf("programs run under %v, whose times say nothing", config.Runner)
		return e, nil
	}
	options.frank = true
	if err := m.openSession(ctx, options); err != nil {
		e.NoTrial = err.Error()
		return e, ctx.Err()
	}
	e.Trial, err = tryTiming(ctx, m)
	return e, err
}

func writeExamination(w io.Writer, e *examination) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", e.Device, e.Transport)
	if e.Simulated {
		fmt.Fprintln(&b, simulatedWarning)
	}
	section := func(title string) { fmt.Fprintf(&b, "\n%s\n", title) }
	if len(e.Findings) > 0 {
		section("Stops a search, unless it is put right or suppressed by name (measure.suppress):")
		for _, f := range e.Findings {
			code := string(f.Code)
			if f.Suppressed {
				code += " (suppressed)"
			}
			fmt.Fprintf(&b, "  %s: %s\n", code, f.Text)
		}
	}
	if len(e.Hints) > 0 {
		section("Makes timings worse, or hides what does:")
		for _, h := range e.Hints {
			fmt.Fprintf(&b, "  %s: %s\n", h.Code, h.Text)
		}
	}
	switch t := e.Trial; {
	case t == nil:
		section("Nothing was timed: " + e.NoTrial)
	default:
		section(t.title())
		for _, line := range t.Advice {
			fmt.Fprintf(&b, "  %s\n", line)
		}
		if len(t.Advice) == 0 && t.Outcome == results.OK {
			fmt.Fprintln(&b, "  little or nothing disturbs it")
		}
	}
	if len(e.Findings) == 0 && len(e.Hints) == 0 && e.Trial != nil && e.Trial.Outcome == results.OK && len(e.Trial.Advice) == 0 {
		section("This device is fit to be timed.")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
