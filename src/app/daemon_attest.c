/* Others sign the journal's heads too; which ones did is a record of the journal. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/daemon_private.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/json.h"
#include "outlet/stamp.h"
#include "serve/metric.h"

/* The stamps, base64, in the order of the servers; "" where a server gave none. */
static void put_stamps(const lee_attest_round *round, lee_json *json)
{
    if (round->stamps == 0) {
        return;
    }
    char *const text = lee_alloc(LEE_STAMP_MAX_BYTES / 3 * 4 + 8, 1);
    lee_json_key(json, "stamps");
    lee_json_array(json);
    for (uint32_t i = 0; text && i < LEE_STAMPS_MAX; i++) {
        const lee_buffer *const token = &round->tokens[i];
        text[lee_base64_encode(token->bytes, token->length, text)] = '\0';
        lee_json_text(json, text);
    }
    lee_json_array_end(json);
    lee_free(text);
}

/* The note is kept as a record, so that years later there is still a head from soon after any
 * incident that others had signed then. */
static void on_attested(void *context, const lee_attest_round *round)
{
    lee_daemon *const daemon = context;
    lee_buffer_reset(&daemon->scratch);
    lee_buffer note; /* with its end */
    lee_buffer_init(&note, LEE_NOTE_MAX_BYTES + 1);
    lee_buffer_bytes(&note, round->note->bytes, round->note->length);
    lee_buffer_u8(&note, 0);
    if (!note.error) {
        lee_json json;
        lee_json_begin(&json, &daemon->scratch);
        lee_json_object(&json);
        lee_json_put_int(&json, "t_us", lee__daemon_now_us(daemon));
        lee_json_put_int(&json, "size", (int64_t)round->size);
        lee_json_put_text(&json, "note", (const char *)note.bytes);
        put_stamps(round, &json);
        lee_json_object_end(&json);
        lee_error_info why;
        (void)lee__daemon_submit(daemon, LEE_RECORD_ATTESTED, &why);
    }
    lee_buffer_free(&note);
}

lee_error lee__daemon_start_attest(lee_daemon *daemon)
{
    assert(daemon && !daemon->attest);
    lee_attest_options options = daemon->options.config->attest;
    if (options.witness_count + options.server_count == 0) {
        return LEE_OK;
    }
    options.folder = daemon->journal_folder;
    lee_error error = lee_attest_create(&options, &daemon->attest);
    if (error == LEE_OK) {
        error = lee_attest_start(daemon->attest, daemon->loop, on_attested, daemon);
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: the witnesses cannot be asked: %s\n", lee_error_text(error));
    }
    return error;
}

void lee__daemon_attest_step(lee_daemon *daemon)
{
    bool alarm = false;
    for (int i = 0; daemon->attest && i < daemon->options.config->attest.witness_count; i++) {
        lee_attest_state state;
        lee_attest_describe(daemon->attest, i, &state);
        const bool contradicts = state.is_ahead || state.is_fork;
        alarm = alarm || contradicts;
        if (contradicts && !daemon->attest_alarm) {
            fprintf(stderr, "leeward: the witness %s contradicts this journal: %s\n",
                    daemon->options.config->attest.witnesses[i].key.name, state.reason);
        }
    }
    daemon->attest_alarm = alarm;
}

void lee__daemon_attest_status(const lee_daemon *daemon, lee_json *json)
{
    if (!daemon->attest) {
        return;
    }
    lee_json_key(json, "witnesses");
    lee_json_array(json);
    for (int i = 0; i < daemon->options.config->attest.witness_count; i++) {
        lee_attest_state state;
        lee_attest_describe(daemon->attest, i, &state);
        lee_json_object(json);
        lee_json_put_text(json, "name", daemon->options.config->attest.witnesses[i].key.name);
        lee_json_put_int(json, "records", (int64_t)state.size);
        if (state.t_s != 0) {
            lee_json_put_int(json, "signed_us", (int64_t)state.t_s * 1000000);
        }
        lee_json_put_bool(json, "contradicts", state.is_ahead || state.is_fork);
        if (state.reason[0] != '\0') {
            lee_json_put_text(json, "reason", state.reason);
        }
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
    lee_json_key(json, "time_stamps");
    lee_json_array(json);
    for (int i = 0; i < daemon->options.config->attest.server_count; i++) {
        lee_attest_state state;
        lee_attest_describe(daemon->attest, daemon->options.config->attest.witness_count + i,
                            &state);
        lee_json_object(json);
        lee_json_put_int(json, "stamps", (int64_t)state.signed_total);
        if (state.t_s != 0) {
            lee_json_put_int(json, "stamped_us", (int64_t)state.t_s * 1000000);
        }
        if (state.reason[0] != '\0') {
            lee_json_put_text(json, "reason", state.reason);
        }
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

void lee__daemon_attest_metrics(const lee_daemon *daemon, lee_buffer *out)
{
    if (!daemon->attest) {
        return;
    }
    uint64_t signed_total = 0;
    uint64_t failed_total = 0;
    uint64_t newest = 0;
    uint64_t contradicting = 0;
    for (int i = 0; i < daemon->options.config->attest.witness_count; i++) {
        lee_attest_state state;
        lee_attest_describe(daemon->attest, i, &state);
        signed_total += state.signed_total;
        failed_total += state.failed_total;
        newest = state.size > newest ? state.size : newest;
        contradicting += state.is_ahead || state.is_fork;
    }
    uint64_t stamps_total = 0;
    uint64_t stamps_failed = 0;
    for (int i = 0; i < daemon->options.config->attest.server_count; i++) {
        lee_attest_state state;
        lee_attest_describe(daemon->attest, daemon->options.config->attest.witness_count + i,
                            &state);
        stamps_total += state.signed_total;
        stamps_failed += state.failed_total;
    }
    const lee_metric rows[] = {
        {"leeward_time_stamps_total", "counter", "Heads stamped by servers of RFC 3161",
         stamps_total},
        {"leeward_time_stamp_failures_total", "counter", "Questions to them without a stamp",
         stamps_failed},
        {"leeward_witness_signatures_total", "counter", "Heads signed by witnesses", signed_total},
        {"leeward_witness_failures_total", "counter", "Questions to witnesses without a signature",
         failed_total},
        {"leeward_witnessed_records", "gauge", "Records under the newest head a witness signed",
         newest},
        {"leeward_witness_contradictions", "gauge", "Witnesses that contradict this journal",
         contradicting},
    };
    lee_metrics_write(rows, sizeof rows / sizeof rows[0], out);
}
