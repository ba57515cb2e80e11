#include "platform/values.h"

#include "platform/message.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool parse_number(const char *text, u64 min, u64 max, u64 *out)
{
    char *end;
    if (!isdigit((unsigned char)*text)) return false;
    errno = 0;
    *out = strtoull(text, &end, 0);
    return !*end && !errno && *out >= min && *out <= max;
}

/* The factor that a size's suffix stands for; 0 when it is none. */
static u64 suffix_factor(const char *suffix, u64 unit)
{
    static const char letters[] = "KMGT";
    if (!*suffix) return unit;
    const char *letter = strchr(letters, toupper((unsigned char)*suffix));
    if (!letter) return 0;
    if (suffix[1] && strcasecmp(suffix + 1, "B") != 0 && strcasecmp(suffix + 1, "iB") != 0)
        return 0;
    return 1024ull << 10 * (letter - letters);
}

bool parse_size(const char *text, u64 unit, u64 *bytes)
{
    char *end;
    u64 number;
    if (!isdigit((unsigned char)*text)) return false;
    errno = 0;
    number = strtoull(text, &end, 0);
    u64 factor = suffix_factor(end, unit);
    return !errno && factor && !__builtin_mul_overflow(number, factor, bytes);
}

bool take_number(const char *option, const char *text, u64 min, u64 max, u64 *out)
{
    return parse_number(text, min, max, out) ||
           complain("%s takes a number from %llu to %llu, not '%s'", option,
                    (unsigned long long)min, (unsigned long long)max, text);
}

/* "a or b", "a, b or c" */
static void list_words(const char *const words[], char *text, size_t size)
{
    size_t n = 0;
    for (unsigned k = 0; words[k] && n < size; k++) {
        const char *join = !k ? "" : words[k + 1] ? ", " : " or ";
        n += (size_t)snprintf(text + n, size - n, "%s%s", join, words[k]);
    }
}

bool take_word(const char *option, const char *text, const char *const words[], unsigned *which)
{
    char list[128];
    for (*which = 0; words[*which]; ++*which)
        if (strcmp(text, words[*which]) == 0) return true;
    list_words(words, list, sizeof list);
    return complain("%s takes %s, not '%s'", option, list, text);
}
