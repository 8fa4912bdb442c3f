#include "rt3d_json.h"

#include <inttypes.h>
#include <string.h>

static void quoted(FILE *out, const char *s) {
  fputc('"', out);
  for (; *s; s++) {
    unsigned char c = (unsigned char)*s;
    if (c == '"' || c == '\\') {
      fprintf(out, "\\%c", c);
    } else if (c < 0x20) {
      fprintf(out, "\\u%04x", c);
    } else {
      fputc(c, out);
    }
  }
  fputc('"', out);
}

static void name_of(struct rt3d_json *j, const char *name) {
  if (j->fields++ > 0) {
    fputc(',', j->out);
  }
  quoted(j->out, name);
  fputc(':', j->out);
}

void rt3d_json_begin(struct rt3d_json *j, FILE *out, const char *event) {
  j->out = out;
  j->fields = 0;
  fputc('{', out);
  rt3d_json_text(j, "event", event);
}

void rt3d_json_end(struct rt3d_json *j, int flush) {
  fputs("}\n", j->out);
  if (flush) {
    fflush(j->out);
  }
}

void rt3d_json_text(struct rt3d_json *j, const char *name, const char *value) {
  name_of(j, name);
  quoted(j->out, value);
}

void rt3d_json_integer(struct rt3d_json *j, const char *name, int64_t value) {
  name_of(j, name);
  fprintf(j->out, "%" PRId64, value);
}

void rt3d_json_number(struct rt3d_json *j, const char *name, double value) {
  name_of(j, name);
  fprintf(j->out, "%.9g", value);
}

void rt3d_json_boolean(struct rt3d_json *j, const char *name, int value) {
  name_of(j, name);
  fputs(value ? "true" : "false", j->out);
}

void rt3d_json_known(struct rt3d_json *j, const char *name, int64_t value) {
  if (value >= 0) {
    rt3d_json_integer(j, name, value);
  }
}

void rt3d_json_bits(struct rt3d_json *j, const char *name, const float *values,
                    const int64_t *positions, int count) {
  name_of(j, name);
  fputc('"', j->out);
  for (int i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &values[positions[i]], sizeof(bits));
    fprintf(j->out, "%08" PRIx32, bits);
  }
  fputc('"', j->out);
}
