#include "app/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/args.h"

_Noreturn void lee_memory_out(void)
{
    fputs("leeward: out of memory: ended, so that nothing decided goes untold\n", stderr);
    exit(LEE_EXIT_REFUSED);
}

void lee_memory_require(lee_error error)
{
    if (error == LEE_ERR_NO_MEMORY) {
        lee_memory_out();
    }
}

void lee_memory_require_whole(const lee_buffer *buffer)
{
    assert(buffer);
    if (buffer->error != LEE_OK) {
        lee_memory_out();
    }
}
