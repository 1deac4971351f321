// SPDX-License-Identifier: BSL-1.0
// Device interface class of keyboards.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#define GUID_CLASS_KEYBOARD GUID_DEVINTERFACE_KEYBOARD

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_NTDDKBDDEFINED)
#define ASSENT_WINDOWS_DDK_NTDDKBDDEFINED
#define ASSENT_WINDOWS_DDK_NTDDKBDH
#include "assent_ddk/keyboard_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_NTDDKBDH)
#define ASSENT_WINDOWS_DDK_NTDDKBDH
#include "assent_ddk/keyboard_guids.h"
#endif
