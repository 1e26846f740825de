/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share; not for others. git.c opens and drives, mirror.c has the directory, command.c says how git is called, pull.c is
 * the list of commands from the remote to the judged head, verify.c those about signatures, read.c and link.c those that read the files.
 */
#ifndef GIT_INSIDE_H
#define GIT_INSIDE_H

#include "base/buf.h"
#include "base/child.h"
#include "git/git.h"

enum { MOST_WORDS = 96 };
struct words { char *items[MOST_WORDS + 1]; size_t n; struct arena *arena; };
void word(struct words *w, const char *text);
void word_format(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A file of the commit, or a link; names are relative to the tree's directory. Texts point into git.list. */
struct entry { struct str name, id; uint64_t size; bool link, taken; };

/* Objects as cat-file prints them, taken apart as they come. Every text is allocated to its size, which ls-tree told. */
struct cat_item { struct str id; uint64_t size; char *text; };
struct cat { struct cat_item *items; size_t n, at; char header[128]; size_t header_n; uint64_t got; bool in_text, wrong; };

struct git {
    struct git_options o;                /* texts in `arena` */
    struct arena arena;
    char *program, *gpg;                 /* absolute; gpg: NULL when there is none */
    bool loopback_http;
    bool pgp;                            /* the signers are an OpenPGP key ring; known while a pull is under way */
    int epoll;
    char seen[65], seen_commit[65];      /* what the remote named at the end of the last good pull, and the commit that it led to */

    /* the pull under way */
    bool active, over;
    struct err err;
    const struct step *step;
    struct child child;
    bool running;
    struct buf output;
    int lock;                            /* of the mirror, -1: not held */
    int64_t lock_until;
    char *ring;                          /* GNUPGHOME of this pull, or NULL */
    const char *have;
    struct git_result result;            /* its arena holds everything of the pull */
    struct str wanted;                   /* the id that the remote, or the operator, names */
    char known[65];                      /* the id that the mirror has fetched for this pin, or "" */
    char accepted[65];                   /* the tag's id when it was first let pass, or "" */
    char fetched[65], type[16];          /* the object behind the pin now */
    const char *ref_new, *ref_ok;        /* in the mirror */
    bool try_all, tag_named, tag_good, good;
    bool broken;                         /* the mirror did not do what it always can */
    struct buf list;                     /* what ls-tree printed */
    struct entry *entries; size_t n_entries;
    struct cat cat;
    struct source_file *files; size_t n_files, files_cap;
    const struct entry **texts;          /* whose text each file has; NULL: none */
};

/* One command. begin: STEP_RUN with words behind `git ...`, STEP_SKIP, or -1 with g->err. end: after it ran, whatever its exit code; 0 or -1 with g->err. */
enum { STEP_RUN = 0, STEP_SKIP = 1 };
enum step_how { STEP_LOCAL, STEP_NETWORK, STEP_GPG };
struct step {
    enum step_how how;
    int (*begin)(struct git *g, struct words *w, struct str *input);
    int (*end)(struct git *g);
    bool (*put)(void *git, struct str piece);   /* NULL: into g->output */
};
extern const struct step git_steps[];    /* ends with begin NULL */

/* command.c */
char *git_find_program(const char *name, struct arena *a);                  /* in PATH, absolute; NULL when there is none */
void git_words(const struct git *g, enum step_how how, struct words *w);    /* the beginning of a command line */
char **git_environment(const struct git *g, enum step_how how, struct arena *a);
struct str git_complaint(const struct git *g);   /* what the command that ended said, one line */
int git_failed(struct git *g, const char *what); /* it ended badly, and that should not happen: E475; the mirror goes */

/* mirror.c */
int mirror_make(struct git *g, struct err *err);
int mirror_lock(struct git *g, struct err *err); /* 1 held, 0 not yet, -1 */
void mirror_unlock(struct git *g);
bool mirror_is_made(const struct git *g);
int mirror_made(struct git *g, struct err *err);
struct str git_digest(struct str text, struct arena *a);

/* verify.c */
int verify_prepare(struct git *g);               /* which kind of file the signers are */
int step_ring(struct git *g, struct words *w, struct str *input);
int step_ring_end(struct git *g);
int step_tag_object(struct git *g, struct words *w, struct str *input);
int step_tag_object_end(struct git *g);
int step_tag(struct git *g, struct words *w, struct str *input);
int step_tag_end(struct git *g);
int step_commit(struct git *g, struct words *w, struct str *input);
int step_commit_end(struct git *g);
int step_grade(struct git *g, struct words *w, struct str *input);
int step_grade_end(struct git *g);
void verify_release(struct git *g);

/* read.c */
int step_list(struct git *g, struct words *w, struct str *input);
int step_list_end(struct git *g);
int step_links(struct git *g, struct words *w, struct str *input);
int step_links_end(struct git *g);
int step_files(struct git *g, struct words *w, struct str *input);
int step_files_end(struct git *g);
bool cat_put(void *git, struct str piece);
void read_release(struct git *g);
/* A file for the loader, under a name relative to the tree's directory; `of` is the object with its text, or NULL. */
void read_add(struct git *g, struct str name, const struct entry *of, enum source_state state);
bool is_yaml_name(struct str name);
bool is_hidden(struct str name);                 /* a part of it begins with a dot */

/* link.c: adds what the links lead to; their texts are in g->cat, in the order of entries. */
void links_follow(struct git *g);

#endif
