package results

import (
	"fmt"
	"strings"
)

// networkKinds are file systems whose locks and shared memory do not reach every machine that mounts
// them: write-ahead logging would corrupt the file. Numbers: statfs(2) and linux/magic.h.
var networkKinds = map[uint32]string{
	0x6969:     "nfs",
	0x517B:     "smb",
	0xFF534D42: "cifs",
	0xFE534D42: "smb2",
	0x5346414F: "afs",
	0x6B414653: "kafs",
	0x73757245: "coda",
	0x564C:     "ncp",
	0x01021997: "9p",
	0x00C36400: "ceph",
	0x0BD00BD0: "lustre",
	0x47504653: "gpfs",
	0x19830326: "beegfs",
	0x20030528: "orangefs",
	0x7461636F: "ocfs2",
	0x786F4256: "vboxsf",
}

// fuseMagic stands for every user-space file system; only the mount's type tells a network one.
const fuseMagic = 0x65735546

// networkFUSE are user-space file systems that reach over a network.
var networkFUSE = []string{"sshfs", "s3fs", "rclone", "glusterfs", "gcsfuse", "davfs", "curlftpfs", "cephfs", "blobfuse", "goofys", "juicefs", "moosefs", "smbnetfs", "mount-s3", "hdfs"}

// networkFileSystem tells whether a file system with this statfs magic, and this type in mountinfo, is
// reached over a network.
func networkFileSystem(magic uint32, mountType string) (string, bool) {
	if kind, bad := networkKinds[magic]; bad {
		return kind, true
	}
	if magic == fuseMagic {
		for _, kind := range networkFUSE {
			if strings.Contains(mountType, kind) {
				return mountType, true
			}
		}
	}
	return "", false
}

// refuseNetwork refuses directories on network file systems. What cannot be found out is not refused:
// opening the file says better why.
func refuseNetwork(path, directory string, stat func(string) (uint32, string, error)) error {
	magic, mountType, err := stat(directory)
	if err != nil {
		return nil
	}
	if kind, bad := networkFileSystem(magic, mountType); bad {
		return fmt.Errorf("open %s: %w (%s); keep it on a local disk and copy it afterwards", path, ErrNetworkFS, kind)
	}
	return nil
}
