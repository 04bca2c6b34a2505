#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/state.h"

typedef struct {
    uint32_t version; /* known on both sides */
    int64_t numbers[3];
    uint32_t count;
    uint16_t items[8];
    uint8_t *name;
    size_t name_length;
    lee_buffer text;
} module;

static void module_state(lee_state *state, module *m)
{
    lee_state_section(state, "module");
    lee_state_same(state, &m->version, sizeof m->version);
    lee_state_plain(state, m->numbers, sizeof m->numbers);
    lee_state_count(state, &m->count, 8);
    lee_state_plain(state, m->items, m->count * sizeof *m->items);
    lee_state_block(state, &m->name, &m->name_length, 16);
    lee_state_buffer(state, &m->text);
}

static void save(module *m, lee_buffer *out)
{
    lee_state state;
    lee_buffer_init(out, 4096);
    lee_state_save(&state, out);
    module_state(&state, m);
    assert_int_equal(lee_state_end(&state), LEE_OK);
}

static lee_error load(const uint8_t *bytes, size_t length, module *out)
{
    lee_state state;
    *out = (module){.version = 7};
    lee_buffer_init(&out->text, 64);
    lee_state_load(&state, bytes, length);
    module_state(&state, out);
    return lee_state_end(&state);
}

static void release(module *m)
{
    lee_free(m->name);
    lee_buffer_free(&m->text);
}

static void fill(module *m)
{
    *m = (module){.version = 7, .numbers = {INT64_MIN, 0, INT64_MAX}, .count = 3};
    memcpy(m->items, (uint16_t[]){1, 2, 3}, 6);
    m->name = (uint8_t *)lee_copy_text("name", 4);
    m->name_length = 4;
    lee_buffer_init(&m->text, 64);
    lee_buffer_text(&m->text, "some text");
}

