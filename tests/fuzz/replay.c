/* A main for a fuzzer without libFuzzer: replays the files that it is given. */
#include "fuzz.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct buf bytes = { 0 };
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            perror(argv[i]);
            return 1;
        }
        for (int c; (c = getc(file)) != EOF;)
            buf_append_byte(&bytes, (uint8_t)c);
        fclose(file);
        fprintf(stderr, "%s\n", argv[i]);
        LLVMFuzzerTestOneInput(bytes.data, bytes.size);
        buf_done(&bytes);
    }
    return 0;
}
