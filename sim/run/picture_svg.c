/* All coordinates are whole tenths of a pixel: the same run is the same file everywhere. */
#include "run/picture_parts.h"

#include "ports/clock.h"
#include "scenario/program.h"
#include "tracking/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEFT           1500 /* where time begins; names stand before it */
#define TIME_WIDTH     11000
#define WIDTH          (LEFT + TIME_WIDTH + 900) /* the last one's exit stands behind */
#define HEADER         520
#define LABEL_HEIGHT   140
#define LABEL_ROWS     8
#define LETTER_WIDTH   62 /* of the labels, on the average */
#define AXIS_HEIGHT    260
#define STATUS_HEIGHT  180
#define MARKS_HEIGHT   130
#define LANE_HEIGHT    170
#define JOB_HEIGHT     90
#define GAP            60
#define PROCESS_HEIGHT (STATUS_HEIGHT + MARKS_HEIGHT + GAP)
#define LEGEND_HEIGHT  420
#define TICKS          11
#define NS_PER_DAY     INT64_C(86400000000000)
#define NARROWEST      8 /* of a span: less would not be seen */

#define PX            "%" PRId64 ".%" PRId64
#define PX_OF(tenths) (tenths) / 10, (tenths) % 10

static const char *const status_colours[] = {
    [CARAFE_INITIALIZING] = "#e0e0e0", [CARAFE_INITIALIZED] = "#d0d0d0", [CARAFE_SUPERVISING] = "#90caf9",
    [CARAFE_RUNNING] = "#81c784",      [CARAFE_QUIETING] = "#fff176",    [CARAFE_QUIET] = "#ffd54f",
    [CARAFE_STOPPING] = "#ffab91",     [CARAFE_STOPPED] = "#bcaaa4",     [CARAFE_TERMINATED] = "#9e9e9e"};

/* Of processes, in their jobs and partitions. */
static const char *const colours[] = {"#1976d2", "#7b1fa2", "#00897b", "#f57c00",
                                      "#5d4037", "#455a64", "#c2185b", "#9e9d24"};

#define COLOURS (sizeof colours / sizeof colours[0])

struct drawing {
    const struct picture *picture;
    FILE *file;
    int64_t end_ns;
    int64_t rows_top;
    int64_t bottom;                            /* of the rows */
    size_t processes[PICTURE_PROCESSES_MAX];   /* place from the top of each row */
    size_t partitions[PICTURE_PARTITIONS_MAX]; /* likewise */
    bool several_groups;
};

/* ---- Basics ------------------------------------------------------------------------------------------------------ */

