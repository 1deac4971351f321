// SPDX-License-Identifier: BSL-1.0
// Setup classes of devices.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_DEVGUIDDEFINED)
#define ASSENT_WINDOWS_DDK_DEVGUIDDEFINED
#define ASSENT_WINDOWS_DDK_DEVGUIDH
#include "assent_ddk/class_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_DEVGUIDH)
#define ASSENT_WINDOWS_DDK_DEVGUIDH
#include "assent_ddk/class_guids.h"
#endif
