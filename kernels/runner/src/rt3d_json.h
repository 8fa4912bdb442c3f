/* JSON lines on a stream: one object per line, written field by field. */
#ifndef RT3D_JSON_H
#define RT3D_JSON_H

#include <stdint.h>
#include <stdio.h>

struct rt3d_json {
  FILE *out;
  int fields;
};

/* Begins a line {"event":"NAME" and ends it with } and a newline, flushed when flush is set. */
void rt3d_json_begin(struct rt3d_json *j, FILE *out, const char *event);
void rt3d_json_end(struct rt3d_json *j, int flush);

void rt3d_json_text(struct rt3d_json *j, const char *name, const char *value);
void rt3d_json_integer(struct rt3d_json *j, const char *name, int64_t value);
void rt3d_json_number(struct rt3d_json *j, const char *name, double value);
void rt3d_json_boolean(struct rt3d_json *j, const char *name, int value);
/* Leaves the field out when the value is negative, that is RT3D_UNKNOWN. */
void rt3d_json_known(struct rt3d_json *j, const char *name, int64_t value);
/* The bits of floats, 8 hexadecimal digits each, in one string. */
void rt3d_json_bits(struct rt3d_json *j, const char *name, const float *values,
                    const int64_t *positions, int count);

#endif
