package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
)

const trialColumns = `t.id, t.study_id, t.number, t.kind, t.phase, t.key, t.parameters, t.outcome, t.detail,
	t.started, t.seconds, t.emulated, coalesce(t.latency_ms, t.emulated_ms, 0),
	coalesce(t.latency_low_ms, t.emulated_low_ms), coalesce(t.latency_high_ms, t.emulated_high_ms, 0),
	t.valid_samples, t.workload, t.scheme, t.gm, t.gn, t.density, t.schedule, t.macs, t.clips,
	coalesce(t.reused_from, 0), coalesce(t.refined, ''), t.provenance`

func scanTrial(scan func(...any) error) (*Trial, error) {
	var t Trial
	var parameters, started, provenance string
	var latency Latency
	var low sql.NullFloat64
	err := scan(&t.ID, &t.StudyID, &t.Number, &t.Kind, &t.Phase, &t.Key, &parameters, &t.Outcome, &t.Detail,
		&started, &t.Seconds, &latency.Emulated, &latency.MedianMS, &low, &latency.HighMS, &latency.Valid,
		&t.Workload, &t.Scheme, &t.GM, &t.GN, &t.Density, &t.Schedule, &t.MACs, &t.Clips, &t.ReusedFrom, &t.Refined,
		&provenance)
	if err != nil {
		return nil, err
	}
	t.Parameters = []byte(parameters)
	if low.Valid { // every latency, even a lower bound, has a lower end
		latency.LowMS = low.Float64
		t.Latency = &latency
	}
	if t.Started, err = instant(started); err != nil {
		return nil, err
	}
	return &t, json.Unmarshal([]byte(provenance), &t.Provenance)
}

// Trial reads one trial with its objectives and layers, without its samples.
func (s *Store) Trial(ctx context.Context, id int64) (*Trial, error) {
	list, err := s.trials(ctx, "t.id = ?", id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, s.wrap(fmt.Sprintf("read trial %d", id), err)
	}
	return list[0], nil
}

// Trials reads the trials of a study in the order of their numbers, with their objectives and layers,
// without their samples.
func (s *Store) Trials(ctx context.Context, studyID int64, filter TrialFilter) ([]*Trial, error) {
	where, args := []string{"t.study_id = ?"}, []any{studyID}
	add := func(condition string, value any) {
		where, args = append(where, condition), append(args, value)
	}
	if filter.Kind != "" {
		add("t.kind = ?", filter.Kind)
	}
	if filter.Phase != "" {
		add("t.phase = ?", filter.Phase)
	}
	if filter.Outcome != "" {
		add("t.outcome = ?", filter.Outcome)
	}
	if filter.Key != "" {
		add("t.key = ?", filter.Key)
	}
	if filter.After != nil {
		add("t.number > ?", *filter.After)
	}
	list, err := s.trials(ctx, strings.Join(where, " AND "), args...)
	return list, s.wrap(fmt.Sprintf("read trials of study %d", studyID), err)
}

// trials reads trials, objectives and layers in one snapshot.
func (s *Store) trials(ctx context.Context, where string, args ...any) ([]*Trial, error) {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	list, err := collect(ctx, tx, scanTrial, "SELECT "+trialColumns+" FROM trial AS t WHERE "+where+" ORDER BY t.study_id, t.number", args...)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*Trial, len(list))
	for _, t := range list {
		byID[t.ID] = t
	}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var id int64
		var name string
		var value float64
		if err := scan(&id, &name, &value); err != nil {
			return err
		}
		t := byID[id]
		if t.Objectives == nil {
			t.Objectives = map[string]float64{}
		}
		t.Objectives[name] = value
		return nil
	}, "SELECT o.trial_id, o.name, o.value FROM objective AS o JOIN trial AS t ON t.id = o.trial_id WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var id int64
		var l Layer
		err := scan(&id, &l.Name, &l.Scheme, &l.GM, &l.GN, &l.Rate, &l.Algorithm, &l.Schedule, &l.Workload, &l.MACs,
			&l.MS, &l.DenseMS, &l.Reordered)
		if err != nil {
			return err
		}
		byID[id].Layers = append(byID[id].Layers, l)
		return nil
	}, `SELECT l.trial_id, l.name, l.scheme, l.gm, l.gn, l.rate, l.algorithm, l.schedule, l.workload, l.macs, l.ms, l.dense_ms,
		l.reordered FROM layer AS l JOIN trial AS t ON t.id = l.trial_id WHERE `+where+" ORDER BY l.trial_id, l.number", args...)
	return list, err
}

// Samples reads the samples of a trial in the order they were taken.
func (s *Store) Samples(ctx context.Context, trialID int64) ([]Sample, error) {
	list, err := collect(ctx, s.read, func(scan func(...any) error) (Sample, error) {
		var v Sample
		err := scan(&v.Nanoseconds, &v.Batch, &v.Verdict, &v.CoreBefore, &v.Core, &v.FrequencyBefore, &v.FrequencyAfter, &v.Temperature,
			&v.Throttle, &v.InvoluntarySwitches, &v.QueueNS, &v.CanaryRatio)
		return v, err
	}, `SELECT ns, batch, verdict, core_before, core, khz_before, khz_after, millicelsius, throttle, nivcsw, queue_ns, canary_ratio FROM sample
		WHERE trial_id = ? ORDER BY number`, trialID)
	return list, s.wrap(fmt.Sprintf("read samples of trial %d", trialID), err)
}

// Outcomes counts the trials of a study per outcome.
func (s *Store) Outcomes(ctx context.Context, studyID int64) (map[Outcome]int, error) {
	counts := map[Outcome]int{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var outcome Outcome
		var n int
		err := scan(&outcome, &n)
		counts[outcome] = n
		return err
	}, "SELECT outcome, count(*) FROM trial WHERE study_id = ? GROUP BY outcome", studyID)
	return counts, s.wrap(fmt.Sprintf("count outcomes of study %d", studyID), err)
}

// Reused counts the trials of a study that took over a measurement.
func (s *Store) Reused(ctx context.Context, studyID int64) (int, error) {
	var n int
	err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM trial WHERE study_id = ? AND reused_from IS NOT NULL", studyID).Scan(&n)
	return n, s.wrap(fmt.Sprintf("count reused measurements of study %d", studyID), err)
}

// SampleSeconds adds up the time of a study's samples per verdict.
func (s *Store) SampleSeconds(ctx context.Context, studyID int64) (map[Verdict]float64, error) {
	spent := map[Verdict]float64{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var verdict Verdict
		var seconds float64
		err := scan(&verdict, &seconds)
		spent[verdict] = seconds
		return err
	}, `SELECT v.verdict, sum(v.ns * v.batch) / 1e9 FROM sample AS v JOIN trial AS t ON t.id = v.trial_id
		WHERE t.study_id = ? GROUP BY v.verdict`, studyID)
	return spent, s.wrap(fmt.Sprintf("add up samples of study %d", studyID), err)
}

// Verdicts counts the samples of a study per verdict.
func (s *Store) Verdicts(ctx context.Context, studyID int64) (map[Verdict]int, error) {
	counts := map[Verdict]int{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var verdict Verdict
		var n int
		err := scan(&verdict, &n)
		counts[verdict] = n
		return err
	}, `SELECT v.verdict, count(*) FROM sample AS v JOIN trial AS t ON t.id = v.trial_id
		WHERE t.study_id = ? GROUP BY v.verdict`, studyID)
	return counts, s.wrap(fmt.Sprintf("count verdicts of study %d", studyID), err)
}
