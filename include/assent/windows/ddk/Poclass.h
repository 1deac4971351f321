// SPDX-License-Identifier: BSL-1.0
// Device interface classes of the power and processor devices.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_POCLASS_DEFINED)
#define ASSENT_WINDOWS_DDK_POCLASS_DEFINED
#define ASSENT_WINDOWS_DDK_POCLASS_H
#include "assent_ddk/device_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_POCLASS_H)
#define ASSENT_WINDOWS_DDK_POCLASS_H
#include "assent_ddk/device_guids.h"
#endif
