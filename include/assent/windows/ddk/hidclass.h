// SPDX-License-Identifier: BSL-1.0
// Device interface class of input devices.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_HIDCLASS_DEFINED)
#define ASSENT_WINDOWS_DDK_HIDCLASS_DEFINED
#define ASSENT_WINDOWS_DDK_HIDCLASS_H
#include "assent_ddk/hid_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_HIDCLASS_H)
#define ASSENT_WINDOWS_DDK_HIDCLASS_H
#include "assent_ddk/hid_guids.h"
#endif
