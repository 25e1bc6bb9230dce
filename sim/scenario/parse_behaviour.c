/* What handlers and subscribers have in common: work that takes its time, and fails when told so. */
#include "scenario/parser.h"

#include <string.h>

/* `8ms`, `5ms..20ms`, `fixed(8ms)`, `uniform(5ms..20ms)`, `exponential(8ms)`. */
bool parser_cost(struct parser *parser, const char *what, struct program_cost *cost)
{
    static const char form[] = "a cost such as 8ms, 5ms..20ms or exponential(8ms)";
    const struct token *token = parser_next(parser);
    char text[PROGRAM_WORD_BYTES_MAX + 1];
    (void)snprintf(text, sizeof text, "%s", token->text);
    char *open = strchr(text, '(');
    char *inner = text;
    cost->kind = PROGRAM_COST_UNIFORM;
    if (open != NULL) {
        *open = '\0';
        inner = open + 1;
        size_t len = strlen(inner);
        bool closed = len > 0 && inner[len - 1] == ')';
        cost->kind = strcmp(text, "exponential") == 0 ? PROGRAM_COST_EXPONENTIAL : PROGRAM_COST_UNIFORM;
        if (!closed ||
            (strcmp(text, "fixed") != 0 && strcmp(text, "uniform") != 0 && cost->kind != PROGRAM_COST_EXPONENTIAL)) {
            return parser_expected(parser, token, what, form);
        }
        inner[len - 1] = '\0';
    }
    enum value_result result =
        token->kind == TOKEN_WORD ? value_range(inner, value_plain_duration, &cost->ns) : VALUE_NONE;
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, what, form, result);
    }
    bool single = open == NULL || strcmp(text, "uniform") == 0 || cost->ns.low == cost->ns.high;
    return (single && cost->ns.low <= cost->ns.high) || parser_expected(parser, token, what, form);
}

/* `fails`, `fails=always`, `fails=3`, `fails=10%`, `fails=pattern(..x)`. */
bool parser_failing(struct parser *parser, struct program_failing *failing)
{
    static const char form[] = "always, a number of calls, a chance such as 10%, or pattern(..x)";
    failing->kind = PROGRAM_FAILS_ALWAYS;
    if (parser_peek(parser)->kind != TOKEN_OPERATOR) {
        return true;
    }
    if (!parser_equals(parser, "fails")) {
        return false;
    }
    const struct token *token = parser_next(parser);
    if (strcmp(token->text, "always") == 0) {
        return true;
    }
    if (value_integer(token->text, &failing->failures) == VALUE_FINE && failing->failures >= 1) {
        failing->kind = PROGRAM_FAILS_FIRST;
        return true;
    }
    if (value_chance(token->text, &failing->failures) == VALUE_FINE) {
        failing->kind = PROGRAM_FAILS_CHANCE;
        return true;
    }
    size_t prefix = strlen("pattern(");
    size_t dots = strncmp(token->text, "pattern(", prefix) == 0 ? strspn(token->text + prefix, ".x") : 0;
    if (dots == 0 || strcmp(token->text + prefix + dots, ")") != 0) {
        return parser_expected(parser, token, "fails", form);
    }
    failing->kind = PROGRAM_FAILS_PATTERN;
    failing->pattern = arena_text(parser->arena, token->text + prefix, dots);
    return failing->pattern != NULL;
}
