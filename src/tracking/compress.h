/* zlib streams (deflate level 6, zlib header), as the Web UI inflates them. */
#ifndef TRACKING_COMPRESS_H
#define TRACKING_COMPRESS_H

#define ZLIB_CONST /* input is only read */
#include <zlib.h>

#include "tracking/json_buffer.h"

/* Reused from one message to the next: its memory is taken once. */
struct compressor {
    z_stream stream;
};

int compressor_init(struct compressor *compressor, struct carafe_error *error) CARAFE_RESULT;
void compressor_close(struct compressor *compressor);

/* Put the compressed `bytes` into `out`, which is emptied first. CARAFE_NO_MEMORY. */
int compressor_run(struct compressor *compressor, const char *bytes, size_t len, struct json_buffer *out,
                   struct carafe_error *error) CARAFE_RESULT;

#endif
