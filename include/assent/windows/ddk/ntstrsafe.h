// SPDX-License-Identifier: BSL-1.0
// String functions that never write past the end. STATUS_BUFFER_OVERFLOW: cut short, and terminated.
#ifndef ASSENT_WINDOWS_DDK_NTSTRSAFE_H
#define ASSENT_WINDOWS_DDK_NTSTRSAFE_H

#include <stdarg.h>

#include "assent_ddk/driver_words.h"
#include "assent_ddk/safe_strings.h"

#endif
