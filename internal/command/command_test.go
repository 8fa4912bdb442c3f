package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestOutputAndErrorAreApart(t *testing.T) {
	var out, errors bytes.Buffer
	dir := t.TempDir()
	c := Command{Args: []string{"sh", "-c", "pwd; echo said >&2"}, Dir: dir, Stdout: &out, Stderr: &errors}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if real, err := filepath.EvalSymlinks(dir); err != nil || strings.TrimSpace(out.String()) != real || errors.String() != "said\n" {
		t.Errorf("printed %q and %q in %s", out.String(), errors.String(), dir)
	}
}

func TestFailureHasTheLastWords(t *testing.T) {
	c := Command{Args: []string{"sh", "-c", "echo first; printf 'progress 1\\rprogress 2\\rno such file\\n' >&2; exit 3"}}
	err := c.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "exit status 3; its last words:\nfirst\nno such file") {
		t.Errorf("error %v", err)
	}
	if err := (Command{Args: []string{"no-such-program"}}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no-such-program") {
		t.Errorf("error %v", err)
	}
}

// What a program started ends with it.
func TestTimeoutEndsAll(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	c := Command{Args: []string{"sh", "-c", "(sleep 2; touch " + mark + ") & sleep 60"}, Timeout: 100 * time.Millisecond, Setting: "data.metric.timeout"}
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "took longer than data.metric.timeout, 100ms") {
		t.Errorf("error %v", err)
	}
	time.Sleep(2500 * time.Millisecond)
	if _, err := os.Stat(mark); err == nil {
		t.Error("a child of the program lives on")
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var end tail
	for i := range 1000 {
		end.Write([]byte("line " + strconv.Itoa(i) + "\n"))
	}
	end.Write([]byte("10 %\r20 %\r30 %\nlast"))
	text := end.String()
	if len(text) > kept || !strings.HasSuffix(text, "line 999\n30 %\nlast") || !strings.HasPrefix(text, "line ") {
		t.Errorf("kept %q", text)
	}
}
