package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// SetSensitivity stores what pruning one layer costs, or replaces what is there for the same layer,
// scheme, groups and rate.
func (s *Store) SetSensitivity(ctx context.Context, studyID int64, v Sensitivity) error {
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO sensitivity (study_id, layer, scheme, gm, gn, rate, lost, clips,
			dense_correct, correct, saved_ms) VALUES (?,?,?,?,?,?,?,?,?,?,?)
			ON CONFLICT (study_id, layer, scheme, gm, gn, rate) DO UPDATE SET lost = excluded.lost,
			clips = excluded.clips, dense_correct = excluded.dense_correct, correct = excluded.correct,
			saved_ms = excluded.saved_ms`,
			studyID, v.Layer, v.Scheme, v.GM, v.GN, v.Rate, v.Lost, v.Clips, v.DenseCorrect, v.Correct, v.SavedMS)
		return err
	})
	return s.wrap(fmt.Sprintf("set sensitivity of layer %s", v.Layer), err)
}

// Sensitivities reads all sensitivities of a study, ordered by layer, scheme, groups and rate.
func (s *Store) Sensitivities(ctx context.Context, studyID int64) ([]Sensitivity, error) {
	list, err := collect(ctx, s.read, func(scan func(...any) error) (Sensitivity, error) {
		var v Sensitivity
		err := scan(&v.Layer, &v.Scheme, &v.GM, &v.GN, &v.Rate, &v.Lost, &v.Clips, &v.DenseCorrect, &v.Correct, &v.SavedMS)
		return v, err
	}, `SELECT layer, scheme, gm, gn, rate, lost, clips, dense_correct, correct, saved_ms FROM sensitivity
		WHERE study_id = ? ORDER BY layer, scheme, gm, gn, rate`, studyID)
	return list, s.wrap(fmt.Sprintf("read sensitivities of study %d", studyID), err)
}

// KnownSensitivity finds the trial of another study of equal basis that measured, itself, what pruning one
// layer costs (or the dense network, on the same clips): the key says which. ErrNotFound when there is none,
// or no basis.
func (s *Store) KnownSensitivity(ctx context.Context, basis, key string) (*Trial, error) {
	var id int64
	err := s.read.QueryRowContext(ctx, `SELECT t.id FROM trial AS t JOIN study AS s ON s.id = t.study_id
		WHERE s.basis = ? AND s.basis <> '' AND t.phase = 'sensitivity' AND t.key = ? AND t.outcome = 'ok'
		AND t.reused_from IS NULL ORDER BY t.id DESC LIMIT 1`, basis, key).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, s.wrap("find sensitivity "+key, err)
	}
	return s.Trial(ctx, id)
}

// SetLatency says which kernel trial holds the best schedule for a cell of the latency table.
func (s *Store) SetLatency(ctx context.Context, studyID int64, v LatencyEntry) error {
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO latency (study_id, workload, scheme, gm, gn, density, trial_id)
			VALUES (?,?,?,?,?,?,?)
			ON CONFLICT (study_id, workload, scheme, gm, gn, density) DO UPDATE SET trial_id = excluded.trial_id`,
			studyID, v.Workload, v.Scheme, v.GM, v.GN, v.Density, v.TrialID)
		return err
	})
	return s.wrap(fmt.Sprintf("set latency of %s at density %g", v.Workload, v.Density), err)
}

