/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of numbers, phone numbers, booleans and times. */
#include <string.h>

#include "base/clock.h"
#include "model/type.h"
#include "model/type_private.h"

static bool count_check(const struct field *f, struct str text, struct problem *ret)
{
    long n;
    (void)f;
    if (!type_is_digits(text) || !str_to_long(text, 1, 999999999999999999, &n))
        return type_problem(ret, "Write a whole number from 1.", "is '%s', which is not a count", type_short(text).p);
    return true;
}

static struct str count_normal(struct arena *a, struct str text)
{
    (void)a;
    text = str_trim(text);
    while (text.n > 1 && text.p[0] == '0')
        text = str_skip(text, 1);
    return text;
}

static bool rate_check(const struct field *f, struct str text, struct problem *ret)
{
    struct str whole, part;
    bool nothing = true;
    (void)f;
    bool point = str_cut(text, '.', &whole, &part);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= '1' && text.p[i] <= '9')
            nothing = false;
    if (nothing || text.n > 15 || !type_is_digits(whole) || (point && !type_is_digits(part)))
        return type_problem(ret, "Write a decimal number above 0, for example 0.5 or 20.",
                            "is '%s', which is not a positive number", type_short(text).p);
    return true;
}

static struct str rate_normal(struct arena *a, struct str text)
{
    text = count_normal(a, text);
    if (str_find(text, STR(".")) < 0)
        return text;
    while (str_ends(text, STR("0")))
        text.n--;
    return str_ends(text, STR(".")) ? str_head(text, text.n - 1) : text;
}

static bool duration_check(const struct field *f, struct str text, struct problem *ret)
{
    int64_t ms;
    (void)f;
    if (!clock_duration(text, &ms) || ms <= 0)
        return type_problem(ret, "Write it as 4s, 10m or 24h; a bare number is seconds.", "is '%s', which is not a duration",
                            type_short(text).p);
    return true;
}

static struct str duration_normal(struct arena *a, struct str text)
{
    int64_t ms;
    return clock_duration(text, &ms) ? arena_printf(a, "%lldms", (long long)ms) : text;
}

static bool time_check(const struct field *f, struct str text, struct problem *ret)
{
    int64_t wall;
    (void)f;
    if (!clock_parse(text, &wall))
        return type_problem(ret, "Write it as 2026-11-02T10:00:00Z, or with an offset: 2026-11-02T15:30:00+05:30.",
                            "is '%s', which is not a time", type_short(text).p);
    return true;
}

static struct str time_normal(struct arena *a, struct str text)
{
    int64_t wall;
    char utc[CLOCK_TEXT];
    if (!clock_parse(text, &wall))
        return text;
    clock_text(wall, utc);
    return arena_str(a, str_of(utc));
}

/* --- phone numbers ----------------------------------------------------------------------------- */

static bool is_filler(char c)
{
    return strchr(" -.()", c) != NULL;
}

struct str number_normal(struct arena *a, struct str text)
{
    struct str copy = arena_str(a, text);
    char *p = (char *)copy.p;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] && !is_filler(text.p[i]))
            p[n++] = text.p[i];
    p[n] = '\0';
    return (struct str){ p, n };
}

bool number_check(const struct field *f, struct str text, struct problem *ret)
{
    size_t digits = 0;
    (void)f;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= '0' && text.p[i] <= '9')
            digits++;
        else if (!(i == 0 && text.p[i] == '+') && (!text.p[i] || !is_filler(text.p[i])))
            return type_problem(ret, "Write it with + and country code, digits only: \"+919000000001\".",
                                "is '%s', which is not a phone number", type_short(text).p);
    }
    if (!text.n || text.p[0] != '+')
        return type_problem(ret, "Begin with + and the country code: \"+919000000001\".",
                            "is '%s', which has no + and country code", type_short(text).p);
    if (digits < 7 || digits > 15)
        return type_problem(ret, "Write + and 7 to 15 digits, country code first.",
                            "has %zu digit%s; an E.164 number has 7 to 15", digits, digits == 1 ? "" : "s");
    return true;
}

static bool has_letter(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((text.p[i] >= 'a' && text.p[i] <= 'z') || (text.p[i] >= 'A' && text.p[i] <= 'Z'))
            return true;
    return false;
}

static bool sender_check(const struct field *f, struct str text, struct problem *ret)
{
    return has_letter(text) || number_check(f, text, ret);
}

static struct str sender_normal(struct arena *a, struct str text)
{
    return has_letter(text) ? text : number_normal(a, text);
}

const struct type type_bool = { .name = "true or false", .shape = SHAPE_BOOL, .bare = true };
const struct type type_bool_text = { .name = "true or false", .shape = SHAPE_BOOL };
const struct type type_count = {
    .name = "whole number", .shape = SHAPE_TEXT, .check = count_check, .normal = count_normal, .send_normal = true,
    .schema = "\"pattern\":\"^0*[1-9][0-9]{0,17}$\"",
};
const struct type type_rate = {
    .name = "positive number", .shape = SHAPE_TEXT, .check = rate_check, .normal = rate_normal, .bare = true,
    .schema = "\"pattern\":\"^(?=.*[1-9])(?=.{1,15}$)[0-9]+(\\\\.[0-9]+)?$\"",
};
const struct type type_duration = {
    .name = "duration", .shape = SHAPE_TEXT, .check = duration_check, .normal = duration_normal,
    .schema = "\"pattern\":\"^0*[1-9][0-9]*(ms|s|m|h|d)?$\"",
};
const struct type type_time = {
    .name = "time", .shape = SHAPE_TEXT, .check = time_check, .normal = time_normal,
    .schema = "\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$\"",
};
const struct type type_e164 = {
    .name = "phone number", .shape = SHAPE_TEXT, .check = number_check, .normal = number_normal, .send_normal = true,
    .schema = "\"pattern\":\"^\\\\+(?:[ .()-]*[0-9]){7,15}[ .()-]*$\"",
};
const struct type type_sender = {
    .name = "phone number or client identifier", .shape = SHAPE_TEXT, .check = sender_check, .normal = sender_normal, .send_normal = true,
    .schema = "\"pattern\":\"[A-Za-z]|^\\\\+(?:[ .()-]*[0-9]){7,15}[ .()-]*$\"",
};
