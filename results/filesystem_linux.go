package results

import (
	"bufio"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// statFileSystem gives the statfs magic of the file system that holds a directory and, for user-space
// file systems, the type that mountinfo tells.
func statFileSystem(directory string) (magic uint32, mountType string, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(directory, &fs); err != nil {
		return 0, "", err
	}
	magic = uint32(fs.Type)
	if magic != fuseMagic {
		return magic, "", nil
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return magic, "", nil
	}
	defer f.Close()
	longest := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		point, kind, ok := mountLine(lines.Text())
		if ok && below(directory, point) && len(point) >= longest {
			longest, mountType = len(point), kind
		}
	}
	return magic, mountType, nil
}

// mountLine reads mount point and type from a line of mountinfo (proc(5)).
func mountLine(line string) (point, kind string, ok bool) {
	before, after, found := strings.Cut(line, " - ")
	fields := strings.Fields(before)
	types := strings.Fields(after)
	if !found || len(fields) < 5 || len(types) < 1 {
		return "", "", false
	}
	point = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(fields[4])
	return point, types[0], true
}

func below(path, point string) bool {
	return path == point || point == "/" || strings.HasPrefix(path, point+"/")
}
