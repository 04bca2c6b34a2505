/* serve/metric.h: a line of /metrics (Prometheus text exposition format 0.0.4). */
#ifndef LEE_SERVE_METRIC_H
#define LEE_SERVE_METRIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct {
    const char *name;
    const char *type; /* counter or gauge */
    const char *help; /* a sentence without its full stop */
    uint64_t value;
} lee_metric;

void lee_metrics_write(const lee_metric *metrics, size_t count, lee_buffer *out);

#endif
