// SPDX-License-Identifier: BSL-1.0
// From here on DEFINE_GUID defines instead of declaring. No guard: it must act wherever it is included.
#ifndef INITGUID
#define INITGUID
#endif
#include "guiddef.h"
