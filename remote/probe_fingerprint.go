package remote

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// identitySources of one device, those that any user can read first: root and an ordinary user, or two
// transports, then take the same one.
var identitySources = []struct{ source, name string }{
	{"/etc/machine-id", "machine-id"},
	{"/var/lib/dbus/machine-id", "machine-id"},
	{"getprop ro.serialno", "serial"},
	{"getprop ro.boot.serialno", "serial"},
	{"/proc/device-tree/serial-number", "serial"},
	{"/sys/devices/virtual/dmi/id/product_uuid", "product-uuid"},
}

// fingerprint identifies the device by its own identity, if it tells one, and what it is made of. Nothing
// that a restart, a new kernel or a setting changes is in it: no frequencies, no sizes of memory. The
// identity only goes in as part of the hash, as machine-id(5) asks. A runner prefix makes another machine
// of the same device.
func fingerprint(s said, f *Facts, info cpuInfo, c Config) (hash, identity string) {
	value := ""
	for _, i := range identitySources {
		v := strings.ToLower(s[i.source])
		if strings.Trim(v, "0-") != "" && v != "unknown" && v != "uninitialized" {
			identity, value = i.name, v
			break
		}
	}
	h := sha256.New()
	for _, part := range []string{"rt3d-tune device 1", identity, value, f.Arch, f.Machine, processorKind(f, info, identity != ""),
		fmt.Sprint(len(f.Cores) + len(f.OfflineCores)), strings.Join(c.Runner, "\x00")} {
		fmt.Fprintf(h, "%d:%s\n", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)), identity
}

// processorKind names an x86 processor's model, because a virtual machine keeps its identity when it moves
// to another, or the sorts of an Arm device's cores. Older phones switch whole clusters off, so that these
// only count where there is no identity.
func processorKind(f *Facts, info cpuInfo, identified bool) string {
	if info.first("CPU part") == "" {
		return info.first("model name")
	}
	if identified {
		return ""
	}
	var kinds []string
	for _, c := range f.Cores {
		kinds = append(kinds, c.label())
	}
	slices.Sort(kinds)
	return strings.Join(slices.Compact(kinds), ",")
}
