// SPDX-License-Identifier: BSL-1.0
// Device interface class of serial ports.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#define GUID_CLASS_COMPORT GUID_DEVINTERFACE_COMPORT

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_NTDDSERDEFINED)
#define ASSENT_WINDOWS_DDK_NTDDSERDEFINED
#define ASSENT_WINDOWS_DDK_NTDDSERH
#include "assent_ddk/serial_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_NTDDSERH)
#define ASSENT_WINDOWS_DDK_NTDDSERH
#include "assent_ddk/serial_guids.h"
#endif
