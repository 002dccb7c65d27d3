#include "assertions/base/line_feeds.h"

#include <string.h>

#define LANES 16
#define SUM_MAX 255 /* of a lane */

/* A memchr() for each line costs more where lines are short. */
typedef uint8_t lanes __attribute__((vector_size(LANES)));

uint64_t line_feeds_count(const char *text, size_t length)
{
	uint64_t count = 0;

	while (length >= LANES) {
		size_t steps = length / LANES < SUM_MAX ? length / LANES : SUM_MAX;
		lanes sums = {0}, bytes;
		for (size_t i = 0; i < steps; i++) {
			memcpy(&bytes, text + LANES * i, LANES);
			/* What is equal is -1. */
			sums -= (lanes)(bytes == '\n');
		}
		for (size_t i = 0; i < LANES; i++)
			count += sums[i];
		text += LANES * steps;
		length -= LANES * steps;
	}
	for (size_t i = 0; i < length; i++)
		count += text[i] == '\n';
	return count;
}
