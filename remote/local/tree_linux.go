package local

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// markName is the environment variable that marks a command's processes with its nonce.
const markName = "RT3D_RUN"

// process is what /proc says about a living process.
type process struct{ pid, parent, session int }

// tree finds the processes of one command: those that carry its mark, those in its session, and
// the descendants of both.
type tree struct {
	mark   []byte // "RT3D_RUN=nonce"
	leader int    // the first process, which leads a session of its own; 0 before it started
}

// kill ends every process of the tree. It looks again until none is left: a process may have forked
// between the look and the kill. It gives up after some seconds on what the kernel does not let die.
func (t tree) kill() {
	for round := 0; round < 200; round++ {
		victims := t.members()
		if len(victims) == 0 {
			return
		}
		for _, pid := range victims {
			// The process may be gone by now; the next round tells.
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(time.Duration(min(round, 50)) * time.Millisecond)
	}
}

func (t tree) members() []int {
	all := processes()
	in := map[int]bool{}
	for _, p := range all {
		if p.session == t.leader || t.marked(p.pid) {
			in[p.pid] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !in[p.pid] && in[p.parent] {
				in[p.pid], grown = true, true
			}
		}
	}
	victims := make([]int, 0, len(in))
	for pid := range in {
		victims = append(victims, pid)
	}
	return victims
}

func (t tree) marked(pid int) bool {
	environment, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false // another user's, or gone
	}
	for entry := range bytes.SplitSeq(environment, []byte{0}) {
		if bytes.Equal(entry, t.mark) {
			return true
		}
	}
	return false
}

// processes lists what runs, without zombies.
func processes() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue
		}
		// The name in parentheses may hold anything, so look for its end from behind.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 4 || fields[0] == "Z" {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		session, _ := strconv.Atoi(fields[3])
		all = append(all, process{pid: pid, parent: parent, session: session})
	}
	return all
}
