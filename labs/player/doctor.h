/*
 * doctor.h - is this machine fit for a class, and if not, what is to be done?
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stddef.h>

#include "worksheet.h"

/*
 * Look at the kernel, the room, each tool that the worksheets need and its version, the terminals,
 * the disk and the limits, and print a line for each; below what is missing, what to type. `bin` is
 * the folder of the programs. Returns the exit status: 0 if every worksheet can be played here and
 * a class has room, 1 if not.
 */
int doctor(const struct worksheet *worksheets, size_t count, const char *bin);

#endif
