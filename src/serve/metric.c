#include "serve/metric.h"

#include <assert.h>
#include <stdio.h>

void lee_metrics_write(const lee_metric *metrics, size_t count, lee_buffer *out)
{
    assert(metrics && out);
    for (size_t i = 0; i < count; i++) {
        const lee_metric *const m = &metrics[i];
        char line[256];
        (void)snprintf(line, sizeof line, "# HELP %s %s.\n# TYPE %s %s\n%s %llu\n", m->name,
                       m->help, m->name, m->type, m->name, (unsigned long long)m->value);
        lee_buffer_text(out, line);
    }
}
