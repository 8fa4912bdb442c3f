package ci

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rt3d-tune/rt3d-tune/bench"
	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/toolchain"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// format of saved builds; another one is refused.
const format = "rt3d-tune build 1"

// Subject is one layer or network to be built.
type Subject struct {
	Name    string
	Kind    results.Kind
	Program kernels.Program
	// Quality of a network; nil for layers, and where nothing was evaluated.
	Quality *Quality
}

// Build is what is compared: programs in one binary, each with its right answers.
type Build struct {
	Label    string
	Target   string
	Compiler string
	Flags    string
	Items    []Item
	binary   toolchain.Binary
}

// Item is one subject that was built, or why there is none.
type Item struct {
	Name    string
	Kind    results.Kind
	Quality *Quality
	// Failure says why it could not be built; empty when it was.
	Failure results.Outcome
	Detail  string

	prepared bench.Prepared
}

// MismatchError says that two builds cannot be compared.
type MismatchError struct{ What, Baseline, Candidate string }

// Error implements error.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("compare builds: the baseline's %s is %s, the candidate's %s", e.What, e.Baseline, e.Candidate)
}

// effort of one side of a pair: a few samples in a process of its own, because what differs from process
// to process is more than what differs from sample to sample.
var effort = bench.Effort{MinSamples: 6, MaxSamples: 8, MinBatch: 2 * time.Millisecond, MaxTime: 120 * time.Millisecond}

// Make builds subjects. One that cannot be built is an item with its failure. The error is ctx's, or that
// of this host.
func Make(ctx context.Context, s *bench.Session, target, label string, subjects []Subject) (*Build, error) {
	b := &Build{Label: label, Target: target, Compiler: s.Compiler(), Flags: s.Flags()}
	var candidates []bench.Candidate
	for _, subject := range subjects {
		candidates = append(candidates, bench.Candidate{Key: subject.Name, Kind: subject.Kind, Program: subject.Program, Effort: effort})
	}
	ready, failed, err := s.Make(ctx, candidates)
	if err != nil {
		return nil, fmt.Errorf("make build %s: %w", label, err)
	}
	prepared := map[string]bench.Prepared{}
	for _, p := range ready {
		p.Candidate.Program.Graph = nil // it is in the binary now
		prepared[p.Candidate.Key] = p
		b.binary = p.Artifact.Binary
	}
	failures := map[string]bench.Result{}
	for _, r := range failed {
		if !r.Outcome.Teaches() {
			return nil, fmt.Errorf("make build %s: %s: %s: %w", label, r.Key, r.Outcome, errors.Join(r.Err, errors.New(r.Detail)))
		}
		failures[r.Key] = r
	}
	for _, subject := range subjects {
		item := Item{Name: subject.Name, Kind: subject.Kind, Quality: subject.Quality, prepared: prepared[subject.Name]}
		if r, bad := failures[subject.Name]; bad {
			item.Failure, item.Detail = r.Outcome, r.Detail
		}
		b.Items = append(b.Items, item)
	}
	return b, nil
}

// manifest describes a saved build.
type manifest struct {
	Format   string          `json:"format"`
	Label    string          `json:"label"`
	Target   string          `json:"target"`
	Compiler string          `json:"compiler"`
	Flags    string          `json:"flags"`
	Binary   string          `json:"binary_sha256"`
	Items    []manifestEntry `json:"items"`
}

type manifestEntry struct {
	Name     string             `json:"name"`
	Kind     results.Kind       `json:"kind"`
	Quality  *Quality           `json:"quality,omitempty"`
	Failure  results.Outcome    `json:"failure,omitempty"`
	Detail   string             `json:"detail,omitempty"`
	Program  string             `json:"program,omitempty"`
	Threads  int                `json:"threads,omitempty"`
	Source   string             `json:"source_sha256,omitempty"`
	Blob     string             `json:"blob_sha256,omitempty"`
	Workload string             `json:"workload,omitempty"`
	Mask     string             `json:"mask_sha256,omitempty"`
	Expect   *bench.Expectation `json:"expect,omitempty"`
}

