package results

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
)

// Key is the SHA-256, in hex, of everything that must be equal for a measurement to be reused: kernel
// source, compiler, flags, target, device, cores, clocks, runner, workload, mask, threads, what of it is
// timed, and the findings that were suppressed. It is empty when the source or the device is not known: such
// a measurement is never reused.
func (p Provenance) Key() string {
	if p.SourceHash == "" || p.Device == "" {
		return ""
	}
	suppressed := slices.Clone(p.Suppressed)
	slices.Sort(suppressed)
	parts := append([]string{p.SourceHash, p.Compiler, p.Flags, p.Target, p.Device, p.Cores, p.Clocks, p.Runner,
		p.Workload, p.MaskHash, strconv.Itoa(p.Threads), p.Timed}, slices.Compact(suppressed)...)
	text, err := json.Marshal(parts) // quoting keeps neighbours apart
	if err != nil {
		panic(err) // strings always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Reusable finds the latest trial of any study in the file that ended well, was measured itself, not under
// an emulator, and has this provenance key; ErrNotFound when there is none. Its samples are read with Samples.
func (s *Store) Reusable(ctx context.Context, provenanceKey string) (*Trial, error) {
	if provenanceKey == "" {
		return nil, s.wrap("find a measurement to reuse", ErrNotFound)
	}
	var id int64
	err := s.read.QueryRowContext(ctx, `SELECT id FROM trial WHERE provenance_key = ? AND provenance_key <> ''
		AND outcome = 'ok' AND reused_from IS NULL AND latency_ms IS NOT NULL
		ORDER BY id DESC LIMIT 1`, provenanceKey).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, s.wrap("find a measurement to reuse", err)
	}
	return s.Trial(ctx, id)
}
