package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/accuracy"
	"github.com/rt3d-tune/rt3d-tune/accuracy/motion"
)

func newData() *cobra.Command {
	c := &cobra.Command{
		Use:   "data",
		Short: "Write generated data sets to disk",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newDataMotion())
	return c
}

func newDataMotion() *cobra.Command {
	var (
		out, split string
		seed       uint64
		count      int
	)
	c := &cobra.Command{
		Use:   "motion",
		Short: "Write short clips in which only motion tells the classes apart",
		Long: `Writes clips.npy, labels.npy, classes.txt and meta.json. Equal seed, split and count give equal files on
every machine; train, validation and test never share a clip.`,
		Example: "  rt3d-tune data motion --out clips/train --split train --count 8000 --seed 1",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			part, err := motion.ParseSplit(split)
			if err != nil {
				return usagef("--split: %w", err)
			}
			if count < 1 {
				return usagef("--count %d: want 1 or more", count)
			}
			if err := accuracy.WriteMotion(out, part, seed, count); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%d clips of %d classes in %s\n", count, len(motion.Classes()), out)
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&out, "out", "", "folder to write (made if it is not there)")
	f.StringVar(&split, "split", "train", "train, validation or test")
	f.IntVar(&count, "count", 2000, "number of clips")
	f.Uint64Var(&seed, "seed", 1, "seed")
	_ = c.MarkFlagRequired("out") // fails only for a flag that does not exist
	return c
}
