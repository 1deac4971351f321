// SPDX-License-Identifier: BSL-1.0
// Device interface class of mice.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#define GUID_CLASS_MOUSE GUID_DEVINTERFACE_MOUSE

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_NTDDMOUDEFINED)
#define ASSENT_WINDOWS_DDK_NTDDMOUDEFINED
#define ASSENT_WINDOWS_DDK_NTDDMOUH
#include "assent_ddk/mouse_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_NTDDMOUH)
#define ASSENT_WINDOWS_DDK_NTDDMOUH
#include "assent_ddk/mouse_guids.h"
#endif
