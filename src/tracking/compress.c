#include "tracking/compress.h"

#include <limits.h>

#include "base/assert.h"
#include "base/error.h"

#define LEVEL 6

int compressor_init(struct compressor *compressor, struct carafe_error *error)
{
    compressor->stream = (z_stream){0};
    if (deflateInit(&compressor->stream, LEVEL) != Z_OK) {
        return error_set(error, CARAFE_NO_MEMORY, "compressor: expected memory, got none");
    }
    return 0;
}

void compressor_close(struct compressor *compressor)
{
    (void)deflateEnd(&compressor->stream);
}

int compressor_run(struct compressor *compressor, const char *bytes, size_t len, struct json_buffer *out,
                   struct carafe_error *error)
{
    json_buffer_reset(out);
    if (len > UINT_MAX / 2) {
        return error_set(error, CARAFE_FULL, "compressor: expected at most %u bytes, got %zu", UINT_MAX / 2, len);
    }
    z_stream *stream = &compressor->stream;
    (void)deflateReset(stream);
    uLong bound = deflateBound(stream, (uLong)len);
    char *room = json_buffer_reserve(out, bound);
    if (room == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "compressor: expected %lu bytes of memory, got none", bound);
    }
    stream->next_in = (const Bytef *)bytes;
    stream->avail_in = (uInt)len;
    stream->next_out = (Bytef *)room;
    stream->avail_out = (uInt)bound;
    int result = deflate(stream, Z_FINISH);
    ASSERT(result == Z_STREAM_END); /* the bound is zlib's own */
    out->len += stream->total_out;
    return 0;
}