// LatencyTable reads a study's latency table, ordered by workload, scheme, groups and density.
func (s *Store) LatencyTable(ctx context.Context, studyID int64) ([]LatencyEntry, error) {
	list, err := collect(ctx, s.read, func(scan func(...any) error) (LatencyEntry, error) {
		v := LatencyEntry{Latency: &Latency{}}
		err := scan(&v.Workload, &v.Scheme, &v.GM, &v.GN, &v.Density, &v.TrialID, &v.Schedule, &v.Latency.Emulated,
			&v.Latency.MedianMS, &v.Latency.LowMS, &v.Latency.HighMS, &v.Latency.Valid)
		return v, err
	}, `SELECT l.workload, l.scheme, l.gm, l.gn, l.density, l.trial_id, t.schedule, t.emulated,
		coalesce(t.latency_ms, t.emulated_ms), coalesce(t.latency_low_ms, t.emulated_low_ms),
		coalesce(t.latency_high_ms, t.emulated_high_ms), t.valid_samples
		FROM latency AS l JOIN trial AS t ON t.id = l.trial_id WHERE l.study_id = ? AND t.outcome = 'ok'
		ORDER BY l.workload, l.scheme, l.gm, l.gn, l.density`, studyID)
	return list, s.wrap(fmt.Sprintf("read latency table of study %d", studyID), err)
}

// AddLedger adds wall time to an activity of a study: where the time of a search went.
func (s *Store) AddLedger(ctx context.Context, studyID int64, activity string, seconds float64) error {
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO ledger (study_id, activity, seconds) VALUES (?,?,?)
			ON CONFLICT (study_id, activity) DO UPDATE SET seconds = seconds + excluded.seconds`,
			studyID, activity, seconds)
		return err
	})
	return s.wrap("add to ledger "+activity, err)
}

// Ledger reads the seconds spent per activity.
func (s *Store) Ledger(ctx context.Context, studyID int64) (map[string]float64, error) {
	ledger := map[string]float64{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var activity string
		var seconds float64
		err := scan(&activity, &seconds)
		ledger[activity] = seconds
		return err
	}, "SELECT activity, seconds FROM ledger WHERE study_id = ?", studyID)
	return ledger, s.wrap(fmt.Sprintf("read ledger of study %d", studyID), err)
}

// MeanKernelBuild is the mean of the seconds that building took over the study's kernels that were built;
// 0 where there is none.
func (s *Store) MeanKernelBuild(ctx context.Context, studyID int64) (float64, error) {
	var mean float64
	err := s.read.QueryRowContext(ctx, `SELECT coalesce(avg(json_extract(provenance, '$.build_seconds')), 0) FROM trial
		WHERE study_id = ? AND kind = 'kernel' AND json_extract(provenance, '$.build_seconds') > 0`, studyID).Scan(&mean)
	return mean, s.wrap(fmt.Sprintf("read how long kernels of study %d took to build", studyID), err)
}

// SetContest stores the result of a playoff, or replaces that of the same name.
func (s *Store) SetContest(ctx context.Context, studyID int64, c Contest) error {
	picked := 0
	for _, e := range c.Entries {
		if e.Picked {
			picked++
		}
	}
	if picked != 1 {
		return s.wrap("set playoff "+c.Name, fmt.Errorf("%w: %d entries are picked, exactly one must be", ErrInvalid, picked))
	}
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM playoff WHERE study_id = ? AND contest = ?", studyID, c.Name); err != nil {
			return err
		}
		for _, e := range c.Entries {
			if _, err := tx.ExecContext(ctx, "INSERT INTO playoff (study_id, contest, trial_id, tied, picked) VALUES (?,?,?,?,?)",
				studyID, c.Name, e.TrialID, e.Tied, e.Picked); err != nil {
				return err
			}
		}
		return nil
	})
	return s.wrap("set playoff "+c.Name, err)
}

// Contests reads the playoffs of a study by name; entries are ordered picked first, then tied, then by
// trial.
func (s *Store) Contests(ctx context.Context, studyID int64) ([]Contest, error) {
	var list []Contest
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var name string
		var e ContestEntry
		if err := scan(&name, &e.TrialID, &e.Tied, &e.Picked); err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1].Name != name {
			list = append(list, Contest{Name: name})
		}
		last := &list[len(list)-1]
		last.Entries = append(last.Entries, e)
		return nil
	}, `SELECT contest, trial_id, tied, picked FROM playoff WHERE study_id = ?
		ORDER BY contest, picked DESC, tied DESC, trial_id`, studyID)
	return list, s.wrap(fmt.Sprintf("read playoffs of study %d", studyID), err)
}
