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
			if output != "" {
				if err := checkOutput(output); err != nil {
					return err
				}
			}
			r := reportRequest{db, strings.Join(args, ""), format, output}
			switch {
			case history:
				return r.history(c)
			case sensitive:
				return r.sensitivity(c)
			}
			return r.study(c)
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

// reportRequest is what is to be shown: of which file and study, how, and where; output is empty for standard output.
type reportRequest struct{ db, name, format, output string }

// write writes to where it was asked for.
func (r reportRequest) write(c *cobra.Command, write func(io.Writer) error) error {
	if r.output == "" {
		return write(c.OutOrStdout())
	}
	return writeFile(r.output, write)
}

// history shows the gates of a study.
func (r reportRequest) history(c *cobra.Command) error {
	if !slices.Contains([]string{"table", "json", "md"}, r.format) {
		return usagef("--history --format %q: want one of json, md, table", r.format)
	}
	name := r.name
	store, err := results.OpenReadOnly(r.db)
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
		return usagef("report %s --history: no builds were compared under the name %q; there are: %s", r.db, name, strings.Join(names, ", "))
	}
	gates, err := store.Gates(c.Context(), name)
	if err != nil {
		return err
	}
	return r.write(c, func(w io.Writer) error { return reports.WriteHistory(w, name, gates, r.format) })
}

// sensitivity shows what pruning each layer alone costs.
func (r reportRequest) sensitivity(c *cobra.Command) error {
	if !slices.Contains([]string{"table", "json", "md"}, r.format) {
		return usagef("--sensitivity --format %q: want one of json, md, table", r.format)
	}
	store, err := results.OpenReadOnly(r.db)
	if err != nil {
		return usage(err)
	}
	defer store.Close()
	name, err := chooseStudy(c, store, r.name)
	if err != nil {
		return err
	}
	report, err := reports.BuildSensitivity(c.Context(), store, name)
	if errors.Is(err, results.ErrNotFound) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	return r.write(c, func(w io.Writer) error { return reports.WriteSensitivity(w, report, r.format) })
}

// study shows what a search found.
func (r reportRequest) study(c *cobra.Command) error {
	store, err := results.OpenReadOnly(r.db)
	if err != nil {
		return usage(err)
	}
	defer store.Close()
	name, err := chooseStudy(c, store, r.name)
	if err != nil {
		return err
	}
	report, err := reports.Build(c.Context(), store, name)
	if errors.Is(err, results.ErrNotFound) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	if r.output == "" && r.format == "table" {
		return reports.Table(c.OutOrStdout(), report, terminalColumns(c.OutOrStdout()))
	}
	return r.write(c, func(w io.Writer) error { return reports.Write(w, report, r.format) })
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
		return usagef("write %s: %w", path, errors.Unwrap(err)) // without the name of the temporary file
	}
	defer os.Remove(f.Name()) // does nothing once renamed
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
