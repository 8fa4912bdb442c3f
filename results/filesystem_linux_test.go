package results

import "testing"

func TestStatFileSystem(t *testing.T) {
	const procMagic = 0x9FA0
	if magic, _, err := statFileSystem("/proc"); err != nil || magic != procMagic {
		t.Errorf("/proc: %#x, %v", magic, err)
	}
	if _, _, err := statFileSystem("/no/such/place"); err == nil {
		t.Error("a missing directory has a file system")
	}
}

func TestMountLine(t *testing.T) {
	for _, c := range []struct {
		line, point, kind string
		ok                bool
	}{
		{`36 35 98:0 / /mnt/my\040phone rw,noatime master:1 - fuse.sshfs pi@board:/ rw`, "/mnt/my phone", "fuse.sshfs", true},
		{`22 1 8:1 / / rw - ext4 /dev/sda1 rw`, "/", "ext4", true},
		{`nonsense`, "", "", false},
	} {
		point, kind, ok := mountLine(c.line)
		if point != c.point || kind != c.kind || ok != c.ok {
			t.Errorf("%q: %q %q %v", c.line, point, kind, ok)
		}
	}
}
