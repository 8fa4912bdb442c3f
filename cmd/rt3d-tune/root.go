package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

const exitStatusHelp = `
EXIT STATUS
  0    done
  1    failed for a reason of its own
  2    bad usage, configuration, model or data
  3    ci: a regression
  4    ci: inconclusive
  5    device or infrastructure fault
  130  interrupted; resumable
`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "rt3d-tune",
		Short: "Search pruning and kernels of 3D networks by measuring on the device that will run them",
		Long: `rt3d-tune takes a 3D convolutional network, prunes it in patterns that vector units like, generates
kernels for them, measures both on a real device (this machine, an ARM board over SSH, a phone over
ADB) and keeps the front of accuracy against latency.`,
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%w (see `%s --help`)", err, c.CommandPath())
	})
	root.AddCommand(newSearch(), newReport(), newCI(), newRun(), newBench(), newPrune(), newExport(), newModels(), newData(), newDevices())
	for _, c := range allCommands(root) {
		c.SilenceErrors, c.SilenceUsage = true, true
		if c.Args != nil {
			check := c.Args
			c.Args = func(c *cobra.Command, args []string) error {
				if err := check(c, args); err != nil {
					return usagef("%s: %w (see `%s --help`)", c.CommandPath(), err, c.CommandPath())
				}
				return nil
			}
		}
		if c.Runnable() {
			c.PreRunE = checkFlags
			if c.Long == "" {
				c.Long = c.Short + "."
			}
			c.Long = strings.TrimRight(c.Long, "\n") + "\n" + exitStatusHelp
		}
	}
	return root
}

// checkFlags refuses flags that are missing or do not go together. cobra does so too, but not as a mistake
// of the user's.
func checkFlags(c *cobra.Command, _ []string) error {
	err := c.ValidateRequiredFlags()
	if err == nil {
		err = c.ValidateFlagGroups()
	}
	if err != nil {
		return usagef("%s: %w (see `%s --help`)", c.CommandPath(), err, c.CommandPath())
	}
	return nil
}

func allCommands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, allCommands(sub)...)
	}
	return all
}

func versionText() string {
	return fmt.Sprintf("%s %s %s/%s", toolText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// toolText names this program with its version.
func toolText() string {
	s := "rt3d-tune " + version
	if commit != "" {
		s += " (" + commit + ")"
	}
	return s
}
