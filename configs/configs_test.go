package configs

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

func TestShippedFilesLoad(t *testing.T) {
	names, err := filepath.Glob("*.yaml")
	if err != nil || len(names) < 3 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		c, err := Load(name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		embedded, err := Shipped(name)
		if err != nil || string(embedded) != string(c.Text) {
			t.Errorf("%s is not what is built in: %v", name, err)
		}
	}
}

const valid = `study: s
model: zoo:c3d
device:
  name: phone
  transport: local
`

func TestValuesArrive(t *testing.T) {
	c, err := Parse("x.yaml", []byte(valid+`  cores: [4, 5]
target: {threads: 2}
data:
  type: frames
  path: clips
  mean: [0.4, 0.4, 0.4]
  "on": device
prune:
  groups: [[4, 4], [8, 2]]
search:
  wall: 1h30m
  seed: 7
measure: {min_batch: 20ms}
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Target.Threads != 2 || c.Device.Cores != "4,5" || c.Data.Path != "clips" || c.Data.On != "device" ||
		!slices.Equal(c.Prune.Groups, [][2]int{{4, 4}, {8, 2}}) || c.Search.Wall != 90*time.Minute || c.Search.Seed != 7 ||
		c.Measure.MinBatch != 20*time.Millisecond || c.Prune.Recover != "batchnorm" || c.Search.Reorder != "auto" {
		t.Errorf("read %+v", c)
	}
}

// off is a word here, as it is in YAML 1.2.
func TestReorderOff(t *testing.T) {
	const text = "study: s\nmodel: zoo:c3d\ndevice: {name: d, transport: local}\nsearch: {reorder: %s}\n"
	c, err := Parse("s.yaml", fmt.Appendf(nil, text, "off"))
	if err != nil || c.Search.Reorder != "off" {
		t.Fatalf("error %v, configuration %+v", err, c)
	}
	if _, err := Parse("s.yaml", fmt.Appendf(nil, text, "always")); err == nil || !strings.Contains(err.Error(), "s.yaml:4") || !strings.Contains(err.Error(), "reorder") {
		t.Errorf("reorder: always: %v", err)
	}
}

// YAML can write numbers that are none.
func TestNumbersAreFinite(t *testing.T) {
	const text = "study: s\nmodel: zoo:c3d\ndevice: {name: d, transport: sim}\nsearch: {loss: %s}\n"
	for value, want := range map[string]string{".nan": "NaN", ".inf": "+Inf"} {
		_, err := Parse("s.yaml", fmt.Appendf(nil, text, value))
		if err == nil || err.Error() != "s.yaml:4:10: search.loss: is "+want+"; want a finite number" {
			t.Errorf("search.loss %s: %v", value, err)
		}
	}
}

func TestCoresAndClocks(t *testing.T) {
	for text, want := range map[string][2]string{
		"  cores: big\n": {"big", ""},
		"  cores: 7\n":   {"7", ""},
		"  cores: 0-3,6\n  lock_clocks: 1804800\n": {"0-3,6", "1804800"},
		"  cores: [7, 6]\n  lock_clocks: max\n":    {"7,6", "max"},
	} {
		c, err := Parse("x.yaml", []byte(valid+text))
		if err != nil || string(c.Device.Cores) != want[0] || string(c.Device.LockClocks) != want[1] {
			t.Errorf("%q: %v, cores %q, clocks %q; want %q", text, err, c.Device.Cores, c.Device.LockClocks, want)
		}
	}
	for text, say := range map[string]string{
		"  cores: []\n":          "device.cores: has 0 values; want at least 1",
		"  cores: [big]\n":       "device.cores[0]: is a string; want integer",
		"  cores: true\n":        "device.cores: is a boolean; want integer or string or array",
		"  lock_clocks: false\n": "device.lock_clocks: is a boolean; want integer or string",
		"target: {cores: [1]}\n": "target.cores: unknown key",
	} {
		if _, err := Parse("x.yaml", []byte(valid+text)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, want %q", text, err, say)
		}
	}
}

func TestMistakesAreNamedWithTheirPlace(t *testing.T) {
	for _, test := range []struct {
		name, text, where string
		say               []string
	}{
		{"unknown key", valid + "serach: {}\n", "6:1", []string{"serach", "unknown key", "search"}},
		{"unknown nested key", valid + "prune:\n  rats: [0.5]\n", "7:3", []string{"prune.rats", "unknown key", "rates"}},
		{"wrong type", valid + "search:\n  trials: many\n", "7:3", []string{"search.trials", "string", "integer"}},
		{"impossible group size", valid + "prune:\n  groups: [[8, 4], [0, 4]]\n", "7:21", []string{"prune.groups[1][0]", "is 0; want at least 1"}},
		{"three numbers in a group", valid + "prune:\n  groups:\n    - [8, 4, 2]\n", "8:7", []string{"prune.groups[0]: has 3 values; want at most 2"}},
		{"rate of one", valid + "prune: {rates: [1.0]}\n", "6:17", []string{"prune.rates[0]: is 1; want less than 1"}},
		{"group beyond any layer", valid + "prune: {groups: [[4096, 4]]}\n", "6:19", []string{"prune.groups[0][0]: is 4096; want at most 1024"}},
		{"duration in words", valid + "search: {wall: soon}\n", "6:10", []string{"search.wall: is \"soon\"; want a duration such as 90s"}},
		{"unknown finding", valid + "measure: {suppress: [HOT]}\n", "6:22", []string{"measure.suppress[0]: is HOT; want one of LOW-BATTERY", "NOT-PINNED"}},
		{"unknown transport", strings.Replace(valid, "local", "usb", 1), "5:3", []string{"device.transport", "usb", "local", "ssh", "adb"}},
		{"halves on the host", valid + "target: {dtype: fp16}\ndata: {type: motion, on: host}\n", "7:22", []string{"data.on: is host, which may lack fp16; want device"}},
		{"duration without a unit", valid + "search: {wall: 90}\n", "6:10", []string{"search.wall"}},
		{"missing key", "study: s\nmodel: zoo:c3d\n", "", []string{"missing key device"}},
		{"no YAML", "study: [", "", nil},
		{"duplicate key", valid + "study: again\n", "6:1", []string{"study"}},
		{"two documents", valid + "---\n" + valid, "", []string{"2 YAML documents"}},
		{"empty", "", "", nil},
		{"a list", "- study\n", "1:1", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("dir/x.yaml", []byte(test.text))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v (%T) is not an *Error", err, err)
			}
			if !strings.HasPrefix(err.Error(), "dir/x.yaml:"+test.where) {
				t.Errorf("%v: want place %s", err, test.where)
			}
			for _, s := range test.say {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%v: does not say %q", err, s)
				}
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("error %v", err)
	}
}

// The schema and the Go types must list the same keys.
func TestSchemaAndTypesAgree(t *testing.T) {
	text, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	compareKeys(t, "", root, reflect.TypeFor[Config](), 0)
}

func compareKeys(t *testing.T, at string, object map[string]any, typ reflect.Type, depth int) {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	properties, ok := object["properties"].(map[string]any)
	if !ok || typ.Kind() != reflect.Struct || depth > 4 {
		return
	}
	fields := map[string]reflect.Type{}
	collect(typ, fields)
	var inType []string
	for name := range fields {
		inType = append(inType, name)
	}
	sort.Strings(inType)
	inSchema := sortedKeys(properties)
	if at == "search.kernels" || at == "search.models" {
		// One Go type serves both levels; each schema lists what applies to its level.
		for _, name := range inSchema {
			if !slices.Contains(inType, name) {
				t.Errorf("%s.%s is in the schema only", at, name)
			}
		}
		return
	}
	if at == "device.ssh.jump" {
		inType = slices.DeleteFunc(inType, func(s string) bool { return s == "jump" })
	}
	if !slices.Equal(inType, inSchema) {
		t.Errorf("%s: the schema has %v, the type %v", at, inSchema, inType)
	}
	for _, name := range inSchema {
		sub, ok := properties[name].(map[string]any)
		if !ok || fields[name] == nil {
			continue
		}
		compareKeys(t, strings.TrimPrefix(at+"."+name, "."), sub, fields[name], depth+1)
	}
}

func collect(typ reflect.Type, fields map[string]reflect.Type) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			collect(f.Type, fields)
		case name != "-" && name != "":
			fields[name] = f.Type
		}
	}
}

// docs/configuration.md must name every key.
func TestManualNamesEveryKey(t *testing.T) {
	manual, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]reflect.Type{}
	for _, typ := range []reflect.Type{reflect.TypeFor[Config](), reflect.TypeFor[Target](), reflect.TypeFor[Data](), reflect.TypeFor[Calibration](), reflect.TypeFor[Prune](), reflect.TypeFor[Search](), reflect.TypeFor[Strategy](), reflect.TypeFor[Measure](), reflect.TypeFor[Playoff]()} {
		collect(typ, fields)
	}
	for name := range fields {
		if !strings.Contains(string(manual), name) {
			t.Errorf("docs/configuration.md does not mention %q", name)
		}
	}
}

func TestInventory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "devices.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("devices:\n  - {name: board, transport: ssh, ssh: {host: b.local}}\n  - {name: phone, transport: adb}\n")
	inv, err := LoadInventory(path)
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := inv.Find("board"); !ok || d.SSH.Host != "b.local" {
		t.Errorf("board: %+v, %v", d, ok)
	}
	if _, ok := inv.Find("tablet"); ok {
		t.Error("found a device that is not there")
	}
	write("devices:\n  - {name: a, transport: adb}\n  - {name: a, transport: local}\n")
	if _, err := LoadInventory(path); err == nil || !strings.Contains(err.Error(), "devices[1].name") {
		t.Errorf("two devices of one name: %v", err)
	}
	write("devices:\n  - {name: a, transport: adb, serail: x}\n")
	if _, err := LoadInventory(path); err == nil || !strings.Contains(err.Error(), "devices.yaml:2:31: devices[0].serail") {
		t.Errorf("unknown key: %v", err)
	}
}
