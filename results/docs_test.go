package results

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

const manual = "../docs/results.md"

// The manual and the schema list the same tables with the same columns in the same order, and every
// column has a meaning.
func TestManual(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string][]string{}
	table := ""
	for _, line := range strings.Split(string(text), "\n") {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			table = strings.TrimSuffix(heading, " (view)")
		}
		cells := strings.Split(line, "|")
		if len(cells) < 5 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "column" {
			continue
		}
		column := strings.TrimSpace(cells[1])
		documented[table] = append(documented[table], column)
		if strings.TrimSpace(strings.Join(cells[3:], "|")) == "" {
			t.Errorf("%s.%s has no meaning", table, column)
		}
	}

	s := open(t)
	schema := map[string][]string{}
	rows, err := s.read.Query(`SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
		WHERE m.type IN ('table', 'view') ORDER BY m.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		schema[table] = append(schema[table], column)
	}
	for table, columns := range schema {
		if !reflect.DeepEqual(documented[table], columns) {
			t.Errorf("table %s:\nschema %q\nmanual %q", table, columns, documented[table])
		}
		delete(documented, table)
	}
	for table := range documented {
		t.Errorf("the manual lists table %s, which the schema does not have", table)
	}
}

// The queries that the manual shows run.
func TestManualQueries(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t)
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(queries) == 0 {
		t.Fatal("no queries found")
	}
	for _, query := range queries {
		rows, err := s.read.Query(query[1])
		if err != nil {
			t.Errorf("%s: %v", query[1], err)
			continue
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Errorf("%s: %v", query[1], err)
		}
		rows.Close()
	}
}
