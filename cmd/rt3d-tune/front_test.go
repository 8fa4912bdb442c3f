package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const frontStudy = `study: front
model: zoo:motion-c3d
device: {name: here, transport: local}
prune: {groups: [[8, 4]], rates: [0.5], recover: none, keep: [conv1, conv2, conv3a, fc]}
measure: {suppress: [GOVERNOR]}
ci: {rates: [], layers: [conv2], pairs: {first: 10, most: 10}}
`

// A study whose networks were not kept is a baseline too: they are made again from its record, and only what
// comes out as it was measured counts.
func TestBaselineOfARecordedSearch(t *testing.T) {
	if testing.Short() {
		t.Skip("searches on this machine")
	}
	dir := t.TempDir()
	config, db := filepath.Join(dir, "front.yaml"), filepath.Join(dir, "front.db")
	if err := os.WriteFile(config, []byte(frontStudy), 0o600); err != nil {
		t.Fatal(err)
	}
	gate := filepath.Join(dir, "gate.yaml")
	if err := os.WriteFile(gate, []byte(strings.Replace(frontStudy, "study: front", "study: gate", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, exitOK, "search", config, "--db", db, "--trials", "20")
	alter := func(statement string) {
		t.Helper()
		conn, err := sql.Open("sqlite3", "file:"+db)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if r, err := conn.Exec(statement); err != nil {
			t.Fatal(err)
		} else if n, err := r.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s changed %d rows (%v)", statement, n, err)
		}
	}
	// A pass would be kept as the build to compare with from then on, under the study's name: another has it.
	against := []string{"ci", gate, "--db", db, "--baseline", "front", "--save", filepath.Join(dir, "now.build")}

	alter("DELETE FROM build WHERE study = 'front of front'")
	var out, said bytes.Buffer
	// How steady the machine is decides between pass and inconclusive.
	status := run(t.Context(), against, &out, &said)
	if status != exitOK && status != exitUnanswered || !strings.Contains(out.String(), "point front/") {
		t.Errorf("exit status %d\n%s%s", status, &out, &said)
	}
	alter(`UPDATE trial SET provenance = json_set(provenance, '$.blob_sha256', 'other') WHERE kind = 'model'`)
	if _, said := command(t, exitUsage, against...); !strings.Contains(said, "not the one that was measured") || !strings.Contains(said, "name a commit") {
		t.Errorf("with networks that come out otherwise: %s", said)
	}
	alter("DELETE FROM trial WHERE kind = 'model'")
	if _, said := command(t, exitUsage, against...); !strings.Contains(said, "has measured no network yet") {
		t.Errorf("without networks: %s", said)
	}
}
