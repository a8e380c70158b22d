/*
 * standalone.h - a main for a fuzz target that is built without libFuzzer (-DSTANDALONE): it gives
 * each file that is named to LLVMFuzzerTestOneInput(). Included at the end of the target.
 */
#ifdef STANDALONE
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	static uint8_t data[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *in = fopen(argv[i], "rb");
		if (in == NULL) {
			perror(argv[i]);
			return 1;
		}
		LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof data, in));
		fclose(in);
	}
	return 0;
}
#endif
