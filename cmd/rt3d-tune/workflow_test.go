package main

import (
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"
)

// runSteps FILE: runs the commands of a GitHub Actions workflow or a GitLab job of docs/ci, as their
// runners do: by bash, one step after the other, until one fails. `always` steps are run in any case.
func runSteps(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: steps FILE")
	}
	text := ts.ReadFile(args[0])
	type step struct {
		Run string `yaml:"run"`
		If  string `yaml:"if"`
	}
	var steps []step
	if filepath.Base(args[0]) == "github.yml" {
		var workflow struct {
			Jobs map[string]struct {
				Steps []step `yaml:"steps"`
			} `yaml:"jobs"`
		}
		ts.Check(yaml.Unmarshal([]byte(text), &workflow))
		steps = workflow.Jobs["gate"].Steps
	} else {
		var jobs map[string]struct {
			Script []string `yaml:"script"`
		}
		ts.Check(yaml.Unmarshal([]byte(text), &jobs))
		for _, line := range jobs["rt3d-tune"].Script {
			steps = append(steps, step{Run: line})
		}
	}
	ran, failed := 0, false
	for _, s := range steps {
		if s.Run == "" || failed && s.If != "always()" {
			continue
		}
		ran++
		if err := ts.Exec("bash", "-e", "-o", "pipefail", "-c", s.Run); err != nil {
			failed = true
		}
	}
	if ran == 0 {
		ts.Fatalf("%s has no step that runs anything", args[0])
	}
	if failed != neg {
		ts.Fatalf("%s: a step failed: %v, want %v", args[0], failed, neg)
	}
}
