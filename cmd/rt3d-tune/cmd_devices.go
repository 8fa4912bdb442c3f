package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/dial"
)

func newDevices() *cobra.Command {
	c := &cobra.Command{
		Use:   "devices",
		Short: "List devices, look at one, or find out what disturbs timings there",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newDevicesList(), newDevicesProbe(), newDevicesDoctor())
	return c
}

func newDevicesList() *cobra.Command {
	var (
		device deviceFlags
		asJSON bool
	)
	c := &cobra.Command{
		Use:     "list",
		Short:   "List this machine, attached Android devices and the devices file",
		Example: "  rt3d-tune devices list\n  rt3d-tune devices list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			listed := []dial.Listed{}
			inv, err := device.openInventory()
			if err != nil {
				return err
			}
			if inv != nil {
				for _, d := range inv.Devices {
					listed = append(listed, dial.Listed{Name: d.Name, Transport: d.Transport, State: "in " + inv.Path})
				}
			}
			attached, err := dial.List(c.Context(), "", 0)
			var fault *remote.DeviceError
			if errors.As(err, &fault) && fault.Code == remote.NoProgram {
				// A machine without adb has no Android devices to list; that is no failure here.
				fmt.Fprintf(c.ErrOrStderr(), "rt3d-tune: Android devices are not listed: %v\n", err)
			} else if err != nil {
				return err
			}
			listed = append(listed, attached...)
			if asJSON {
				return writeJSON(c.OutOrStdout(), listed)
			}
			rows := [][]string{}
			for _, d := range listed {
				rows = append(rows, []string{d.Name, d.Transport, d.State, d.Advice})
			}
			return writeTable(c.OutOrStdout(), []string{"--device", "transport", "state", "what to do"}, rows)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&device.inventory, "devices", "", "file of named devices (default ~/.config/rt3d-tune/devices.yaml)")
	return c
}

func newDevicesProbe() *cobra.Command {
	var (
		device deviceFlags
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "probe",
		Short: "Show what a device is and what will make its timings bad",
		Example: `  rt3d-tune devices probe
  rt3d-tune devices probe --device adb --json
  rt3d-tune devices probe --config configs/c3d-phone.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			config, options, err := device.resolve()
			if err != nil {
				return err
			}
			m, err := connect(c.Context(), config)
			if err != nil {
				return err
			}
			defer closing(m, &err)
			m.facts.Suppress(options.suppress)
			if asJSON {
				return writeJSON(c.OutOrStdout(), m.facts)
			}
			return writeFacts(c.OutOrStdout(), m.facts)
		},
	}
	device.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// writeFacts prints a device for people; what could not be read is left out.
func writeFacts(w io.Writer, f *remote.Facts) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); text != "" {
			fmt.Fprintf(&b, "%-14s %s\n", name, text)
		}
	}
	line("device", "%s (%s)", f.Name, f.Transport)
	line("machine", "%s", f.Machine)
	line("processor", "%s", f.CPU)
	line("architecture", "%s", f.Arch)
	line("system", "%s", f.OS)
	for _, c := range f.Clusters {
		line("cluster "+c.Name, "%s", describeCluster(c))
	}
	line("memory", "%s", mebibytes(f.MemoryBytes))
	line("work directory", "%s, %s free", f.WorkDir, mebibytes(f.FreeBytes))
	for _, z := range f.ThermalZones {
		if z.MilliCelsius != nil {
			line("thermal zone", "%s: %.1f °C", z.Type, float64(*z.MilliCelsius)/1000)
		}
	}
	if f.Battery != nil {
		line("battery", "%s", describeBattery(*f.Battery))
	}
	line("fingerprint", "%.16s", f.Fingerprint)
	for _, finding := range f.Findings {
		suppressed := ""
		if finding.Suppressed {
			suppressed = " (suppressed)"
		}
		line("finding", "%s%s: %s", finding.Code, suppressed, finding.Text)
	}
	if len(f.Findings) == 0 {
		line("findings", "none")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func describeCluster(c remote.Cluster) string {
	s := fmt.Sprintf("cores %v", c.Cores)
	if c.Part != "" {
		s += ", " + c.Part
	}
	if c.MaxKHz != nil {
		s += fmt.Sprintf(", up to %.2f GHz", float64(*c.MaxKHz)/1e6)
	}
	return s
}

func describeBattery(b remote.Battery) string {
	var parts []string
	if b.Percent != nil {
		parts = append(parts, fmt.Sprintf("%d %%", *b.Percent))
	}
	if b.Status != "" {
		parts = append(parts, b.Status)
	}
	if b.MilliCelsius != nil {
		parts = append(parts, fmt.Sprintf("%.1f °C", float64(*b.MilliCelsius)/1000))
	}
	return strings.Join(parts, ", ")
}

func mebibytes(bytes *int64) string {
	if bytes == nil {
		return "unknown"
	}
	return fmt.Sprintf("%d MiB", *bytes>>20)
}
