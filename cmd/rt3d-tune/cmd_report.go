package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/reports"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// defaultDB is the results file when --db is not given.
const defaultDB = "results.db"

func newReport() *cobra.Command {
	var (
		db, format, output string
		history, sensitive bool
	)
	c := &cobra.Command{
		Use:   "report [STUDY]",
		Short: "Show what a study found: the front, the dense network beside it, and how it was measured",
		Long: `Without STUDY the only study of the file is shown, or the studies are listed. The page of --format html is
one self-contained file. --history shows what ` + "`ci`" + ` has recorded under the name instead, and where it has moved.
--sensitivity shows what pruning each layer alone costs, and for how many milliseconds on the device.`,
		Example: `  rt3d-tune report --db results.db
  rt3d-tune report demo --format html --output demo.html
  rt3d-tune report ci --history
  rt3d-tune report demo --sensitivity
  rt3d-tune report demo --format json | jq '.front[] | [.accuracy, .latency_ms]'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(reports.Formats(), format) {
				return usagef("--format %q: want one of %s", format, strings.Join(reports.Formats(), ", "))
			}
			if history {
				return runHistory(c, db, strings.Join(args, ""), format)
			}
			if sensitive {
				return runSensitivity(c, db, strings.Join(args, ""), format)
			}
			return runReport(c, db, strings.Join(args, ""), format, output)
		},
	}
	f := c.Flags()
	f.StringVar(&db, "db", defaultDB, "results file")
	f.StringVar(&format, "format", "table", strings.Join(reports.Formats(), ", "))
	f.BoolVar(&history, "history", false, "show the builds that ci compared, and change points (table, json, md)")
	f.BoolVar(&sensitive, "sensitivity", false, "show what pruning each layer alone costs and saves (table, json, md)")
	c.MarkFlagsMutuallyExclusive("history", "sensitivity")
	f.StringVarP(&output, "output", "o", "", "file to write instead of standard output")
	return c
}

// runHistory shows the gates of a study.
func runHistory(c *cobra.Command, db, name, format string) error {
	if !slices.Contains([]string{"table", "json", "md"}, format) {
		return usagef("--history --format %q: want one of json, md, table", format)
	}
	store, err := results.OpenReadOnly(db)
	if err != nil {
		return usage(err)
	}
	defer store.Close()
	names, err := store.GatedStudies(c.Context())
	if err != nil {
		return err
	}
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	if !slices.Contains(names, name) {
		return usagef("report %s --history: no builds were compared under the name %q; there are: %s", db, name, strings.Join(names, ", "))
	}
	gates, err := store.Gates(c.Context(), name)
	if err != nil {
		return err
	}
	return reports.WriteHistory(c.OutOrStdout(), name, gates, format)
}

// runSensitivity shows what pruning each layer alone costs.
func runSensitivity(c *cobra.Command, db, name, format string) error {
	if !slices.Contains([]string{"table", "json", "md"}, format) {
		return usagef("--sensitivity --format %q: want one of json, md, table", format)
	}
	store, err := results.OpenReadOnly(db)
	if err != nil {
		return usage(err)
	}
	defer store.Close()
	if name, err = chooseStudy(c, store, name); err != nil {
		return err
	}
	report, err := reports.BuildSensitivity(c.Context(), store, name)
	if errors.Is(err, results.ErrNotFound) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	return reports.WriteSensitivity(c.OutOrStdout(), report, format)
}

func runReport(c *cobra.Command, db, name, format, output string) error {
	if output != "" {
		if err := checkOutput(output); err != nil {
			return err
		}
	}
	store, err := results.OpenReadOnly(db)
	if err != nil {
		return usage(err)
	}
	defer store.Close()
	if name, err = chooseStudy(c, store, name); err != nil {
		return err
	}
	report, err := reports.Build(c.Context(), store, name)
	if errors.Is(err, results.ErrNotFound) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	if output == "" {
		if format == "table" {
			return reports.Table(c.OutOrStdout(), report, terminalColumns(c.OutOrStdout()))
		}
		return reports.Write(c.OutOrStdout(), report, format)
	}
	return writeFile(output, func(w io.Writer) error { return reports.Write(w, report, format) })
}

// chooseStudy gives the name, or that of the file's only study; it lists them where there are several.
func chooseStudy(c *cobra.Command, store *results.Store, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	studies, err := store.Studies(c.Context())
	if err != nil {
		return "", err
	}
	switch len(studies) {
	case 0:
		return "", usagef("%s: the file holds no study yet", store.Path())
	case 1:
		return studies[0].Name, nil
	}
	rows := [][]string{}
	for _, s := range studies {
		rows = append(rows, []string{s.Name, s.Model, s.Target, string(s.State), s.Updated.Local().Format("2006-01-02 15:04")})
	}
	if err := writeTable(c.OutOrStdout(), []string{"study", "model", "target", "state", "updated"}, rows); err != nil {
		return "", err
	}
	return "", usagef("%s: the file holds %d studies; name one", store.Path(), len(studies))
}

// writeFile writes a file whole or not at all.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // does nothing once renamed
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
