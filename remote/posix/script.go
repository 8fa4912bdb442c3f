package posix

import (
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
	"github.com/rt3d-tune/rt3d-tune/remote/shellquote"
)

var (
	//go:embed members.sh
	membersText string
	//go:embed wrapper.sh
	wrapperText string
	//go:embed inner.sh
	innerText string
	//go:embed kill.sh
	killText string

	wrapperScript = strip(membersText + wrapperText)
	innerScript   = strip(innerText)
	killScript    = strip(membersText + killText)
)

// maxLine bounds a command line: Linux gives one argument 128 KiB, and sshd and adbd hand the whole
// line to a shell as one.
const maxLine = 120 << 10

// strip removes comments and indentation, which would travel with every command.
func strip(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}

// newNonce names one command among all that run or ever ran on the device.
func newNonce() string {
	var raw [16]byte
	rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

// standIns are files on the device for streams that the link does not have; empty ones are not used.
type standIns struct{ stdin, stderr string }

// wrapperLine is what the device's shell executes for c. every is how often the wrapper looks whether
// its link is still there; limit is the timeout that it enforces by itself, 0 for none.
func wrapperLine(c remote.Command, nonce string, limit, every time.Duration, files standIns) (string, error) {
	words := []string{"exec", "env", "RT3D_WRAP=" + nonce, "sh", "-c", wrapperScript, "rt3d", innerScript,
		c.Dir, wholeSeconds(limit), wholeSeconds(max(every, time.Second)), files.stderr, files.stdin, strconv.Itoa(len(c.Env))}
	words = append(words, c.Env...)
	words = append(words, c.Args...)
	line := shellquote.Join(words...)
	if len(line) > maxLine {
		return "", fmt.Errorf("run %q: arguments and environment take %d bytes as a command line, more than the %d that a device's shell takes",
			c.Args[0], len(line), maxLine)
	}
	return line, nil
}

// scriptLine executes a piece of shell of ours, which ends by itself and starts nothing that stays. It
// costs the device far less than wrapperLine.
func scriptLine(text, nonce string, args ...string) (string, error) {
	frame := "(" + text + "\n)\n" + `printf '\nRT3D-END %s e %03d\n' "$RT3D_WRAP" "$?"`
	line := shellquote.Join(append([]string{"exec", "env", "LC_ALL=C", "RT3D_WRAP=" + nonce, "sh", "-c", frame, "rt3d"}, args...)...)
	if len(line) > maxLine {
		return "", fmt.Errorf("arguments take %d bytes as a command line, more than the %d that a device's shell takes", len(line), maxLine)
	}
	return line, nil
}

// killLine kills the command with the given nonce: "command" leaves its wrapper alive to report,
// "all" does not.
func killLine(nonce, what string) string {
	return shellquote.Join("exec", "sh", "-c", killScript, "rt3d", nonce, what)
}

func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
