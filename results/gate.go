package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// GateVerdict says how a comparison of two builds ended.
type GateVerdict string

// The verdicts of a gate.
const (
	Pass         GateVerdict = "pass"         // nothing is worse
	Regression   GateVerdict = "regression"   // something is
	Inconclusive GateVerdict = "inconclusive" // nothing surely is, and not all is surely the same
)

// ComparisonKind says what was compared.
type ComparisonKind string

// The kinds. Times are in milliseconds and better when less, the others are shares and better when more.
const (
	TimeComparison     ComparisonKind = "time"
	AccuracyComparison ComparisonKind = "accuracy"
	FidelityComparison ComparisonKind = "fidelity"
)

// Comparison is one layer or network of two builds compared.
type Comparison struct {
	Name string
	Kind ComparisonKind
	// Verdict is different, same or need more data; Worse tells which way a different candidate differs.
	Verdict string
	Worse   bool
	// Ratio of candidate to baseline with its 95 % bootstrap interval; 0 when there is none.
	Ratio, RatioLow, RatioHigh float64
	// Pairs that were valid (clips, for accuracy), and those that were not.
	Pairs, Invalid int
	// P of a difference beyond the tolerance, and corrected over all comparisons of the gate.
	P, PAdjusted float64
	// BaselineValue and CandidateValue are medians of the valid pairs, or shares.
	BaselineValue, CandidateValue float64
	CanaryNS                      float64 // median over both sides
	Detail                        string
	// LogRatios are ln(candidate / baseline) of the valid pairs.
	LogRatios []float64
}

// Gate is one comparison of two builds on one device.
type Gate struct {
	ID    int64
	Study string // name of the configuration's study
	// Device is the fingerprint of a saved device.
	Device, Target      string
	Baseline, Candidate string // labels of the builds
	Verdict             GateVerdict
	Started             time.Time
	Seconds             float64
	Simulated           bool
	Suppressed          []string
	Comparisons         []Comparison
}

// AppendGate commits a gate with its comparisons in one transaction and sets its ID.
func (s *Store) AppendGate(ctx context.Context, g *Gate) error {
	suppressed, err := json.Marshal(append([]string{}, g.Suppressed...))
	if err != nil {
		return err
	}
	err = s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO gate (study, device, target, baseline, candidate, verdict, started, seconds,
			simulated, suppressed) VALUES (?,?,?,?,?,?,?,?,?,?)`, g.Study, g.Device, g.Target, g.Baseline, g.Candidate, g.Verdict,
			stamp(g.Started), g.Seconds, g.Simulated, string(suppressed))
		if err != nil {
			return err
		}
		if g.ID, err = result.LastInsertId(); err != nil {
			return err
		}
		for i, c := range g.Comparisons {
			logs, err := json.Marshal(append([]float64{}, c.LogRatios...))
			if err != nil {
				return fmt.Errorf("comparison %s: %w", c.Name, err)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO comparison (gate_id, number, name, kind, verdict, worse, ratio, ratio_low,
				ratio_high, pairs, invalid, p, p_adjusted, baseline_value, candidate_value, canary_ns, detail, log_ratios)
				VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, g.ID, i, c.Name, c.Kind, c.Verdict, c.Worse, nullNumber(c.Ratio),
				nullNumber(c.RatioLow), nullNumber(c.RatioHigh), c.Pairs, c.Invalid, c.P, c.PAdjusted, nullNumber(c.BaselineValue),
				nullNumber(c.CandidateValue), nullNumber(c.CanaryNS), c.Detail, string(logs)); err != nil {
				return fmt.Errorf("comparison %s: %w", c.Name, err)
			}
		}
		return nil
	})
	return s.wrap("append gate of "+g.Study, err)
}

// Gates reads the gates of a study, oldest first, with their comparisons.
func (s *Store) Gates(ctx context.Context, study string) ([]*Gate, error) {
	list, err := collect(ctx, s.read, scanGate, `SELECT id, study, device, target, baseline, candidate, verdict, started, seconds,
		simulated, suppressed FROM gate WHERE study = ? ORDER BY id`, study)
	for _, g := range list {
		if err != nil {
			break
		}
		g.Comparisons, err = collect(ctx, s.read, scanComparison, `SELECT name, kind, verdict, worse, coalesce(ratio, 0),
			coalesce(ratio_low, 0), coalesce(ratio_high, 0), pairs, invalid, p, p_adjusted, coalesce(baseline_value, 0),
			coalesce(candidate_value, 0), coalesce(canary_ns, 0), detail, log_ratios FROM comparison WHERE gate_id = ? ORDER BY number`, g.ID)
	}
	return list, s.wrap("read gates of "+study, err)
}

func scanGate(scan func(...any) error) (*Gate, error) {
	var g Gate
	var started, suppressed string
	err := scan(&g.ID, &g.Study, &g.Device, &g.Target, &g.Baseline, &g.Candidate, &g.Verdict, &started, &g.Seconds, &g.Simulated, &suppressed)
	if err != nil {
		return nil, err
	}
	if g.Started, err = instant(started); err != nil {
		return nil, err
	}
	return &g, json.Unmarshal([]byte(suppressed), &g.Suppressed)
}

func scanComparison(scan func(...any) error) (Comparison, error) {
	var c Comparison
	var logs string
	err := scan(&c.Name, &c.Kind, &c.Verdict, &c.Worse, &c.Ratio, &c.RatioLow, &c.RatioHigh, &c.Pairs, &c.Invalid, &c.P, &c.PAdjusted,
		&c.BaselineValue, &c.CandidateValue, &c.CanaryNS, &c.Detail, &logs)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(logs), &c.LogRatios)
}

// GatedStudies lists the names under which builds were compared.
func (s *Store) GatedStudies(ctx context.Context) ([]string, error) {
	list, err := collect(ctx, s.read, func(scan func(...any) error) (name string, err error) {
		return name, scan(&name)
	}, "SELECT DISTINCT study FROM gate ORDER BY study")
	return list, s.wrap("list compared studies", err)
}

// SaveBuild keeps the build to compare with under a study and a target, in place of the one before.
func (s *Store) SaveBuild(ctx context.Context, study, target, label string, content []byte) error {
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO build (study, target, label, saved, content) VALUES (?,?,?,?,?)
			ON CONFLICT (study, target) DO UPDATE SET label = excluded.label, saved = excluded.saved, content = excluded.content`,
			study, target, label, stamp(time.Now()), content)
		return err
	})
	return s.wrap("save build of "+study, err)
}

// Build reads the build kept under a study and a target; ErrNotFound when there is none.
func (s *Store) Build(ctx context.Context, study, target string) ([]byte, error) {
	var content []byte
	err := s.read.QueryRowContext(ctx, "SELECT content FROM build WHERE study = ? AND target = ?", study, target).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return content, s.wrap(fmt.Sprintf("find a build of %q for %s", study, target), err)
}
