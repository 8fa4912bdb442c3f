package shellquote

import (
	"os/exec"
	"strings"
	"testing"
)

// throughShells gives a line to every shell that is installed and returns what printf saw.
func throughShells(t *testing.T, words []string, check func(shell, got string)) {
	t.Helper()
	ran := 0
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"mksh"}, {"busybox", "sh"}, {"zsh"}, {"fish"}} {
		path, err := exec.LookPath(shell[0])
		if err != nil {
			continue
		}
		ran++
		line := "exec sh -c " + Quote(`for a; do printf '%s\0' "$a"; done`) + " x " + Join(words...)
		out, err := exec.Command(path, append(shell[1:len(shell):len(shell)], "-c", line)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v -c %q: %v: %s", shell, line, err, out)
		}
		check(strings.Join(shell, " "), string(out))
	}
	if ran == 0 {
		t.Fatal("no shell found, not even sh")
	}
}

func TestShellsReadWordsBack(t *testing.T) {
	words := []string{
		"", "plain", "-n", "--", "a b", "tab\there", "new\nline", "\n", "'", "''", `"`, `\`, `\\`, `\'`, `a\`, "$HOME", "${x}", "`id`", "$(id)",
		"*", "?", "[a]", "~", "#x", "a=b", "!!", "a;b", "a&b", "a|b", "<>", "(x)", "{a,b}", "%s", "ü日本\U0001F4F1", "\xff\xfe", "\x01\x7f", "end ",
	}
	throughShells(t, words, func(shell, got string) {
		if want := strings.Join(words, "\x00") + "\x00"; got != want {
			t.Errorf("%s read %q, want %q", shell, got, want)
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a'b\\c", "\n$`\"", "-e", "\xc3\x28"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.IndexByte(s, 0) >= 0 || len(s) > 50_000 {
			t.Skip("no shell takes it")
		}
		out, err := exec.Command("sh", "-c", "printf '%s' "+Quote(s)).CombinedOutput()
		if err != nil || string(out) != s {
			t.Fatalf("sh read %q back as %q (%v)", s, out, err)
		}
	})
}
