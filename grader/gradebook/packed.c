#include "gradebook/packed.h"

#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST /* what is compressed is not written to */
#include <zlib.h>

struct packer {
	z_stream stream;
};

struct packer *packer_create(void)
{
	struct packer *packer = calloc(1, sizeof(*packer));
	/* Level 1: a class is graded while somebody waits. */
	if (packer == NULL || deflateInit(&packer->stream, 1) != Z_OK)
		abort();
	return packer;
}

void packer_destroy(struct packer *packer)
{
	if (packer == NULL)
		return;
	deflateEnd(&packer->stream);
	free(packer);
}

void packed_add(struct packer *packer, struct text *packed, const void *bytes, size_t length)
{
	z_stream *stream = &packer->stream;
	size_t left = length;
	int status = deflateReset(stream);
	stream->next_in = bytes;
	while (status == Z_OK) {
		unsigned char chunk[16384];
		uInt part = left < UINT_MAX ? (uInt)left : UINT_MAX;
		stream->avail_in = part;
		stream->next_out = chunk;
		stream->avail_out = sizeof(chunk);
		status = deflate(stream, part == left ? Z_FINISH : Z_NO_FLUSH);
		left -= part - stream->avail_in;
		text_add(packed, chunk, sizeof(chunk) - stream->avail_out);
	}
	if (status != Z_STREAM_END)
		abort();
}

bool unpacked_add(struct text *text, const void *packed, size_t packed_length, size_t length)
{
	uLongf filled = length;
	unsigned char *buffer = malloc(length + 1);
	if (buffer == NULL)
		abort();
	bool good = uncompress(buffer, &filled, packed, packed_length) == Z_OK && filled == length;
	if (good)
		text_add(text, buffer, length);
	free(buffer);
	return good && !text->truncated;
}
