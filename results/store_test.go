package results

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// open opens a fresh store in a directory of the test.
func open(t *testing.T) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "results.db"))
}

func openAt(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// study makes a study of the given name.
func study(t *testing.T, s *Store, name string) *Study {
	t.Helper()
	v := &Study{Name: name, Configuration: "model: zoo:c3d\n", ConfigurationHash: "aa", Seed: 1<<64 - 7, Model: "zoo:c3d",
		ModelHash: "bb", Target: "x86_64-avx2-fp32", Objective: Accuracy}
	if err := s.CreateStudy(context.Background(), v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(at(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("text.db", strings.Repeat("this is a shopping list\n", 100))
	if err := os.Mkdir(at("folder.db"), 0o755); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite3", at("other.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec("CREATE TABLE recipe (name TEXT)"); err != nil {
		t.Fatal(err)
	}
	other.Close()
	s := openAt(t, at("newer.db"))
	if _, err := s.write.ExecContext(ctx, "PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	s.Close()

	for _, c := range []struct {
		name string
		want error
		text string
	}{
		{"text.db", ErrNotDatabase, "text.db"},
		{"other.db", ErrForeign, "other.db"},
		{"newer.db", ErrNewerSchema, "version 999, this program knows "},
		{"folder.db", errNotRegular, "folder.db: not a regular file"},
		{"missing/results.db", fs.ErrNotExist, "missing"},
		{"text.db/results.db", nil, "is not a directory"},
	} {
		for how, open := range map[string]func(string) (*Store, error){"write": Open, "read": OpenReadOnly} {
			t.Run(how+" "+c.name, func(t *testing.T) {
				_, err := open(at(c.name))
				if err == nil {
					t.Fatal("opened")
				}
				if c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("error %q is not %q", err, c.want)
				}
				if !strings.Contains(err.Error(), c.text) {
					t.Errorf("error %q does not name %q", err, c.text)
				}
			})
		}
	}
	for _, path := range []string{"", ":memory:"} {
		if _, err := Open(path); err == nil {
			t.Errorf("opened %q", path)
		}
	}
	if _, err := OpenReadOnly(at("absent.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent file: %v", err)
	}
	// Nobody can make a file in /proc, root neither. The reason is said once.
	for how, open := range map[string]func(string) (*Store, error){"write": Open, "read": OpenReadOnly} {
		_, err := open("/proc/results.db")
		var refused *PathError
		if !errors.As(err, &refused) || err.Error() != "open /proc/results.db: no such file or directory" {
			t.Errorf("%s in /proc: %v", how, err)
		}
	}
	write("empty.db", "")
	if _, err := OpenReadOnly(at("empty.db")); !errors.Is(err, ErrNotFound) {
		t.Errorf("empty file: %v", err)
	}
}

func TestOddPaths(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "a?mode=ro.db", "100%.db", "a#b.db", "ü&_journal_mode=OFF.db", "-x.db"} {
		path := filepath.Join(dir, name)
		s := openAt(t, path)
		study(t, s, "s")
		var mode string
		if err := s.write.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
			t.Errorf("%s: journal mode %q, %v", name, mode, err)
		}
		s.Close()
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestReadOnly(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "results.db")
	s := openAt(t, path)
	v := study(t, s, "s")
	reader, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := reader.SetState(ctx, v.ID, Finished); !errors.Is(err, ErrReadOnly) {
		t.Errorf("SetState: %v", err)
	}
	if _, err := reader.read.Exec("DELETE FROM study"); !errors.Is(named(err), ErrReadOnly) {
		t.Errorf("DELETE: %v", err)
	}
	// What is committed while the reader is open is seen.
	if err := s.SetState(ctx, v.ID, Finished); err != nil {
		t.Fatal(err)
	}
	seen, err := reader.StudyByName(ctx, "s")
	if err != nil || seen.State != Finished {
		t.Errorf("state %v, %v", seen, err)
	}
}

// A file in a directory that cannot be written to can still be reported on.
func TestReadOnlyDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "results.db")
	s := openAt(t, path)
	study(t, s, "s")
	s.Close()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	reader, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if list, err := reader.Studies(context.Background()); err != nil || len(list) != 1 {
		t.Errorf("studies %v, %v", list, err)
	}
}

// A report on a file of an older program works: the file is brought up to date first.
func TestReadingAnOlderFileBringsItUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.db")
	list, err := migrations(embedded)
	if err != nil {
		t.Fatal(err)
	}
	older, err := sql.Open("sqlite3", dsn(path, writeSettings))
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(context.Background(), older, list[:1]); err != nil {
		t.Fatal(err)
	}
	const studyID = 1
	if _, err := older.Exec(`INSERT INTO study VALUES (1, 's', 'c', 'h', 1, 'm', 'b', 't', NULL, 'accuracy', 'finished', '2024-05-06T07:08:09Z', '2024-05-06T07:08:09Z');
		INSERT INTO trial VALUES (1, 1, 0, 'model', 'search', 'a', '{}', 'ok', '', '2024-05-06T07:08:09Z', 1, 0, 10, 9, 11, NULL, NULL, NULL, 9,
			'', '', 0, 0, 1, '', 5, 100, NULL, '{}', '');
		INSERT INTO objective VALUES (1, 'accuracy', 0.9);`); err != nil {
		t.Fatal(err)
	}
	older.Close()
	reader, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	version, err := schemaVersion(context.Background(), reader.read)
	if err != nil || version != len(list) {
		t.Errorf("schema version %d, %v; want %d", version, err, len(list))
	}
	if front, err := reader.Front(context.Background(), studyID); err != nil || len(front) != 1 {
		t.Errorf("front %+v, %v", front, err)
	}
}

