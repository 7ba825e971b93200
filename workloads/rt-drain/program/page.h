/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's word on a page of a file: is it on an LRU list, or still in the batch of the CPU that wrote it? */
#ifndef KLAB_PAGE_H
#define KLAB_PAGE_H

#include <stdbool.h>

bool page_is_listed(int file, unsigned long index);

#endif
