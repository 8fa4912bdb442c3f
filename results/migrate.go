package results

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var embedded embed.FS

// applicationID marks the file as ours in SQLite's header: "RT3D".
const applicationID = 0x52543344

// A migration brings the schema from version-1 to version.
type migration struct {
	version int
	name    string
	text    string
}

// migrations reads NNNN_name.sql files, numbered from 1 without gaps.
func migrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var list []migration
	for i, name := range names {
		base := strings.TrimPrefix(name, "migrations/")
		digits, _, _ := strings.Cut(base, "_")
		version, err := strconv.Atoi(digits)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s: number %d expected", base, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		list = append(list, migration{version, base, string(text)})
	}
	return list, nil
}

// querier is what *sql.DB, *sql.Conn and *sql.Tx have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// schemaVersion reads the version and refuses files of other programs. A new, empty file has version 0.
func schemaVersion(ctx context.Context, q querier) (int, error) {
	var id, version, objects int
	if err := q.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return 0, named(err)
	}
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, named(err)
	}
	if err := q.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&objects); err != nil {
		return 0, named(err)
	}
	if id != applicationID && (id != 0 || version != 0 || objects != 0) {
		return 0, ErrForeign
	}
	return version, nil
}

// migrate applies what is missing, each migration in a transaction of its own. Two processes that open
// a new file at once do it one after the other.
func migrate(ctx context.Context, db *sql.DB, list []migration) error {
	for {
		done, err := migrateOne(ctx, db, list)
		if err != nil || done {
			return err
		}
	}
}

func migrateOne(ctx context.Context, db *sql.DB, list []migration) (done bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, named(err)
	}
	defer tx.Rollback()
	version, err := schemaVersion(ctx, tx)
	if err != nil {
		return false, err
	}
	if version > len(list) {
		return false, newer(version, len(list))
	}
	if version == len(list) {
		return true, nil
	}
	next := list[version]
	if _, err := tx.ExecContext(ctx, next.text); err != nil {
		return false, fmt.Errorf("migration %s: %w", next.name, named(err))
	}
	// PRAGMA takes no parameters; both values are numbers of ours.
	mark := fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", next.version, applicationID)
	if _, err := tx.ExecContext(ctx, mark); err != nil {
		return false, fmt.Errorf("migration %s: %w", next.name, named(err))
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("migration %s: %w", next.name, named(err))
	}
	return false, nil
}

func newer(version, known int) error {
	return fmt.Errorf("%w: its schema is version %d, this program knows %d; use the newer program", ErrNewerSchema, version, known)
}
