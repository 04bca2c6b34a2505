#include "app/args.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json_scan.h"

static lee_arg *find_option(lee_arg *options, const char *name)
{
    for (lee_arg *option = options; option->name; option++) {
        if (strcmp(option->name, name) == 0) {
            return option;
        }
    }
    return NULL;
}

static bool add_value(lee_arg *option, const char *value)
{
    if (option->count == LEE_ARGS_VALUES_MAX || (option->count > 0 && !option->many)) {
        fprintf(stderr, "leeward: %s is given too often\n", option->name);
        return false;
    }
    option->values[option->count++] = value;
    return true;
}

/* A word that begins an option: "-" alone is a value, it stands for standard input. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && (word[1] < '0' || word[1] > '9');
}

bool lee_args_read(int argc, char **argv, lee_arg *options, lee_arg *words)
{
    assert(options && words);
    words->many = true;
    for (int i = 1; i < argc;) {
        if (!is_option(argv[i])) {
            if (!add_value(words, argv[i++])) {
                return false;
            }
            continue;
        }
        lee_arg *const option = find_option(options, argv[i]);
        if (!option) {
            fprintf(stderr, "leeward: %s is not an option of this command\n", argv[i]);
            return false;
        }
        i++;
        if (option->flag) {
            option->count++;
            continue;
        }
        if (i == argc || is_option(argv[i])) {
            fprintf(stderr, "leeward: %s needs a value\n", option->name);
            return false;
        }
        do {
            if (!add_value(option, argv[i++])) {
                return false;
            }
        } while (option->many && i < argc && !is_option(argv[i]));
    }
    return true;
}

const char *lee_args_value(const lee_arg *option, const char *otherwise)
{
    return option->count > 0 ? option->values[0] : otherwise;
}

bool lee_args_number(const char *text, int decimals, int64_t *out)
{
    assert(text && out);
    return lee_json_number_fixed(text, strlen(text), decimals, out);
}
