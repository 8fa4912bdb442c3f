#define _GNU_SOURCE
#include "rt3d_heat.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt3d_host.h"

#ifndef RT3D_SYSFS
#define RT3D_SYSFS "/sys" /* tests have one of their own */
#endif

static const char THERMAL[] = RT3D_SYSFS "/class/thermal";
static const char FIRMWARE[] = RT3D_SYSFS "/devices/platform/soc/soc:firmware/get_throttled";

enum { MOST = 32 };

/* The numbers of the directories of a kind whose files are read again and again. */
struct numbers {
  int ids[MOST], count;
};

static int listed;
static struct numbers zones, coolers;

/* The content of a small file of a zone or a cooling device, empty when it cannot be read. */
static void read_word(const char *kind, int id, const char *name, char *text, int bytes) {
  char path[512];
  snprintf(path, sizeof(path), "%s/%s%d/%s", THERMAL, kind, id, name);
  text[0] = 0;
  FILE *f = fopen(path, "r");
  if (f) {
    if (!fgets(text, bytes, f)) {
      text[0] = 0;
    }
    fclose(f);
  }
}

static int names_processor(int zone) {
  static const char *const words[] = {"cpu", "CPU", "soc", "pkg", "core", "tsens", "mtktscpu"};
  char type[64];
  read_word("thermal_zone", zone, "type", type, sizeof(type));
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    if (strstr(type, words[i])) {
      return 1;
    }
  }
  return 0;
}

static int slows_processor(int cooler) {
  char type[64];
  read_word("cooling_device", cooler, "type", type, sizeof(type));
  return (strcasestr(type, "cpu") || strncasecmp(type, "processor", 9) == 0) &&
         !strcasestr(type, "fan");
}

static void add(struct numbers *n, int id) {
  if (n->count < MOST) {
    n->ids[n->count++] = id;
  }
}

static void list(void) {
  struct numbers others = {0};
  listed = 1;
  DIR *dir = opendir(THERMAL);
  if (!dir) {
    return;
  }
  for (struct dirent *e; (e = readdir(dir));) {
    int id;
    if (sscanf(e->d_name, "thermal_zone%d", &id) == 1) {
      add(names_processor(id) ? &zones : &others, id);
    } else if (sscanf(e->d_name, "cooling_device%d", &id) == 1 && slows_processor(id)) {
      add(&coolers, id);
    }
  }
  closedir(dir);
  if (zones.count == 0) {
    zones = others;
  }
}

static long number(const char *kind, int id, const char *name) {
  char path[512];
  snprintf(path, sizeof(path), "%s/%s%d/%s", THERMAL, kind, id, name);
  return rt3d_read_number(path);
}

/* What the firmware of a Raspberry Pi says of the present moment: too low a voltage, a capped
 * frequency, throttling, the soft temperature limit. */
static int firmware(void) {
  char text[32];
  FILE *f = fopen(FIRMWARE, "r");
  if (!f) {
    return RT3D_UNKNOWN;
  }
  int known = fgets(text, sizeof(text), f) != NULL;
  fclose(f);
  return known ? (strtol(text, NULL, 16) & 0xf) != 0 : RT3D_UNKNOWN;
}

struct rt3d_heat rt3d_heat_now(void) {
  if (!listed) {
    list();
  }
  struct rt3d_heat heat = {RT3D_UNKNOWN, firmware()};
  for (int i = 0; i < zones.count; i++) {
    long t = number("thermal_zone", zones.ids[i], "temp");
    /* Sensors that are off report absurd values. */
    if (t > 1000 && t < 150000 && t > heat.millicelsius) {
      heat.millicelsius = t;
    }
  }
  for (int i = 0; i < coolers.count; i++) {
    long step = number("cooling_device", coolers.ids[i], "cur_state");
    heat.throttle = step > heat.throttle ? (int)step : heat.throttle;
  }
  return heat;
}
