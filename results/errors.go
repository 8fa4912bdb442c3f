package results

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// Reasons for which the store refuses or fails; errors.Is tells them apart. The messages around them
// name the file.
var (
	ErrNotFound    = errors.New("not found")
	ErrExists      = errors.New("exists already")
	ErrNotDatabase = errors.New("not an SQLite database")
	ErrForeign     = errors.New("an SQLite database of another program")
	ErrNewerSchema = errors.New("written by a newer rt3d-tune")
	ErrOlderSchema = errors.New("written by an older rt3d-tune")
	ErrNetworkFS   = errors.New("on a network file system, where SQLite's locks do not hold")
	ErrDiskFull    = errors.New("no space left")
	ErrCorrupt     = errors.New("the database is damaged")
	ErrBusy        = errors.New("another process holds the database locked")
	ErrReadOnly    = errors.New("the database cannot be written")
	ErrInvalid     = errors.New("not a sound record")
	errNotInMemory = errors.New("a file is needed, not a database in memory")
	errNotRegular  = errors.New("not a regular file")
)

// PathError says that no results file can be at a path: its folder is missing, something else is there, or
// this user may not open it.
type PathError struct {
	Path string
	Err  error
}

// Error implements error.
func (e *PathError) Error() string { return fmt.Sprintf("open %s: %v", e.Path, e.Err) }

// Unwrap gives the reason.
func (e *PathError) Unwrap() error { return e.Err }

// DuplicateError says that a candidate was finished before in the same phase of the study: the record
// that is there stands.
type DuplicateError struct {
	Phase, Key string
	TrialID    int64 // the trial that is there
	Number     int
}

// Error implements error.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("candidate %s: finished before in phase %s as trial %d", e.Key, e.Phase, e.Number)
}

// Is makes a DuplicateError an ErrExists.
func (e *DuplicateError) Is(target error) bool { return target == ErrExists }

// wrap adds what was done and to which file, and names SQLite's reason by one of ours.
func (s *Store) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s in %s: %w", doing, s.path, named(err))
}

func named(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	var reason error
	switch e.Code {
	case sqlite3.ErrFull:
		reason = ErrDiskFull
	case sqlite3.ErrNotADB:
		reason = ErrNotDatabase
	case sqlite3.ErrCorrupt:
		reason = ErrCorrupt
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		reason = ErrBusy
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		reason = ErrReadOnly
	case sqlite3.ErrConstraint:
		reason = ErrInvalid
	default:
		return err
	}
	return fmt.Errorf("%w: %w", reason, err)
}
