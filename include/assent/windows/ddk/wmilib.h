// SPDX-License-Identifier: BSL-1.0
// The library behind it is not provided.
#ifndef ASSENT_WINDOWS_DDK_WMILIB_H
#define ASSENT_WINDOWS_DDK_WMILIB_H

#include "wdm.h"
#include "wmistr.h"

#endif