/* Text for XML: nothing in it ends an element, and what is no UTF-8 is replaced. */
static void put_text(FILE *file, const char *text)
{
    char clean[1024];
    utf8_clean(text, clean, sizeof clean);
    for (const char *at = clean; *at != '\0'; at++) {
        switch (*at) {
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '&':
            fputs("&amp;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            putc((unsigned char)*at < 0x20 ? ' ' : *at, file);
            break;
        }
    }
}

static int64_t x_of(const struct drawing *drawing, int64_t at_ns)
{
    int64_t at = at_ns < 0 ? 0 : at_ns > drawing->end_ns ? drawing->end_ns : at_ns;
    int64_t unit = drawing->end_ns / NS_PER_DAY + 1; /* so that the product fits */
    return LEFT + at / unit * TIME_WIDTH / (drawing->end_ns / unit);
}

static int64_t process_top(const struct drawing *drawing, size_t process)
{
    return drawing->rows_top + (int64_t)drawing->processes[process] * PROCESS_HEIGHT;
}

static int64_t partitions_top(const struct drawing *drawing)
{
    return drawing->rows_top + (int64_t)drawing->picture->process_count * PROCESS_HEIGHT + GAP;
}

static int64_t partition_top(const struct drawing *drawing, size_t partition)
{
    return partitions_top(drawing) + (int64_t)drawing->partitions[partition] * LANE_HEIGHT;
}

static void put_rectangle(const struct drawing *drawing, const char *class, const char *colour, int64_t from_ns,
                          int64_t until_ns, int64_t top, int64_t height)
{
    int64_t left = x_of(drawing, from_ns);
    int64_t width = x_of(drawing, until_ns) - left;
    width = width < NARROWEST ? NARROWEST : width;
    fprintf(drawing->file,
            "<rect class=\"%s\" fill=\"%s\" x=\"" PX "\" y=\"" PX "\" width=\"" PX "\" height=\"" PX "\"", class,
            colour, PX_OF(left), PX_OF(top), PX_OF(width), PX_OF(height));
}

/* `what` and the time, shown when the pointer rests on it; ends the element that was begun. */
static void put_title(const struct drawing *drawing, const char *element, const char *what, int64_t from_ns,
                      int64_t until_ns)
{
    char from[PROGRAM_DURATION_TEXT_MAX];
    char until[PROGRAM_DURATION_TEXT_MAX];
    fputs("><title>", drawing->file);
    put_text(drawing->file, what);
    fprintf(drawing->file, "\n%s", program_duration_text(from_ns, from));
    if (until_ns != from_ns) {
        fprintf(drawing->file, " .. %s", until_ns == PICTURE_OPEN ? "the end" : program_duration_text(until_ns, until));
    }
    fprintf(drawing->file, "</title></%s>\n", element);
}

static void put_label(const struct drawing *drawing, const char *class, int64_t x, int64_t y, const char *text)
{
    fprintf(drawing->file, "<text class=\"%s\" x=\"" PX "\" y=\"" PX "\">", class, PX_OF(x), PX_OF(y));
    put_text(drawing->file, text);
    fputs("</text>\n", drawing->file);
}

/* ---- Above the rows ---------------------------------------------------------------------------------------------- */

static void put_header(const struct drawing *drawing, const struct picture_caption *caption, int64_t height)
{
    fprintf(drawing->file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " PX " " PX "\" font-family=\"sans-serif\">\n"
            "<style>text{font-size:11px;fill:#333}.title{font-size:15px;font-weight:bold}.name{text-anchor:end}"
            ".right{text-anchor:end}.middle{text-anchor:middle}.fault{opacity:.18}.owned{opacity:.28}"
            ".paused{opacity:.55}.failed{stroke:#d32f2f;stroke-width:1.5}.line{stroke:#ddd}.do{stroke:#90a4ae;"
            "stroke-dasharray:2 2}.bad{fill:#d32f2f}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            PX_OF((int64_t)WIDTH), PX_OF(height));
    put_label(drawing, "title", 120, 240, caption->title);
    char about[256];
    char end[PROGRAM_DURATION_TEXT_MAX];
    (void)snprintf(about, sizeof about, "seed %" PRIu64 ", %s of virtual time, %s", caption->seed,
                   program_duration_text(caption->end_ns / NS_PER_MS * NS_PER_MS, end),
                   caption->passed ? "passed" : "failed: ");
    size_t len = strlen(about);
    size_t line = caption->passed ? 0 : strcspn(caption->failure, "\n");
    (void)snprintf(about + len, sizeof about - len, "%.*s", (int)line, caption->failure);
    put_label(drawing, caption->passed ? "about" : "bad", 120, 410, about);
}

static int64_t label_left(const struct drawing *drawing, const struct picture_item *item)
{
    int64_t x = x_of(drawing, item->from_ns);
    int64_t width = (int64_t)strlen(item->text) * LETTER_WIDTH;
    return x + width > WIDTH ? x - width : x;
}

/* The first row with room for it, which it takes; LABEL_ROWS: none has. */
static int64_t label_row(const struct drawing *drawing, const struct picture_item *item, int64_t taken[LABEL_ROWS])
{
    int64_t left = label_left(drawing, item);
    int64_t row = 0;
    while (row < LABEL_ROWS && taken[row] > left) {
        row++;
    }
    if (row < LABEL_ROWS) {
        taken[row] = left + (int64_t)strlen(item->text) * LETTER_WIDTH + GAP;
    }
    return row;
}

static bool has_label(const struct picture_item *item)
{
    return item->kind == PICTURE_STIMULUS && item->text != NULL;
}

static int64_t count_label_rows(const struct drawing *drawing)
{
    int64_t taken[LABEL_ROWS] = {0};
    int64_t rows = 0;
    for (size_t i = 0; i < drawing->picture->item_count; i++) {
        const struct picture_item *item = &drawing->picture->items[i];
        int64_t row = has_label(item) ? label_row(drawing, item, taken) : LABEL_ROWS;
        rows = row < LABEL_ROWS && row >= rows ? row + 1 : rows;
    }
    return rows;
}

/* What the scenario did: a line through all rows, and its words where there is room above them. */
static void put_stimuli(const struct drawing *drawing)
{
    int64_t taken[LABEL_ROWS] = {0};
    for (size_t i = 0; i < drawing->picture->item_count; i++) {
        const struct picture_item *item = &drawing->picture->items[i];
        if (!has_label(item)) {
            continue;
        }
        int64_t x = x_of(drawing, item->from_ns);
        int64_t row = label_row(drawing, item, taken);
        int64_t y = HEADER + row * LABEL_HEIGHT;
        fprintf(drawing->file, "<line class=\"do\" x1=\"" PX "\" y1=\"" PX "\" x2=\"" PX "\" y2=\"" PX "\"", PX_OF(x),
                PX_OF(row < LABEL_ROWS ? y : drawing->rows_top), PX_OF(x), PX_OF(drawing->bottom));
        put_title(drawing, "line", item->text, item->from_ns, item->from_ns);
        if (row < LABEL_ROWS) {
            bool right = label_left(drawing, item) < x;
            put_label(drawing, right ? "right" : "left", right ? x - 30 : x + 30, y + 80, item->text);
        }
    }
}

/* 1, 2 or 5 times a power of ten. */
static int64_t tick_step(int64_t end_ns)
{
    int64_t step = 1;
    static const int64_t factors[] = {2, 5, 10};
    for (int64_t power = 1; end_ns / step > TICKS; power *= 10) {
        for (size_t i = 0; i < 3 && end_ns / step > TICKS; i++) {
            step = power * factors[i];
        }
    }
    return step;
}

static void put_axis(const struct drawing *drawing)
{
    int64_t step = tick_step(drawing->end_ns);
    for (int64_t at = 0; at <= drawing->end_ns; at += step) {
        char text[PROGRAM_DURATION_TEXT_MAX];
        int64_t x = x_of(drawing, at);
        int64_t y = drawing->rows_top - 60;
        fprintf(drawing->file, "<line class=\"line\" x1=\"" PX "\" y1=\"" PX "\" x2=\"" PX "\" y2=\"" PX "\"/>\n",
                PX_OF(x), PX_OF(y), PX_OF(x), PX_OF(drawing->bottom));
        put_label(drawing, "middle", x, y - 20, program_duration_text(at, text));
    }
}

static void put_faults(const struct drawing *drawing)
{
    for (size_t i = 0; i < drawing->picture->item_count; i++) {
        const struct picture_item *item = &drawing->picture->items[i];
        if (item->kind == PICTURE_FAULT) {
            put_rectangle(drawing, "fault", "#d32f2f", item->from_ns, item->until_ns, drawing->rows_top - 40,
                          drawing->bottom - drawing->rows_top + 40);
            put_title(drawing, "rect", item->text != NULL ? item->text : "fault", item->from_ns, item->until_ns);
        }
    }
}

/* ---- Rows of processes ------------------------------------------------------------------------------------------- */

static void put_status(const struct drawing *drawing, const struct picture_item *item)
{
    const char *name = carafe_status_name(item->status);
    int64_t top = process_top(drawing, item->process);
    put_rectangle(drawing, "status", status_colours[item->status], item->from_ns, item->until_ns, top, STATUS_HEIGHT);
    put_title(drawing, "rect", name, item->from_ns, item->until_ns);
    int64_t left = x_of(drawing, item->from_ns);
    if (x_of(drawing, item->until_ns) - left > (int64_t)strlen(name) * LETTER_WIDTH + 80) {
        put_label(drawing, "left", left + 40, top + 130, name);
    }
}

/* A mark in the strip below the status: what a report, an error, a signal looks like. */
static void put_mark(const struct drawing *drawing, enum picture_kind kind, int64_t x, int64_t top)
{
    int64_t y = top + MARKS_HEIGHT / 2;
    switch (kind) {
    case PICTURE_REPORT:
        fprintf(drawing->file, "<circle fill=\"#1565c0\" cx=\"" PX "\" cy=\"" PX "\" r=\"3\"", PX_OF(x), PX_OF(y));
        break;
    case PICTURE_ERROR:
        fprintf(drawing->file, "<path fill=\"#d32f2f\" d=\"M" PX " " PX "l5 9h-10z\"", PX_OF(x), PX_OF(y - 50));
        break;
    case PICTURE_SIGNAL:
        fprintf(drawing->file, "<path fill=\"#333\" d=\"M" PX " " PX "l4 -8h-8z\"", PX_OF(x), PX_OF(y + 40));
        break;
    case PICTURE_LETTER:
        fprintf(drawing->file, "<path fill=\"#6a1b9a\" d=\"M" PX " " PX "l5 5l-5 5l-5 -5z\"", PX_OF(x), PX_OF(y - 50));
        break;
    default:
        fprintf(drawing->file, "<path fill=\"#333\" d=\"M" PX " " PX "h6v10h-6z\"", PX_OF(x), PX_OF(y - 50));
        break;
    }
}

/* For the words of an exit, before the next mark of its process. */
static bool has_room(const struct drawing *drawing, const struct picture_item *exit)
{
    int64_t right = x_of(drawing, exit->from_ns) + 100 + (int64_t)strlen(exit->text) * LETTER_WIDTH;
    for (size_t i = (size_t)(exit - drawing->picture->items) + 1; i < drawing->picture->item_count; i++) {
        const struct picture_item *item = &drawing->picture->items[i];
        if (item->process == exit->process && item->kind >= PICTURE_REPORT && x_of(drawing, item->from_ns) < right) {
            return false;
        }
    }
    return true;
}

static void put_moment(const struct drawing *drawing, const struct picture_item *item)
{
    int64_t x = x_of(drawing, item->from_ns);
    bool letter = item->kind == PICTURE_LETTER && item->partition != PICTURE_NONE;
    int64_t top =
        letter ? partition_top(drawing, item->partition) : process_top(drawing, item->process) + STATUS_HEIGHT;
    put_mark(drawing, item->kind, x, top);
    const char *element = item->kind == PICTURE_REPORT ? "circle" : "path";
    put_title(drawing, element, item->text != NULL ? item->text : "", item->from_ns, item->from_ns);
    if (item->kind == PICTURE_EXIT && item->text != NULL && has_room(drawing, item)) {
        put_label(drawing, "left", x + 100, top + 110, item->text);
    }
}

static void put_processes(const struct drawing *drawing)
{
    for (size_t i = 0; i < drawing->picture->process_count; i++) {
        put_label(drawing, "name", LEFT - 80, process_top(drawing, i) + 130, drawing->picture->processes[i]);
        fprintf(drawing->file, "<rect fill=\"%s\" x=\"" PX "\" y=\"" PX "\" width=\"4\" height=\"" PX "\"/>\n",
                colours[i % COLOURS], PX_OF((int64_t)LEFT - 60), PX_OF(process_top(drawing, i)),
                PX_OF((int64_t)STATUS_HEIGHT));
    }
    for (size_t i = 0; i < drawing->picture->item_count; i++) {
        const struct picture_item *item = &drawing->picture->items[i];
        if (item->kind == PICTURE_STATUS) {
            put_status(drawing, item);
        } else if (item->kind == PICTURE_MEMBER) {
            put_rectangle(drawing, "status", "#cfd8dc", item->from_ns, item->until_ns,
                          process_top(drawing, item->process), STATUS_HEIGHT);
            put_title(drawing, "rect", "member of its group", item->from_ns, item->until_ns);
        } else if (item->kind >= PICTURE_REPORT) {
            put_moment(drawing, item);
        }
    }
}

/* ---- Rows of partitions ------------------------------------------------------------------------------------------ */

/* Jobs that nobody could tell apart are drawn as one. */
static bool joins(const struct drawing *drawing, const struct picture_item *last, const struct picture_item *item)
{
    return last != NULL && last->process == item->process && last->failed == item->failed &&
           last->until_ns != PICTURE_OPEN && x_of(drawing, item->from_ns) - x_of(drawing, last->until_ns) < NARROWEST &&
           x_of(drawing, item->until_ns) - x_of(drawing, item->from_ns) < NARROWEST;
}

static void put_job(const struct drawing *drawing, const struct picture_item *first, const struct picture_item *last)
{
    int64_t top = partition_top(drawing, first->partition) + 20;
    put_rectangle(drawing, first->failed ? "failed" : "job", colours[first->process % COLOURS], first->from_ns,
                  last->until_ns, top, JOB_HEIGHT);
    put_title(drawing, "rect", first->text != NULL ? first->text : drawing->picture->processes[first->process],
              first->from_ns, last->until_ns);
}

static void put_jobs(const struct drawing *drawing, size_t partition)
{
    const struct picture_item *first = NULL;
    const struct picture_item *last = NULL;
    for (size_t i = 0; i < drawing->picture->item_count; i++) {
        const struct picture_item *item = &drawing->picture->items[i];
        if (item->kind != PICTURE_JOB || item->partition != partition) {
            continue;
        }
        if (!joins(drawing, last, item)) {
            if (first != NULL) {
                put_job(drawing, first, last);
            }
            first = item;
        }
        last = item;
    }
    if (first != NULL) {
        put_job(drawing, first, last);
    }
}

static void put_partition_name(const struct drawing *drawing, size_t partition)
{
    const struct picture_partition *row = &drawing->picture->partitions[partition];
    char name[256];
    (void)snprintf(name, sizeof name, drawing->several_groups ? "%s/%" PRId32 " (%s)" : "%s/%" PRId32, row->topic,
                   row->number, row->group);
    put_label(drawing, "name", LEFT - 80, partition_top(drawing, partition) + 110, name);
}

static void put_partitions(const struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    for (size_t i = 0; i < picture->partition_count; i++) {
        put_partition_name(drawing, i);
    }
    for (size_t i = 0; i < picture->item_count; i++) {
        const struct picture_item *item = &picture->items[i];
        if (item->kind == PICTURE_OWNED) {
            put_rectangle(drawing, "owned", colours[item->process % COLOURS], item->from_ns, item->until_ns,
                          partition_top(drawing, item->partition), LANE_HEIGHT - 40);
            put_title(drawing, "rect", picture->processes[item->process], item->from_ns, item->until_ns);
        } else if (item->kind == PICTURE_PAUSED) {
            put_rectangle(drawing, "paused", "#9e9e9e", item->from_ns, item->until_ns,
                          partition_top(drawing, item->partition) + JOB_HEIGHT / 2, JOB_HEIGHT / 3);
            put_title(drawing, "rect", "paused", item->from_ns, item->until_ns);
        }
    }
    for (size_t i = 0; i < picture->partition_count; i++) {
        put_jobs(drawing, i);
    }
}

static bool is_above(const struct picture_partition *one, const struct picture_partition *other)
{
    int order = strcmp(one->topic, other->topic);
    order = order != 0 ? order : (one->number > other->number) - (one->number < other->number);
    return (order != 0 ? order : strcmp(one->group, other->group)) < 0;
}

/* Numbers count, so that s2 stands above s10, and a supervisor above its nodes. */
static void order_rows(struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    for (size_t i = 0; i < picture->process_count; i++) {
        for (size_t j = 0; j < picture->process_count; j++) {
            drawing->processes[i] += strverscmp(picture->processes[j], picture->processes[i]) < 0 ? 1 : 0;
        }
    }
    for (size_t i = 0; i < picture->partition_count; i++) {
        const struct picture_partition *row = &picture->partitions[i];
        drawing->several_groups = drawing->several_groups || strcmp(row->group, picture->partitions[0].group) != 0;
        for (size_t j = 0; j < picture->partition_count; j++) {
            drawing->partitions[i] += is_above(&picture->partitions[j], row) ? 1 : 0;
        }
    }
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

static void put_legend(const struct drawing *drawing)
{
    static const struct {
        enum picture_kind kind;
        const char *words;
    } marks[] = {{PICTURE_REPORT, "report"},
                 {PICTURE_ERROR, "error"},
                 {PICTURE_SIGNAL, "signal noticed"},
                 {PICTURE_LETTER, "dead letter"},
                 {PICTURE_EXIT, "exit"}};
    int64_t x = LEFT;
    int64_t top = drawing->bottom + 120;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        put_mark(drawing, marks[i].kind, x, top);
        fputs("/>\n", drawing->file);
        put_label(drawing, "left", x + 100, top + 110, marks[i].words);
        x += 250 + (int64_t)strlen(marks[i].words) * LETTER_WIDTH;
    }
    put_label(drawing, "left", LEFT, top + 280,
              "Partitions: pale while a process owns them, full while a handler runs, edged in red when it failed or "
              "never returned, grey while paused.");
    if (drawing->picture->cut) {
        put_label(drawing, "bad", x, top + 110, "There was more than is drawn here.");
    }
}

void picture_draw(const struct picture *picture, const struct picture_caption *caption)
{
    struct drawing drawing = {
        .picture = picture, .file = picture->file, .end_ns = caption->end_ns > 0 ? caption->end_ns : 1};
    drawing.rows_top = HEADER + count_label_rows(&drawing) * LABEL_HEIGHT + AXIS_HEIGHT;
    drawing.bottom = partitions_top(&drawing) + (int64_t)picture->partition_count * LANE_HEIGHT;
    order_rows(&drawing);
    put_header(&drawing, caption, drawing.bottom + LEGEND_HEIGHT);
    put_axis(&drawing);
    put_faults(&drawing);
    put_stimuli(&drawing);
    put_partitions(&drawing);
    put_processes(&drawing);
    put_legend(&drawing);
    fputs("</svg>\n", picture->file);
}
