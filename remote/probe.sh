# Prints what a device says of itself: per source a line "@@ SOURCE", then its content. Argument: a
# directory. What is not there or may not be read is left out. Runs in any POSIX sh (dash, mksh, busybox)
# with toybox or more beside it; one-line files are read by the shell itself, because a phone has hundreds
# of them and starts programs slowly.
dir=$1
exec 2>/dev/null </dev/null
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/system/bin
export LC_ALL PATH

title() { echo && echo "@@ $1"; }
one() {
	for f; do
		if [ -r "$f" ] && [ -f "$f" ]; then
			line=
			IFS= read -r line <"$f"
			[ -n "$line" ] && title "$f" && echo "$line"
		fi
	done
}
all() {
	for f; do
		[ -r "$f" ] && title "$f" && cat "$f"
	done
}
say() {
	source=$1
	shift
	said=$("$@") && title "$source" && echo "$said"
}
has() { command -v "$1" >/dev/null; }

say 'uname -m' uname -m
say 'uname -sr' uname -sr
all /proc/cpuinfo /proc/meminfo /etc/os-release
# The shell's own command line, read by a child: an emulator hides only from the process that it runs.
title cmdline && sed 1q "/proc/$$/cmdline"
say allowed grep Cpus_allowed_list /proc/self/status

cpu=/sys/devices/system/cpu
one /proc/loadavg
one $cpu/online $cpu/present $cpu/cpu[0-9]*/topology/thread_siblings_list $cpu/cpu[0-9]*/cpufreq/cpuinfo_max_freq $cpu/cpu[0-9]*/cpufreq/scaling_governor \
	$cpu/cpu[0-9]*/cpu_capacity $cpu/cpu[0-9]*/regs/identification/midr_el1
one /sys/class/thermal/thermal_zone*/type /sys/class/thermal/thermal_zone*/temp \
	/sys/class/thermal/cooling_device*/type /sys/class/thermal/cooling_device*/cur_state \
	/sys/class/hwmon/hwmon*/name /sys/class/hwmon/hwmon*/temp1_input
for d in /sys/class/power_supply/*; do
	one "$d/type" "$d/scope" "$d/capacity" "$d/status" "$d/temp"
done

dmi=/sys/devices/virtual/dmi/id
one $dmi/sys_vendor $dmi/product_name $dmi/product_uuid /sys/devices/soc0/family /sys/devices/soc0/soc_id \
	/etc/machine-id /var/lib/dbus/machine-id
all /proc/device-tree/model /proc/device-tree/compatible /proc/device-tree/serial-number

if has getprop; then
	for p in ro.build.version.release ro.product.manufacturer ro.product.model ro.soc.manufacturer \
		ro.soc.model ro.board.platform ro.serialno ro.boot.serialno ro.kernel.qemu ro.boot.qemu ro.hardware; do
		say "getprop $p" getprop $p
	done
fi
if has dumpsys; then
	say 'dumpsys battery' dumpsys battery
	say 'dumpsys thermalservice' dumpsys thermalservice
	title 'dumpsys power' && dumpsys power | grep mWakefulness=
fi
has vcgencmd && say 'vcgencmd get_throttled' vcgencmd get_throttled

say 'df -kP' df -kP "$dir"
say 'stat -f' stat -f -c '%a %S' "$dir"
title end
