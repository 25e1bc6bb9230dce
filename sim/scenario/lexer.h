/* One line to tokens, with $names replaced. */
#ifndef SCENARIO_LEXER_H
#define SCENARIO_LEXER_H

#include "scenario/program.h"

enum token_kind {
    TOKEN_WORD,     /* anything without blanks, quotes and operators: s1, 100/s, +5s, a..b */
    TOKEN_STRING,   /* "text" with \" \\ \n \t */
    TOKEN_OPERATOR, /* = != < <= > >= ~ */
    TOKEN_ARROW,    /* -> <- <-> */
    TOKEN_OPEN,     /* { */
    TOKEN_CLOSE,    /* } */
    TOKEN_END       /* of the line */
};

struct token {
    enum token_kind kind;
    const char *text; /* after replacement, zero-terminated, in the lexer's buffer until the next line */
    size_t len;
    int column;                           /* in the source line, from 1 */
    int width;                            /* in the source line, in bytes */
    enum program_comparison comparison;   /* OPERATOR */
    enum program_net_direction direction; /* ARROW */
};

/* The value of `$name`, or NULL when there is none. */
struct lexer_names {
    const char *(*find)(void *owner, const char *name, bool *quoted);
    void *owner;
};

/* An error found while reading a line. */
struct lexer_flaw {
    int column; /* 0: none */
    int width;
    bool unknown_name; /* `text` is the name that is not defined */
    char text[PROGRAM_ERROR_BYTES_MAX];
};

/* Texts of one line: every byte of it, and what names in its words bring. */
#define LEXER_BUFFER_BYTES (PROGRAM_WORDS_MAX * (PROGRAM_WORD_BYTES_MAX + 1))

struct lexer {
    struct lexer_names names;
    struct token tokens[PROGRAM_WORDS_MAX + 1]; /* the last one is TOKEN_END */
    size_t count;                               /* without TOKEN_END */
    size_t used;
    char buffer[LEXER_BUFFER_BYTES];
};

/* false: `flaw` says what; the tokens before it are there. */
bool lexer_line(struct lexer *lexer, const char *line, struct lexer_flaw *flaw);

#endif
