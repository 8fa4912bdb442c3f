/* How hot the processor is, and whether heat holds it back. */
#ifndef RT3D_HEAT_H
#define RT3D_HEAT_H

struct rt3d_heat {
  long millicelsius; /* of the hottest zone of the processor, or RT3D_UNKNOWN */
  int throttle;      /* step of the processor's cooling device, 0: not held back; or RT3D_UNKNOWN */
};

/* Reads dozens of files on a phone: not for every sample. Zones and cooling devices are listed
 * once; zones that name the processor are preferred over others (batteries, modems), and only
 * cooling devices that slow the processor down count, not fans. A Raspberry Pi's firmware counts as
 * a cooling device. */
struct rt3d_heat rt3d_heat_now(void);

#endif
