package local

import (
	"errors"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/remotetest"
)

func TestConformance(t *testing.T) {
	remotetest.Run(t, func(t *testing.T) remote.Transport {
		tr, err := Open(t.Context(), remote.Config{Name: "here", Transport: "local"})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}, remotetest.Options{})
}

func TestValidateNamesTheKey(t *testing.T) {
	for key, c := range map[string]remote.Config{
		"ssh":      {SSH: &remote.SSHConfig{}},
		"adb":      {ADB: &remote.ADBConfig{}},
		"work_dir": {WorkDir: "relative"},
	} {
		var wrong *remote.ConfigError
		if err := Validate(c); !errors.As(err, &wrong) || wrong.Key != key {
			t.Errorf("wrong %s: %v", key, err)
		}
	}
}

func TestWorkDirThatCannotBeUsed(t *testing.T) {
	for _, parent := range []string{"/proc", "/no/such/directory"} {
		tr, err := Open(t.Context(), remote.Config{WorkDir: parent})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tr.WorkDir(t.Context()); !remote.IsFault(err, remote.NotWritable) {
			t.Errorf("work directory in %s: %v, want a fault %s", parent, err, remote.NotWritable)
		}
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	}
}