// Encode gives the build as one ZIP archive.
func (b *Build) Encode() ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	write := func(name string, content []byte) error {
		w, err := archive.Create(name)
		if err == nil {
			_, err = w.Write(content)
		}
		return err
	}
	m := manifest{Format: format, Label: b.Label, Target: b.Target, Compiler: b.Compiler, Flags: b.Flags, Binary: b.binary.SHA256}
	written := map[string]bool{}
	for _, item := range b.Items {
		e := manifestEntry{Name: item.Name, Kind: item.Kind, Quality: item.Quality, Failure: item.Failure, Detail: item.Detail}
		if item.Failure == "" {
			p := item.prepared
			e.Program, e.Threads, e.Source, e.Blob = p.Artifact.Program, p.Candidate.Program.Threads, p.Artifact.SourceHash, p.Artifact.BlobHash
			e.Workload, e.Mask, e.Expect = p.Workload, p.MaskHash, p.Expect
			if !written[e.Blob] {
				written[e.Blob] = true
				if err := write("blobs/"+e.Blob, p.Artifact.Blob); err != nil {
					return nil, fmt.Errorf("encode build %s: %w", b.Label, err)
				}
			}
		}
		m.Items = append(m.Items, e)
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode build %s: %w", b.Label, err)
	}
	var binary []byte
	if b.binary.Path != "" {
		if binary, err = os.ReadFile(b.binary.Path); err != nil {
			return nil, fmt.Errorf("encode build %s: %w", b.Label, err)
		}
	}
	if err := errors.Join(write("manifest.json", text), write("binary", binary), archive.Close()); err != nil {
		return nil, fmt.Errorf("encode build %s: %w", b.Label, err)
	}
	return out.Bytes(), nil
}

// IsBuild tells a saved build from another file by its first bytes.
func IsBuild(content []byte) bool { return bytes.HasPrefix(content, []byte("PK\x03\x04")) }

// Decode reads a saved build; name is for messages, and the binary is unpacked in dir. What was changed
// since it was saved is refused.
func Decode(name string, content []byte, dir string) (*Build, error) {
	fail := func(err error) (*Build, error) { return nil, fmt.Errorf("read build %s: %w", name, err) }
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return fail(err)
	}
	read := func(file string) ([]byte, error) {
		f, err := archive.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(f)
	}
	text, err := read("manifest.json")
	if err != nil {
		return fail(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return fail(fmt.Errorf("manifest.json: %w", err))
	}
	if m.Format != format {
		return fail(fmt.Errorf("it is of format %q, this program reads %q: make it again", m.Format, format))
	}
	binary, err := read("binary")
	if err != nil {
		return fail(err)
	}
	if len(binary) > 0 && hashOf(binary) != m.Binary {
		return fail(errors.New("its binary is not the one that was saved"))
	}
	b := &Build{Label: m.Label, Target: m.Target, Compiler: m.Compiler, Flags: m.Flags}
	b.binary = toolchain.Binary{Path: filepath.Join(dir, m.Binary+".run"), SHA256: m.Binary}
	if err := os.WriteFile(b.binary.Path, binary, 0o700); err != nil {
		return fail(err)
	}
	for _, e := range m.Items {
		item := Item{Name: e.Name, Kind: e.Kind, Quality: e.Quality, Failure: e.Failure, Detail: e.Detail}
		if e.Failure == "" {
			blob, err := read("blobs/" + e.Blob)
			if err != nil {
				return fail(err)
			}
			if hashOf(blob) != e.Blob || e.Expect == nil {
				return fail(fmt.Errorf("%s is not as it was saved", e.Name))
			}
			item.prepared = bench.Prepared{
				Candidate: bench.Candidate{Key: e.Name, Kind: e.Kind, Program: kernels.Program{Threads: e.Threads}, Effort: effort},
				Artifact:  &bench.Artifact{Program: e.Program, Binary: b.binary, Blob: blob, SourceHash: e.Source, BlobHash: e.Blob},
				Expect:    e.Expect, Workload: e.Workload, MaskHash: e.Mask,
			}
		}
		b.Items = append(b.Items, item)
	}
	return b, nil
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
