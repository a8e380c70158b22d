/*
 * guide.h - the worksheet that follows a person: what to type next and where, each promise ticked
 * as it is kept, what is still to be predicted hidden, a slip told when it happens.
 */
#ifndef GUIDE_H
#define GUIDE_H

#include "worksheet.h"

/* Follow the latest attempt at the worksheet until the reader leaves. Where standard output is no
 * terminal, print once what would be shown. Returns the exit status. */
int guide(const struct worksheet *w);

#endif
