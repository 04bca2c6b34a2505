/* For mkdtemp. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/read_file.h"
#include "serve/access.h"

typedef struct {
    char folder[64];
    char path[96];
    uint8_t next;
    int shown;
    char tokens[LEE_ROLE_COUNT][LEE_TOKEN_TEXT_BYTES];
} fixture;

static void count_up(void *context, void *bytes, size_t length)
{
    fixture *const f = context;
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)bytes)[i] = f->next++;
    }
}

static void keep(void *context, lee_role role, const char *token)
{
    fixture *const f = context;
    f->shown++;
    assert_int_equal(strlen(token), LEE_TOKEN_TEXT_BYTES - 1);
    memcpy(f->tokens[role], token, LEE_TOKEN_TEXT_BYTES);
}

static fixture fixture_made(void)
{
    fixture f = {.folder = "/tmp/leeward-access-XXXXXX"};
    assert_non_null(mkdtemp(f.folder));
    (void)snprintf(f.path, sizeof f.path, "%s/tokens.json", f.folder);
    return f;
}

static void fixture_end(const fixture *f)
{
    (void)unlink(f->path);
    assert_int_equal(rmdir(f->folder), 0);
}

static lee_access *opened(fixture *f)
{
    lee_access *access = NULL;
    lee_error_info error;
    const lee_access_options options = {f->path, count_up, keep, f};
    assert_int_equal(lee_access_open(&options, &access, &error), LEE_OK);
    return access;
}

static lee_role role_of(const lee_access *access, const char *scheme, const char *token)
{
    char value[128];
    (void)snprintf(value, sizeof value, "%s%s", scheme, token);
    return lee_access_role(access, value, NULL);
}

static void tokens_are_made_once_and_shown_once(void **state)
{
    (void)state;
    fixture f = fixture_made();
    lee_access_free(opened(&f));
    assert_int_equal(f.shown, 3);
    struct stat about;
    assert_int_equal(stat(f.path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    lee_access *const again = opened(&f);
    assert_int_equal(f.shown, 3);
    for (int role = LEE_ROLE_OBSERVER; role <= LEE_ROLE_CUSTODIAN; role++) {
        assert_int_equal(role_of(again, "Bearer ", f.tokens[role]), role);
    }
    lee_access_free(again);
    fixture_end(&f);
}

static void anything_else_is_nobody(void **state)
{
    (void)state;
    fixture f = fixture_made();
    lee_access *const access = opened(&f);
    const char *const token = f.tokens[LEE_ROLE_OPERATOR];
    char changed[LEE_TOKEN_TEXT_BYTES];
    memcpy(changed, token, sizeof changed);
    changed[42] = changed[42] == 'A' ? 'E' : 'A';
    assert_int_equal(role_of(access, "Bearer ", changed), LEE_ROLE_NONE);
    assert_int_equal(role_of(access, "Bearer  ", token), LEE_ROLE_NONE);
    assert_int_equal(role_of(access, "Basic ", token), LEE_ROLE_NONE);
    assert_int_equal(role_of(access, "", token), LEE_ROLE_NONE);
    assert_int_equal(role_of(access, "Bearer ", ""), LEE_ROLE_NONE);
    assert_int_equal(lee_access_role(access, NULL, NULL), LEE_ROLE_NONE);
    lee_access_free(access);
    fixture_end(&f);
}

static void a_custodian_may_do_what_an_operator_may_and_nobody_else_another_role(void **state)
{
    (void)state;
    for (int role = 0; role < LEE_ROLE_COUNT; role++) {
        for (int needed = 0; needed < LEE_ROLE_COUNT; needed++) {
            const bool wanted = needed == LEE_ROLE_NONE || role == needed ||
                                (role == LEE_ROLE_CUSTODIAN && needed == LEE_ROLE_OPERATOR);
            assert_int_equal(lee_role_may((lee_role)role, (lee_role)needed), wanted);
        }
    }
}

static void a_file_that_is_not_ours_is_never_replaced(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"tokens\":{}}",
        "{\"tokens\":[{}]}",
        "{\"tokens\":[{\"role\":\"operator\",\"sha256\":\"00\"}]}",
        "{\"tokens\":[{\"role\":\"god\",\"sha256\":\"00000000000000000000000000000000"
        "00000000000000000000000000000000\"}]}"};
    fixture f = fixture_made();
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        lee_access *access = NULL;
        lee_error_info error = {.reason = NULL};
        const lee_access_options options = {f.path, count_up, keep, &f};
        assert_int_equal(lee_file_write_private(f.path, contents[i], strlen(contents[i])), LEE_OK);
        assert_int_equal(lee_access_open(&options, &access, &error), LEE_ERR_SYNTAX);
        assert_non_null(error.reason);
        assert_null(access);
        assert_int_equal(f.shown, 0);
    }
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_made_once_and_shown_once),
        cmocka_unit_test(anything_else_is_nobody),
        cmocka_unit_test(a_custodian_may_do_what_an_operator_may_and_nobody_else_another_role),
        cmocka_unit_test(a_file_that_is_not_ours_is_never_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
