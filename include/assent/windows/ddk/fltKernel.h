// SPDX-License-Identifier: BSL-1.0
// What sources that include it find in ntifs.h as well. The filter manager is not provided.
#ifndef ASSENT_WINDOWS_DDK_FLTKERNEL_H
#define ASSENT_WINDOWS_DDK_FLTKERNEL_H

#include "ntifs.h"

#endif