func TestMigrations(t *testing.T) {
	ctx := context.Background()
	files := func(texts ...string) fs.FS {
		m := fstest.MapFS{}
		for i, text := range texts {
			m["migrations/000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(text)}
		}
		return m
	}
	list := func(texts ...string) []migration {
		l, err := migrations(files(texts...))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	db, err := sql.Open("sqlite3", dsn(filepath.Join(t.TempDir(), "m.db"), writeSettings))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	one := "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);"
	if err := migrate(ctx, db, list(one)); err != nil {
		t.Fatal(err)
	}
	// The second step fails in its middle: nothing of it stays, and the version is still 1.
	err = migrate(ctx, db, list(one, "INSERT INTO a VALUES (2); INSERT INTO nowhere VALUES (1);"))
	if err == nil || !strings.Contains(err.Error(), "0002_step.sql") {
		t.Fatalf("broken migration: %v", err)
	}
	count := func() (n, version int) {
		if err := db.QueryRow("SELECT count(*) FROM a").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if version, err = schemaVersion(ctx, db); err != nil {
			t.Fatal(err)
		}
		return n, version
	}
	if n, version := count(); n != 1 || version != 1 {
		t.Errorf("after a broken migration %d rows, version %d", n, version)
	}
	two := list(one, "INSERT INTO a VALUES (2);")
	for range 2 { // the second time there is nothing to do
		if err := migrate(ctx, db, two); err != nil {
			t.Fatal(err)
		}
		if n, version := count(); n != 2 || version != 2 {
			t.Errorf("%d rows, version %d", n, version)
		}
	}
	if _, err := migrations(fstest.MapFS{"migrations/0002_gap.sql": {}}); err == nil {
		t.Error("a gap in the numbers was accepted")
	}
}

func TestNetworkFileSystems(t *testing.T) {
	for _, c := range []struct {
		magic uint32
		kind  string
		bad   bool
	}{
		{0x6969, "nfs", true}, {0xFF534D42, "cifs", true}, {0x01021997, "9p", true},
		{fuseMagic, "fuse.sshfs", true}, {fuseMagic, "fuse.rclone", true}, {fuseMagic, "fuse.gocryptfs", false},
		{fuseMagic, "", false}, {0xEF53, "ext4", false}, {0x01021994, "tmpfs", false}, {0x9123683E, "btrfs", false},
	} {
		err := refuseNetwork("/mnt/x.db", "/mnt", func(string) (uint32, string, error) { return c.magic, c.kind, nil })
		if errors.Is(err, ErrNetworkFS) != c.bad {
			t.Errorf("%#x %s: %v", c.magic, c.kind, err)
		}
		if c.bad && !strings.Contains(err.Error(), "/mnt/x.db") {
			t.Errorf("%v does not name the path", err)
		}
	}
}

// A file of before metrics takes studies of them, and what its constraints refused they still refuse.
func TestMetricStudiesInAFileOfBefore(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "old.db")
	list, err := migrations(embedded)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", dsn(path, writeSettings))
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(ctx, db, list[:7]); err != nil {
		t.Fatal(err)
	}
	const insert = `INSERT INTO study (name, configuration, configuration_sha256, seed, model, model_sha256, target, objective, state, created, updated)
		VALUES (?, '', '', 0, '', '', '', ?, 'finished', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')`
	if _, err := db.ExecContext(ctx, insert, "before", "accuracy"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, insert, "too early", "metric"); err == nil {
		t.Fatal("the schema of before knows metrics")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	study := &Study{Name: "now", Objective: Metric}
	if err := s.CreateStudy(ctx, study); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateStudy(ctx, &Study{Name: "nonsense", Objective: "beauty"}); !errors.Is(err, ErrInvalid) {
		t.Errorf("objective beauty: %v", err)
	}
	trial := &Trial{StudyID: study.ID, Kind: ModelTrial, Phase: "search", Key: "dense", Outcome: OK, Density: 1,
		Latency: &Latency{MedianMS: 2, LowMS: 1, HighMS: 3}, Objectives: map[string]float64{"metric": -31.5, LatencyMS: 2}}
	if err := s.AppendTrial(ctx, trial); err != nil {
		t.Fatal(err)
	}
	points, err := s.Points(ctx, study.ID)
	if err != nil || len(points) != 1 || points[0].Trial.Objectives["metric"] != -31.5 {
		t.Errorf("points %+v, %v", points, err)
	}
	if old, err := s.StudyByName(ctx, "before"); err != nil || old.Objective != Accuracy {
		t.Errorf("the study of before is %+v, %v", old, err)
	}
	var verdict string
	if err := s.read.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s, %v", verdict, err)
	}
}
