package results

import (
	"context"
	"fmt"
)

// Point is a measured network: a model trial with quality and latency, neither emulated.
type Point struct {
	*Trial
	// Quality is the study's objective: accuracy or fidelity.
	Quality float64
	// Front tells that no network was at least as fast and as good, and better in one, in the phase in
	// which this one was timed last, and that no other such point is; of points that are equal in both only
	// the first trial is on the front.
	Front bool
}

// Points reads a study's points from the fastest to the slowest. One candidate is one point: when it
// was measured again, the later trial counts. The front is computed from the trials by the file itself
// (view front), so it can never be stale, and is read in the same snapshot.
func (s *Store) Points(ctx context.Context, studyID int64) ([]Point, error) {
	type row struct {
		id      int64
		quality float64
		front   bool
	}
	rows, err := collect(ctx, s.read, func(scan func(...any) error) (row, error) {
		var r row
		err := scan(&r.id, &r.quality, &r.front)
		return r, err
	}, `SELECT p.trial_id, p.quality, f.trial_id IS NOT NULL FROM point AS p
		LEFT JOIN (SELECT trial_id FROM front WHERE study_id = ?) AS f ON f.trial_id = p.trial_id
		WHERE p.study_id = ? ORDER BY p.latency_ms, p.quality DESC, p.trial_id`, studyID, studyID)
	if err != nil {
		return nil, s.wrap(fmt.Sprintf("read points of study %d", studyID), err)
	}
	// A committed trial never changes, so these may be read after the points.
	trials, err := s.Trials(ctx, studyID, TrialFilter{Kind: ModelTrial, Outcome: OK})
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*Trial, len(trials))
	for _, t := range trials {
		byID[t.ID] = t
	}
	points := make([]Point, len(rows))
	for i, r := range rows {
		points[i] = Point{Trial: byID[r.id], Quality: r.quality, Front: r.front}
	}
	return points, nil
}

// Front reads the points of the front from the fastest to the slowest.
func (s *Store) Front(ctx context.Context, studyID int64) ([]Point, error) {
	points, err := s.Points(ctx, studyID)
	front := points[:0:0]
	for _, p := range points {
		if p.Front {
			front = append(front, p)
		}
	}
	return front, err
}
