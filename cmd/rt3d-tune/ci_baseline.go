package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/ci"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// baseline finds the build to compare with: a file, the build kept under a study, the front of a study that
// was searched, or a commit. What is unpacked and built for it goes to dir.
func (s *study) baseline(ctx context.Context, store *results.Store, name, dir string) (*ci.Build, error) {
	content, err := os.ReadFile(name)
	switch {
	case err == nil && ci.IsBuild(content):
		b, err := ci.Decode(name, content, dir)
		return b, usage(err)
	case err == nil:
		g, err := loadModel(name)
		if err != nil {
			return nil, err
		}
		return s.buildOf(ctx, g, filepath.Base(name))
	}
	for _, kept := range []string{name, frontName(name)} {
		content, err = store.Build(ctx, kept, s.machine.target.String())
		if err == nil {
			b, err := ci.Decode("of study "+name, content, dir)
			return b, usage(err)
		}
		if !errors.Is(err, results.ErrNotFound) {
			return nil, err
		}
	}
	switch record, err := store.StudyByName(ctx, name); {
	case err == nil:
		return s.rebuildFront(ctx, store, record)
	case !errors.Is(err, results.ErrNotFound):
		return nil, err
	}
	at := filepath.Dir(s.config.Path)
	commit, gitErr := git(ctx, at, "rev-parse", "--verify", "--quiet", name+"^{commit}")
	if gitErr != nil {
		return nil, usagef("--baseline %[1]s: no such file; no study of that name, kept (`rt3d-tune ci %[4]s`) or searched, for %[2]s in %[3]s; no commit of the repository of %[4]s",
			name, s.machine.target, store.Path(), s.config.Path)
	}
	content, err = buildCommit(ctx, s.config.Path, commit, dir)
	if err != nil {
		return nil, usagef("--baseline %s: %w", name, err)
	}
	b, err := ci.Decode(name, content, dir)
	return b, usage(err)
}

// buildCommit makes the build of a commit in a worktree of its own: with the program of that commit where
// its source is there, as in this project's own repository, else with this program. A configuration that
// the commit does not have is taken as it is now.
func buildCommit(ctx context.Context, config, commit, dir string) (content []byte, err error) {
	config, err = filepath.Abs(config)
	if err != nil {
		return nil, err
	}
	top, err := git(ctx, filepath.Dir(config), "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	tree := filepath.Join(dir, "tree")
	if _, err := git(ctx, top, "worktree", "add", "--detach", "--quiet", tree, commit); err != nil {
		return nil, err
	}
	defer func() {
		_, removed := git(context.WithoutCancel(ctx), top, "worktree", "remove", "--force", tree)
		err = errors.Join(err, removed)
	}()
	if real, err := filepath.EvalSymlinks(config); err == nil {
		config = real
	}
	if inside, err := filepath.Rel(top, config); err == nil && !strings.HasPrefix(inside, "..") {
		if _, err := os.Stat(filepath.Join(tree, inside)); err == nil {
			config = filepath.Join(tree, inside)
		}
	}
	program, err := programOf(ctx, tree, dir)
	if err != nil {
		return nil, err
	}
	saved := filepath.Join(dir, "baseline.build")
	if out, err := exec.CommandContext(ctx, program, "ci", config, "--save", saved).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make the build of commit %.10s: %w: %s", commit, err, lastLine(out))
	}
	return os.ReadFile(saved)
}

// programOf builds the program of a tree, or gives this one where the tree has no source of it.
func programOf(ctx context.Context, tree, dir string) (string, error) {
	if _, err := os.Stat(filepath.Join(tree, "cmd", "rt3d-tune", "main.go")); errors.Is(err, fs.ErrNotExist) {
		return exec.LookPath(os.Args[0])
	}
	program := filepath.Join(dir, "rt3d-tune")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "./cmd/rt3d-tune")
	build.Dir = tree
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build rt3d-tune in its tree: %w: %s", err, lastLine(out))
	}
	return program, nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
