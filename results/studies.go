package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mattn/go-sqlite3"
)

// stamp is how instants are stored: UTC, RFC 3339, nanoseconds.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func instant(text string) (time.Time, error) { return time.Parse(time.RFC3339Nano, text) }

// CreateStudy stores a new study and sets its ID, Created and Updated; an empty State becomes Running.
// A name that is taken is ErrExists: resume it with StudyByName.
func (s *Store) CreateStudy(ctx context.Context, study *Study) error {
	if study.State == "" {
		study.State = Running
	}
	now := time.Now().UTC()
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO study (name, configuration, configuration_sha256, seed, model,
			model_sha256, target, device, objective, state, created, updated, simulated, basis) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
			study.Name, study.Configuration, study.ConfigurationHash, int64(study.Seed), study.Model, study.ModelHash,
			study.Target, nullText(study.Device), study.Objective, study.State, stamp(now), stamp(now), study.Simulated, study.Basis)
		var e sqlite3.Error
		if errors.As(err, &e) && e.ExtendedCode == sqlite3.ErrConstraintUnique {
			return ErrExists
		}
		if err != nil {
			return err
		}
		study.ID, err = result.LastInsertId()
		return err
	})
	if err != nil {
		return s.wrap(fmt.Sprintf("create study %q", study.Name), err)
	}
	study.Created, study.Updated = now, now
	return nil
}

const studyColumns = `id, name, configuration, configuration_sha256, seed, model, model_sha256, target,
	coalesce(device, ''), objective, state, created, updated, simulated, basis`

func scanStudy(scan func(...any) error) (*Study, error) {
	var v Study
	var seed int64 // SQLite has no unsigned numbers: the same 64 bits
	var created, updated string
	err := scan(&v.ID, &v.Name, &v.Configuration, &v.ConfigurationHash, &seed, &v.Model, &v.ModelHash,
		&v.Target, &v.Device, &v.Objective, &v.State, &created, &updated, &v.Simulated, &v.Basis)
	if err != nil {
		return nil, err
	}
	v.Seed = uint64(seed)
	if v.Created, err = instant(created); err != nil {
		return nil, err
	}
	v.Updated, err = instant(updated)
	return &v, err
}

// StudyByName finds a study; ErrNotFound when there is none of that name.
func (s *Store) StudyByName(ctx context.Context, name string) (*Study, error) {
	row := s.read.QueryRowContext(ctx, "SELECT "+studyColumns+" FROM study WHERE name = ?", name)
	study, err := scanStudy(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, s.wrap(fmt.Sprintf("find study %q", name), err)
	}
	return study, nil
}

// Studies lists all studies, the one written to last first.
func (s *Store) Studies(ctx context.Context) ([]*Study, error) {
	list, err := collect(ctx, s.read, scanStudy, "SELECT "+studyColumns+" FROM study ORDER BY updated DESC, id DESC")
	return list, s.wrap("list studies", err)
}

// SetState says where a study stands.
func (s *Store) SetState(ctx context.Context, studyID int64, state State) error {
	return s.updateStudy(ctx, studyID, "state", state)
}

// SetDevice says on which device, saved with SaveDevice, a study measures.
func (s *Store) SetDevice(ctx context.Context, studyID int64, fingerprint string) error {
	return s.updateStudy(ctx, studyID, "device", nullText(fingerprint))
}

func (s *Store) updateStudy(ctx context.Context, studyID int64, column string, value any) error {
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE study SET "+column+" = ?, updated = ? WHERE id = ?",
			value, stamp(time.Now()), studyID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrNotFound
	})
	return s.wrap(fmt.Sprintf("set %s of study %d", column, studyID), err)
}

// SaveDevice stores a device's facts, or replaces those that are there.
func (s *Store) SaveDevice(ctx context.Context, d Device) error {
	facts := d.Facts
	if len(facts) == 0 {
		facts = []byte("{}")
	}
	err := s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO device (fingerprint, name, facts, seen) VALUES (?,?,?,?)
			ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, facts = excluded.facts, seen = excluded.seen`,
			d.Fingerprint, d.Name, string(facts), stamp(time.Now()))
		return err
	})
	return s.wrap("save device "+d.Name, err)
}

// DeviceByFingerprint finds a device; ErrNotFound when it was never saved.
func (s *Store) DeviceByFingerprint(ctx context.Context, fingerprint string) (*Device, error) {
	var d Device
	var facts, seen string
	err := s.read.QueryRowContext(ctx, "SELECT fingerprint, name, facts, seen FROM device WHERE fingerprint = ?", fingerprint).
		Scan(&d.Fingerprint, &d.Name, &facts, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err == nil {
		d.Facts = []byte(facts)
		d.Seen, err = instant(seen)
	}
	if err != nil {
		return nil, s.wrap("find device "+fingerprint, err)
	}
	return &d, nil
}

// PutState keeps a named value of a study, as JSON: for example where a strategy stands.
func (s *Store) PutState(ctx context.Context, studyID int64, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("put state %s: %w", name, err)
	}
	err = s.transaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO study_state (study_id, name, value, updated) VALUES (?,?,?,?)
			ON CONFLICT (study_id, name) DO UPDATE SET value = excluded.value, updated = excluded.updated`,
			studyID, name, string(text), stamp(time.Now()))
		return err
	})
	return s.wrap("put state "+name, err)
}

// GetState reads a value kept with PutState into value, a pointer; ErrNotFound when there is none.
func (s *Store) GetState(ctx context.Context, studyID int64, name string, value any) error {
	var text string
	err := s.read.QueryRowContext(ctx, "SELECT value FROM study_state WHERE study_id = ? AND name = ?", studyID, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), value)
	}
	return s.wrap("get state "+name, err)
}

// each runs scan on every row of a query.
func each(ctx context.Context, q querier, scan func(func(...any) error) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collect reads all rows of a query into a list.
func collect[T any](ctx context.Context, q querier, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	var list []T
	err := each(ctx, q, func(row func(...any) error) error {
		item, err := scan(row)
		list = append(list, item)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// nullText stores an empty text as NULL.
func nullText(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// nullNumber stores 0 as NULL.
func nullNumber[T int64 | float64](n T) any {
	if n == 0 {
		return nil
	}
	return n
}
