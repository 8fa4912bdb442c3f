package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
	"golang.org/x/sys/unix"
)

// Store is an open results file. Its methods may be called from several goroutines, and several
// processes may have the same file open for writing.
type Store struct {
	path  string
	write *sql.DB // one connection; nil when opened read-only
	read  *sql.DB
}

// writeSettings: transactions take the write lock when they begin, for otherwise two that read first
// and write later fail with "database is locked" however long they would wait.
const writeSettings = "_busy_timeout=10000&_journal_mode=WAL&_synchronous=NORMAL&_foreign_keys=1&_txlock=immediate"

// readSettings never write, so that a report cannot disturb a running search.
const readSettings = "_busy_timeout=10000&_foreign_keys=1&_query_only=1"

// Open opens a results file for reading and writing; a missing file is made, in a directory that must
// exist. Files of an older schema are migrated. It refuses, with the path named: network file systems
// (ErrNetworkFS), files that are no SQLite database (ErrNotDatabase), those of other programs
// (ErrForeign) and of newer versions of this one (ErrNewerSchema). Where no results file can be, the error is
// a *PathError.
func Open(path string) (*Store, error) {
	absolute, err := place(path)
	if err != nil {
		return nil, err
	}
	list, err := migrations(embedded)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path}
	if s.write, err = sql.Open("sqlite3", dsn(absolute, writeSettings)); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s.write.SetMaxOpenConns(1)
	if err := migrate(context.Background(), s.write, list); err != nil {
		s.write.Close()
		return nil, explain(path, absolute, err)
	}
	if s.read, err = sql.Open("sqlite3", dsn(absolute, readSettings)); err != nil {
		s.write.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

// OpenReadOnly opens an existing results file for reading. Every method that would write fails with
// ErrReadOnly. A search may go on writing the file meanwhile. A file of an older schema is brought up to
// date first; ErrOlderSchema where it cannot be written.
func OpenReadOnly(path string) (*Store, error) {
	absolute, err := place(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(absolute); err != nil {
		return nil, &PathError{path, errors.Unwrap(err)}
	}
	list, err := migrations(embedded)
	if err != nil {
		return nil, err
	}
	settings := readSettings + "&mode=ro"
	if untouchable(absolute) {
		// Nobody can be writing, and the shared-memory file that readers share cannot be made.
		settings += "&immutable=1"
	}
	s := &Store{path: path}
	if s.read, err = sql.Open("sqlite3", dsn(absolute, settings)); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	version, err := schemaVersion(context.Background(), s.read)
	switch {
	case err != nil:
		s.read.Close()
		return nil, explain(path, absolute, err)
	case version > len(list):
		err = newer(version, len(list))
	case version == 0:
		err = fmt.Errorf("%w: the file is empty; `rt3d-tune search` fills it", ErrNotFound)
	case version < len(list):
		err = upgrade(path)
	}
	if err != nil {
		s.read.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

// upgrade brings an older file up to date, for a reader.
func upgrade(path string) error {
	s, err := Open(path)
	if err != nil {
		return fmt.Errorf("%w, and cannot be brought up to date: %w", ErrOlderSchema, err)
	}
	return s.Close()
}

// Path is the file's path as it was given to Open.
func (s *Store) Path() string { return s.path }

// Close closes the file. A closed Store must not be used.
func (s *Store) Close() error {
	var err error
	if s.read != nil {
		err = s.read.Close()
	}
	// The writer last: it folds the write-ahead log into the file when nobody else has it open.
	if s.write != nil {
		err = errors.Join(err, s.write.Close())
	}
	return err
}

// transaction runs f in one write transaction. It is not abandoned half-way when ctx ends, so that the
// record of a trial that has been measured is kept when a search is interrupted; it is bounded by the
// busy timeout and the disk.
func (s *Store) transaction(ctx context.Context, f func(ctx context.Context, tx *sql.Tx) error) error {
	if s.write == nil {
		return ErrReadOnly
	}
	ctx = context.WithoutCancel(ctx)
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// place makes path absolute and checks the directory and its file system.
func place(path string) (string, error) {
	if path == "" || path == ":memory:" {
		return "", &PathError{strconv.Quote(path), errNotInMemory}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", path, err)
	}
	// A link would put the log beside the link and the locks on the file.
	if real, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = real
	}
	directory := filepath.Dir(absolute)
	if info, err := os.Stat(directory); err != nil {
		return "", &PathError{path, fmt.Errorf("directory %s: %w", directory, errors.Unwrap(err))}
	} else if !info.IsDir() {
		return "", &PathError{path, fmt.Errorf("%s is not a directory", directory)}
	}
	if info, err := os.Stat(absolute); err == nil && !info.Mode().IsRegular() {
		return "", &PathError{path, errNotRegular}
	}
	return absolute, refuseNetwork(path, directory, statFileSystem)
}

// dsn is a file URI: a question mark or a percent sign in a name must not start the settings.
func dsn(path, settings string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + settings
}

// untouchable tells a file without a log in a directory that this user cannot write to.
func untouchable(path string) bool {
	if unix.Access(filepath.Dir(path), unix.W_OK) == nil {
		return false
	}
	_, err := os.Stat(path + "-wal")
	return errors.Is(err, os.ErrNotExist)
}

// explain gives the operating system's reason for SQLite's "unable to open database file".
func explain(path, absolute string, err error) error {
	if strings.Contains(err.Error(), "unable to open database file") {
		f, osErr := os.OpenFile(absolute, os.O_RDWR|os.O_CREATE, 0o644)
		if osErr != nil {
			return &PathError{path, errors.Unwrap(osErr)}
		}
		f.Close()
	}
	return fmt.Errorf("open %s: %w", path, err)
}
