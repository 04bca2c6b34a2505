/* app/args.h: command line options, read the same way by every subcommand. */
#ifndef LEE_APP_ARGS_H
#define LEE_APP_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#define LEE_EXIT_DONE 0
#define LEE_EXIT_REFUSED 1
#define LEE_EXIT_USAGE 2

#define LEE_ARGS_VALUES_MAX 256

/* One option: `--name VALUE…`; a flag has no value; `many` takes all words up to the next option.
 */
typedef struct {
    const char *name; /* with its dashes */
    bool flag;
    bool many;
    const char *values[LEE_ARGS_VALUES_MAX];
    int count; /* of values; of a flag how often it was given */
} lee_arg;

/* Sorts argv into the options of the table (its last entry has a NULL name) and the words that
 * belong to none, up to LEE_ARGS_VALUES_MAX. False: said on standard error what is wrong. */
bool lee_args_read(int argc, char **argv, lee_arg *options, lee_arg *words);

/* The only value of an option, or `otherwise` when it was not given. */
const char *lee_args_value(const lee_arg *option, const char *otherwise);

/* The number that a text is, to its end, in units of 10^-decimals (rounded). False: it is none. */
bool lee_args_number(const char *text, int decimals, int64_t *out);

#endif
