package remote

import (
	"errors"
	"fmt"
	"strings"
)

// Check refuses a command that cannot mean the same on every transport: no program, a NUL byte, a
// relative directory, or an environment entry that is no "NAME=value".
func (c Command) Check() error {
	if len(c.Args) == 0 || c.Args[0] == "" {
		return errors.New("check command: no program given in Args[0]")
	}
	for i, a := range c.Args {
		if strings.IndexByte(a, 0) >= 0 {
			return fmt.Errorf("check command %q: argument %d holds a NUL byte, which no program can be given", c.Args[0], i)
		}
	}
	if c.Dir != "" {
		if err := CheckPath(c.Dir); err != nil {
			return fmt.Errorf("check command %q: directory: %w", c.Args[0], err)
		}
	}
	for _, kv := range c.Env {
		name, _, ok := strings.Cut(kv, "=")
		if !ok || !isVariableName(name) || strings.IndexByte(kv, 0) >= 0 {
			return fmt.Errorf("check command %q: environment entry %q is not NAME=value with a name of letters, digits and _", c.Args[0], kv)
		}
	}
	if c.Timeout < 0 {
		return fmt.Errorf("check command %q: timeout %v is negative; 0 means none", c.Args[0], c.Timeout)
	}
	return nil
}

// CheckPath refuses paths on a device that are not absolute or hold a NUL byte.
func CheckPath(path string) error {
	switch {
	case !strings.HasPrefix(path, "/"):
		return fmt.Errorf("path %q is not absolute", path)
	case strings.IndexByte(path, 0) >= 0:
		return fmt.Errorf("path %q holds a NUL byte", path)
	}
	return nil
}

func isVariableName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
