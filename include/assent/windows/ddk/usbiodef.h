// SPDX-License-Identifier: BSL-1.0
// Device interface classes of USB.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_USBIODEF_DEFINED)
#define ASSENT_WINDOWS_DDK_USBIODEF_DEFINED
#define ASSENT_WINDOWS_DDK_USBIODEF_H
#include "assent_ddk/usb_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_USBIODEF_H)
#define ASSENT_WINDOWS_DDK_USBIODEF_H
#include "assent_ddk/usb_guids.h"
#endif
