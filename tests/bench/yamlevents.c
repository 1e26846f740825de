/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libyaml's events over files, and nothing else: the floor of `validate`. Prints how many there were. */
#include <stdio.h>
#include <yaml.h>

static long events(const char *path)
{
    yaml_parser_t parser;
    yaml_event_t event;
    long n = 0;
    int end = 0;
    FILE *f = fopen(path, "r");
    if (!f || !yaml_parser_initialize(&parser))
        return -1;
    yaml_parser_set_input_file(&parser, f);
    while (!end) {
        if (!yaml_parser_parse(&parser, &event)) {
            n = -1;
            break;
        }
        n++;
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    (void)fclose(f);
    return n;
}

int main(int argc, char **argv)
{
    long all = 0;
    for (int i = 1; i < argc; i++) {
        long n = events(argv[i]);
        if (n < 0) {
            (void)fprintf(stderr, "yamlevents: '%s' cannot be read\n", argv[i]);
            return 1;
        }
        all += n;
    }
    (void)printf("%ld events\n", all);
    return 0;
}