/* A table with something at its beginning, somewhere within, and at its end. */
static void of_a_large_table_what_is_not_zero_is_kept(void **state)
{
    (void)state;
    static uint8_t table[100001];
    static uint8_t loaded[sizeof table];
    static const size_t places[] = {0, 127, 128, 50000, sizeof table - 1};
    for (size_t filled = 0; filled <= sizeof places / sizeof *places; filled++) {
        lee_buffer bytes;
        lee_state walk;
        lee_buffer_init(&bytes, 2 * sizeof table);
        lee_state_save(&walk, &bytes);
        lee_state_plain(&walk, table, sizeof table);
        assert_int_equal(lee_state_end(&walk), LEE_OK);
        assert_true(bytes.length < 1024);
        memset(loaded, 0xff, sizeof loaded);
        lee_state_load(&walk, bytes.bytes, bytes.length);
        lee_state_plain(&walk, loaded, sizeof loaded);
        assert_int_equal(lee_state_end(&walk), LEE_OK);
        assert_memory_equal(loaded, table, sizeof table);
        for (size_t cut = 0; cut < bytes.length; cut++) {
            lee_state_load(&walk, bytes.bytes, cut);
            lee_state_plain(&walk, loaded, sizeof loaded);
            assert_int_equal(lee_state_end(&walk), LEE_ERR_CORRUPT);
        }
        for (size_t bit = 0; bit < 24 * 8; bit++) { /* lengths that lie */
            bytes.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            lee_state_load(&walk, bytes.bytes, bytes.length);
            lee_state_plain(&walk, loaded, sizeof loaded);
            assert_int_equal(lee_state_end(&walk), LEE_ERR_CORRUPT);
            bytes.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        lee_buffer_free(&bytes);
        if (filled < sizeof places / sizeof *places) {
            table[places[filled]] = 1;
        }
    }
}

static void what_was_saved_is_loaded(void **state)
{
    (void)state;
    module m;
    lee_buffer bytes;
    fill(&m);
    save(&m, &bytes);
    module loaded;
    assert_int_equal(load(bytes.bytes, bytes.length, &loaded), LEE_OK);
    assert_memory_equal(loaded.numbers, m.numbers, sizeof m.numbers);
    assert_int_equal(loaded.count, 3);
    assert_memory_equal(loaded.items, m.items, sizeof m.items);
    assert_int_equal(loaded.name_length, 4);
    assert_memory_equal(loaded.name, "name", 5);
    assert_int_equal(loaded.text.length, 9);
    assert_memory_equal(loaded.text.bytes, "some text", 9);
    release(&loaded);
    release(&m);
    lee_buffer_free(&bytes);
}

static void nothing_stays_nothing(void **state)
{
    (void)state;
    module m;
    lee_buffer bytes;
    fill(&m);
    lee_free(m.name);
    m.name = NULL;
    m.count = 0;
    save(&m, &bytes);
    module loaded;
    assert_int_equal(load(bytes.bytes, bytes.length, &loaded), LEE_OK);
    assert_null(loaded.name);
    assert_int_equal(loaded.count, 0);
    release(&loaded);
    release(&m);
    lee_buffer_free(&bytes);
}

static void every_shorter_text_and_one_more_byte_are_corrupt(void **state)
{
    (void)state;
    module m;
    lee_buffer bytes;
    fill(&m);
    save(&m, &bytes);
    lee_buffer_u8(&bytes, 0);
    for (size_t length = 0; length <= bytes.length; length++) {
        module loaded;
        const lee_error error = load(bytes.bytes, length, &loaded);
        assert_int_equal(error, length == bytes.length - 1 ? LEE_OK : LEE_ERR_CORRUPT);
        release(&loaded);
    }
    release(&m);
    lee_buffer_free(&bytes);
}

static void a_walk_gone_astray_says_where(void **state)
{
    (void)state;
    module m;
    lee_buffer bytes;
    fill(&m);
    m.version = 8; /* not what the loading side knows */
    save(&m, &bytes);
    module loaded = {.version = 7};
    lee_buffer_init(&loaded.text, 64);
    lee_state visitor;
    lee_state_load(&visitor, bytes.bytes, bytes.length);
    module_state(&visitor, &loaded);
    lee_state_section(&visitor, "the next one");
    assert_int_equal(lee_state_end(&visitor), LEE_ERR_CORRUPT);
    assert_string_equal(visitor.section, "module");
    assert_int_equal(loaded.numbers[0], 0); /* nothing is read after the error */
    release(&loaded);
    release(&m);
    lee_buffer_free(&bytes);
}

static void a_count_above_its_limit_is_corrupt_and_zero(void **state)
{
    (void)state;
    lee_buffer bytes;
    lee_buffer_init(&bytes, 64);
    lee_state visitor;
    uint32_t count = 9;
    lee_state_save(&visitor, &bytes);
    lee_state_count(&visitor, &count, 9);
    assert_int_equal(lee_state_end(&visitor), LEE_OK);
    lee_state_load(&visitor, bytes.bytes, bytes.length);
    lee_state_count(&visitor, &count, 8);
    assert_int_equal(count, 0);
    assert_int_equal(lee_state_end(&visitor), LEE_ERR_CORRUPT);
    lee_buffer_free(&bytes);
}

static void a_full_buffer_and_no_memory_are_told(void **state)
{
    (void)state;
    module m;
    fill(&m);
    lee_buffer small;
    lee_buffer_init(&small, 40);
    lee_state visitor;
    lee_state_save(&visitor, &small);
    module_state(&visitor, &m);
    assert_int_equal(lee_state_end(&visitor), LEE_ERR_LIMIT);
    lee_buffer bytes;
    save(&m, &bytes);
    module loaded;
    (void)lee_alloc_test_fail(1);
    const lee_error error = load(bytes.bytes, bytes.length, &loaded);
    (void)lee_alloc_test_fail(0);
    assert_int_equal(error, LEE_ERR_NO_MEMORY);
    release(&loaded);
    release(&m);
    lee_buffer_free(&small);
    lee_buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_saved_is_loaded),
        cmocka_unit_test(of_a_large_table_what_is_not_zero_is_kept),
        cmocka_unit_test(nothing_stays_nothing),
        cmocka_unit_test(every_shorter_text_and_one_more_byte_are_corrupt),
        cmocka_unit_test(a_walk_gone_astray_says_where),
        cmocka_unit_test(a_count_above_its_limit_is_corrupt_and_zero),
        cmocka_unit_test(a_full_buffer_and_no_memory_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
