package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"
)

// AppendTrial commits a trial that has ended, with its samples, layers and objectives, in one
// transaction, and sets its ID and Number. When it returns nil the trial survives kill -9.
//
// A candidate that is finished (its outcome teaches) is refused a second time in the same phase with a
// *DuplicateError; trials that ended by a fault of the device or by cancellation may be repeated. A
// trial that is not sound is ErrInvalid and says why: no number may be NaN or infinite, only outcome
// ok has a latency (dropped: LowMS alone, a lower bound), and an emulated trial has no latency_ms. Times
// of simulated phones and of real devices do not meet in one study.
// The end of ctx does not stop the writing.
func (s *Store) AppendTrial(ctx context.Context, t *Trial) error {
	if err := t.check(); err != nil {
		return s.wrap(fmt.Sprintf("append trial %s", t.Key), err)
	}
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return insertTrial(ctx, tx, t)
	})
	if err != nil {
		t.ID, t.Number = 0, 0
	}
	return s.wrap(fmt.Sprintf("append trial %s", t.Key), err)
}

func insertTrial(ctx context.Context, tx *sql.Tx, t *Trial) error {
	if t.Outcome.Teaches() {
		there := &DuplicateError{Phase: t.Phase, Key: t.Key}
		err := tx.QueryRowContext(ctx, `SELECT id, number FROM trial WHERE study_id = ? AND phase = ? AND key = ?
			AND outcome NOT IN ('push-error', 'launch-error', 'unstable', 'hot', 'device-lost', 'cancelled')`,
			t.StudyID, t.Phase, t.Key).Scan(&there.TrialID, &there.Number)
		if err == nil {
			return there
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	if err := checkWorld(ctx, tx, t); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(number) + 1, 0) FROM trial WHERE study_id = ?", t.StudyID).
		Scan(&t.Number); err != nil {
		return err
	}
	if err := insertTrialRow(ctx, tx, t); err != nil {
		return err
	}
	names := make([]string, 0, len(t.Objectives))
	for name := range t.Objectives {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "INSERT INTO objective (trial_id, name, value) VALUES (?,?,?)",
			t.ID, name, t.Objectives[name]); err != nil {
			return err
		}
	}
	for i, l := range t.Layers {
		if _, err := tx.ExecContext(ctx, `INSERT INTO layer (trial_id, number, name, scheme, gm, gn, rate, algorithm,
			schedule, workload, macs, ms, dense_ms, reordered) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, t.ID, i, l.Name, l.Scheme,
			l.GM, l.GN, l.Rate, l.Algorithm, l.Schedule, l.Workload, l.MACs, l.MS, l.DenseMS, l.Reordered); err != nil {
			return fmt.Errorf("layer %s: %w", l.Name, err)
		}
	}
	if err := insertSamples(ctx, tx, t); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE study SET updated = ? WHERE id = ?", stamp(time.Now()), t.StudyID)
	return err
}

// checkWorld keeps times of simulated phones and of real devices apart; the schema does too.
func checkWorld(ctx context.Context, tx *sql.Tx, t *Trial) error {
	var simulated bool
	err := tx.QueryRowContext(ctx, "SELECT simulated FROM study WHERE id = ?", t.StudyID).Scan(&simulated)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil // the row's own constraint says so
	case err != nil:
		return err
	case t.Provenance.Simulated && !simulated:
		return fmt.Errorf("%w: a simulated time cannot enter a study of a real device", ErrInvalid)
	case t.Latency != nil && !t.Provenance.Simulated && simulated:
		return fmt.Errorf("%w: the time of a real device cannot enter a simulated study", ErrInvalid)
	}
	return nil
}

func insertTrialRow(ctx context.Context, tx *sql.Tx, t *Trial) error {
	provenance, err := json.Marshal(t.Provenance)
	if err != nil {
		return err
	}
	parameters := t.Parameters
	if len(parameters) == 0 {
		parameters = []byte("{}")
	}
	// Times go to the columns of what they are; the others stay NULL.
	var native, emulated [3]any
	var isEmulated, valid int
	if l := t.Latency; l != nil {
		times := [3]any{nullNumber(l.MedianMS), nullNumber(l.LowMS), nullNumber(l.HighMS)}
		valid = l.Valid
		if l.Emulated {
			isEmulated, emulated = 1, times
		} else {
			native = times
		}
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO trial (study_id, number, kind, phase, key, parameters, outcome,
		detail, started, seconds, emulated, latency_ms, latency_low_ms, latency_high_ms, emulated_ms,
		emulated_low_ms, emulated_high_ms, valid_samples, workload, scheme, gm, gn, density, schedule, macs,
		clips, reused_from, refined, provenance, provenance_key, simulated)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		t.StudyID, t.Number, t.Kind, t.Phase, t.Key, string(parameters), t.Outcome, t.Detail, stamp(t.Started),
		t.Seconds, isEmulated, native[0], native[1], native[2], emulated[0], emulated[1], emulated[2], valid,
		t.Workload, t.Scheme, t.GM, t.GN, t.Density, t.Schedule, t.MACs, t.Clips, nullNumber(t.ReusedFrom),
		sql.NullString{String: t.Refined, Valid: t.Refined != ""}, string(provenance), t.Provenance.Key(), t.Provenance.Simulated)
	if err != nil {
		return err
	}
	t.ID, err = result.LastInsertId()
	return err
}

func insertSamples(ctx context.Context, tx *sql.Tx, t *Trial) error {
	if len(t.Samples) == 0 {
		return nil
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO sample (trial_id, number, ns, batch, verdict, core_before, core, khz_before,
		khz_after, millicelsius, throttle, nivcsw, queue_ns, canary_ratio) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i, v := range t.Samples {
		if _, err := insert.ExecContext(ctx, t.ID, i, v.Nanoseconds, v.Batch, v.Verdict, v.CoreBefore, v.Core, v.FrequencyBefore,
			v.FrequencyAfter, v.Temperature, v.Throttle, v.InvoluntarySwitches, v.QueueNS, v.CanaryRatio); err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
	}
	return nil
}

// check finds what the schema's constraints cannot say well: SQLite would store NaN as NULL.
func (t *Trial) check() error {
	numbers := map[string]float64{"seconds": t.Seconds, "density": t.Density}
	for name, value := range t.Objectives {
		numbers["objective "+name] = value
	}
	if l := t.Latency; l != nil {
		numbers["latency"], numbers["latency's lower end"], numbers["latency's upper end"] = l.MedianMS, l.LowMS, l.HighMS
	}
	for i, v := range t.Samples {
		numbers[fmt.Sprintf("sample %d", i)] = v.Nanoseconds
		if v.CanaryRatio != nil {
			numbers[fmt.Sprintf("canary ratio of sample %d", i)] = *v.CanaryRatio
		}
	}
	for _, l := range t.Layers {
		numbers["rate of layer "+l.Name] = l.Rate
		if l.MS != nil {
			numbers["time of layer "+l.Name] = *l.MS
		}
		if l.DenseMS != nil {
			numbers["dense time of layer "+l.Name] = *l.DenseMS
		}
	}
	for name, value := range numbers {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("%w: %s is %v", ErrInvalid, name, value)
		}
	}
	if len(t.Parameters) > 0 && !json.Valid(t.Parameters) {
		return fmt.Errorf("%w: parameters are not JSON", ErrInvalid)
	}
	return t.checkLatency()
}

func (t *Trial) checkLatency() error {
	l := t.Latency
	value, stated := t.Objectives[LatencyMS]
	switch {
	case l == nil && stated:
		return fmt.Errorf("%w: objective %s without a latency", ErrInvalid, LatencyMS)
	case l == nil:
		return nil
	case t.Outcome == Dropped && (l.MedianMS != 0 || l.HighMS != 0):
		return fmt.Errorf("%w: the time of a dropped trial is a lower bound: set LowMS alone", ErrInvalid)
	case t.Outcome != OK && t.Outcome != Dropped:
		return fmt.Errorf("%w: outcome %s has no latency", ErrInvalid, t.Outcome)
	case t.Outcome == OK && !(0 < l.LowMS && l.LowMS <= l.MedianMS && l.MedianMS <= l.HighMS):
		return fmt.Errorf("%w: latency %v ms outside of its interval %v … %v ms", ErrInvalid, l.MedianMS, l.LowMS, l.HighMS)
	case stated && l.Emulated:
		return fmt.Errorf("%w: an emulated time is not a latency: name the objective %s", ErrInvalid, EmulatedMS)
	case stated && value != l.MedianMS:
		return fmt.Errorf("%w: objective %s is %v and the latency %v ms", ErrInvalid, LatencyMS, value, l.MedianMS)
	}
	return nil
}
